/** What the phone says, in three languages. Pure: a language and values in, a sentence out. */
import { catalogues, type Language } from './catalogues'
import { en, type Key } from './en'
import { number } from './format'
import type { Message, Params } from './message'

export type { Catalogue, Key } from './en'
export type { Params } from './message'
export * from './catalogues'
export * from './days'
export * from './format'

/** Languages by their own names, with what the chip in the header shows. */
export const languageNames: Record<Language, { name: string; chip: string }> = {
  en: { name: 'English', chip: 'ENG' },
  ru: { name: 'Русский', chip: 'РУС' },
  kk: { name: 'Қазақша', chip: 'ҚАЗ' },
}

/** Kazakh counts as English does, and not every browser knows it. */
const locales: Record<Language, string[]> = { en: ['en'], ru: ['ru'], kk: ['kk', 'en'] }
const rules: Partial<Record<Language, Intl.PluralRules>> = {}

function form(message: Message, n: number, language: Language): string {
  if (typeof message === 'string') return message
  const rule = (rules[language] ??= new Intl.PluralRules(locales[language]))
  return message[rule.select(n)] ?? message.other
}

/** The sentence of `key`, with {names} filled in; numbers are written as the language writes them. */
export function say(language: Language, key: Key, params: Params = {}): string {
  const text = form(catalogues[language][key], Number(params['n'] ?? 0), language)
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name]
    return typeof value === 'number' ? number(language, value) : (value ?? whole)
  })
}

/** True if `key` stands in the catalogue: codes of the server are looked up by it. */
export const has = (key: string): key is Key => key in en

/** A text of a checklist: in the language, else English, else whatever there is, and which language that was. */
export function pick(text: Record<string, string> | string | undefined, language: string): { text: string; lang: string } {
  if (!text) return { text: '', lang: language }
  if (typeof text === 'string') return { text, lang: '' }
  const lang = [language, 'en', ...Object.keys(text)].find((code) => text[code]) ?? language
  return { text: text[lang] ?? '', lang }
}
