/** The language and the light of the desk: chosen here, remembered by this browser. */
import { signal } from '@preact/signals'
import { isLanguage, named, say, type Key, type Language, type Params } from './text'
import type { Mission, Text } from './wire'

export type Theme = 'auto' | 'light' | 'dark'
const THEMES: readonly Theme[] = ['auto', 'light', 'dark']

export const language = signal<Language>('en')
export const theme = signal<Theme>('auto')

export const t = (key: Key, params?: Params): string => say(language.value, key, params)

/** A text of the mission in the language of the desk. */
export const word = (text: Text | undefined, otherwise = ''): string => named(text, language.value).text || otherwise

export function regionName(mission: Mission, code: string | null): string {
  return code === null ? t('noRegion') : word(mission.regions.find((region) => region.code === code)?.name, code)
}

export function startLanguage(): void {
  const wanted = [recall('language'), ...navigator.languages].map((code) => code?.slice(0, 2) ?? '')
  language.value = wanted.find(isLanguage) ?? 'en'
  theme.value = THEMES.find((known) => known === recall('theme')) ?? 'auto'
  dress()
}

export function choose(what: { language?: Language; theme?: Theme }): void {
  for (const [name, value] of Object.entries(what)) remember(name, value)
  language.value = what.language ?? language.value
  theme.value = what.theme ?? theme.value
  dress()
}

function dress(): void {
  const root = document.documentElement
  root.lang = language.value
  if (theme.value === 'auto') delete root.dataset['theme']
  else root.dataset['theme'] = theme.value
}

/** A browser that keeps nothing still shows the desk. */
function recall(name: string): string | null {
  try {
    return localStorage.getItem(`urna-desk-${name}`)
  } catch {
    return null
  }
}

function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`urna-desk-${name}`, value)
  } catch {
    return
  }
}
