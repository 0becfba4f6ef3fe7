/** The gallery: one screen in one state. ?world=full&lang=ru&theme=dark&route={"at":"today"} */
import './as'
import '../../src/styles/tokens.css'
import '../../src/styles/base.css'
import '../../src/styles/parts.css'
import '../../src/styles/form.css'
import '../../src/styles/screens.css'
import type { Checklist, Language, Theme } from '../../src/store/api'
import { catalogues } from '../../src/text'
import { fetchSeldom } from '../../src/ui/seldom'
import { startScreens } from '../../src/ui/start'
import { fakePhone } from './fake-phone'
import { worlds } from './worlds'

const query = new URLSearchParams(location.search)
const forms = (await (await fetch('./forms.json')).json()) as Checklist[]

/**
 * Every text of the phone and of the mission, changed: `grown` by two fifths in words as long as the longest of Kazakh,
 * `pseudo` into letters with marks between brackets, so that a text that comes from nowhere, or is cut, is seen.
 */
type Change = (text: string) => string
const grown: Change = (text) => `${text} ${'ұзындау сөздерде '.repeat(9).slice(0, Math.ceil(text.length * 0.4)).trim()}`
const MARKED: Record<string, string> = { a: 'á', e: 'ë', i: 'ï', o: 'ö', u: 'ü', y: 'ÿ', c: 'ç', n: 'ñ', A: 'Å', E: 'É', O: 'Ø', U: 'Û' }
const pseudo: Change = (text) => `⟦${text.replace(/(\{\w+\})|[aeiouycnAEOU]/g, (found, hole?: string) => hole ?? MARKED[found] ?? found)}⟧`
/** Letters of right to left, so that the browser lays the words as it would those of Arabic. */
const arabic: Change = (text) => text.replace(/(\{\w+\})|[a-zA-Zа-яА-ЯёЁ]/g, (found, hole?: string) => hole ?? 'ابتثجحدرسشصعفقكلمنهوي'.charAt(found.charCodeAt(0) % 21))

function changed(value: unknown, change: Change): unknown {
  if (Array.isArray(value)) return value.map((some) => changed(some, change))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, some]) => [key, ['en', 'ru', 'kk'].includes(key) && typeof some === 'string' ? change(some) : changed(some, change)])
  return Object.fromEntries(entries) as unknown
}
/** A mission that wrote its checklists in English alone. */
if (query.has('missing')) {
  const english = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(english)
    if (value === null || typeof value !== 'object') return value
    if ('en' in value && 'kk' in value) return { en: value.en }
    return Object.fromEntries(Object.entries(value).map(([key, some]) => [key, english(some)]))
  }
  forms.splice(0, forms.length, ...(english(forms) as Checklist[]))
}
const change = query.has('grown') ? grown : query.has('pseudo') ? pseudo : query.has('rtl') ? arabic : null
if (change) {
  forms.splice(0, forms.length, ...(changed(forms, change) as Checklist[]))
  for (const catalogue of Object.values(catalogues)) {
    for (const [key, message] of Object.entries(catalogue)) {
      const other = typeof message === 'string' ? change(message) : Object.fromEntries(Object.entries(message).map(([form, text]) => [form, change(String(text))]))
      Object.assign(catalogue, { [key]: other })
    }
  }
}
if (query.has('rtl')) document.documentElement.dir = 'rtl'
if (query.has('no-forms')) forms.splice(0)
const phone = fakePhone(forms, worlds[query.get('world') ?? 'full']!)
void phone.setLanguage((query.get('lang') ?? 'en') as Language)
void phone.setTheme((query.get('theme') ?? 'light') as Theme)
const route: unknown = JSON.parse(query.get('route') ?? '{"at":"today"}')
history.replaceState({ route, trail: [], y: 0 }, '')
await fetchSeldom()
startScreens(phone, document.getElementById('app')!)
