/** What the desk says, in three languages. Its catalogues are its own: the observer's page must not grow by them. */
import { number } from '../../text/format'
import type { Message, Params } from '../../text/message'
import { en, type Catalogue, type Key } from './en'
import { kk } from './kk'
import { ru } from './ru'

export type { Catalogue, Key } from './en'
export type { Params } from '../../text/message'

export type Language = 'en' | 'ru' | 'kk'

export const catalogues: Record<Language, Catalogue> = { en, ru, kk }

export const languageNames: Record<Language, string> = { en: 'English', ru: 'Русский', kk: 'Қазақша' }

export const isLanguage = (code: string): code is Language => code in catalogues

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

/** A text of the mission: in the language, else English, else whatever there is; and which language that was. */
export function named(text: Record<string, string> | undefined, language: string): { text: string; lang: string } {
  const found = [language, 'en', ...Object.keys(text ?? {})].find((code) => text?.[code])
  return { text: (found && text?.[found]) || '', lang: found ?? language }
}
