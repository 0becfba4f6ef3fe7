/** The gallery: one screen in one state. ?world=full&lang=ru&theme=dark&route={"at":"today"} */
import '../../src/styles/tokens.css'
import '../../src/styles/base.css'
import '../../src/styles/parts.css'
import '../../src/styles/form.css'
import '../../src/styles/screens.css'
import type { Checklist, Language, Theme } from '../../src/store/api'
import { catalogues } from '../../src/text'
import { startScreens } from '../../src/ui/start'
import { fakePhone } from './fake-phone'
import { worlds } from './worlds'

const query = new URLSearchParams(location.search)
const forms = (await (await fetch('./forms.json')).json()) as Checklist[]

/** Every text of the phone and of the mission grown by two fifths, in words as long as the longest of Kazakh. */
const grown = (text: string): string => `${text} ${'ұзындау сөздерде '.repeat(9).slice(0, Math.ceil(text.length * 0.4)).trim()}`
function grow(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(grow)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, some]) => [key, ['en', 'ru', 'kk'].includes(key) && typeof some === 'string' ? grown(some) : grow(some)])
  return Object.fromEntries(entries) as unknown
}
if (query.has('grown')) {
  forms.splice(0, forms.length, ...(grow(forms) as Checklist[]))
  for (const catalogue of Object.values(catalogues)) {
    for (const [key, message] of Object.entries(catalogue)) {
      const longer = typeof message === 'string' ? grown(message) : Object.fromEntries(Object.entries(message).map(([form, text]) => [form, grown(String(text))]))
      Object.assign(catalogue, { [key]: longer })
    }
  }
}
const phone = fakePhone(forms, worlds[query.get('world') ?? 'full']!)
void phone.setLanguage((query.get('lang') ?? 'en') as Language)
void phone.setTheme((query.get('theme') ?? 'light') as Theme)
const route: unknown = JSON.parse(query.get('route') ?? '{"at":"today"}')
history.replaceState({ route, trail: [], y: 0 }, '')
startScreens(phone, document.getElementById('app')!)
