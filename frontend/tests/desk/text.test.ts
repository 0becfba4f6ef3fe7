import { describe, expect, test } from 'vitest'
import { catalogues, languageNames, named, say, type Key, type Language } from '../../src/desk/text'
import type { Message } from '../../src/text/message'

const languages = Object.keys(languageNames) as Language[]
const keys = Object.keys(catalogues.en) as Key[]
/** The same in every language: a name, a letter, two formats. */
const SAME: readonly Key[] = ['urna', 'n', 'json', 'csv']

const forms = (message: Message): string[] => (typeof message === 'string' ? [message] : Object.values(message))
const holes = (text: string): string => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join()

describe('the catalogues of the desk', () => {
  test.each(languages)('%s has every sentence, and none is empty', (language) => {
    expect(Object.keys(catalogues[language]).sort()).toEqual([...keys].sort())
    for (const key of keys) for (const text of forms(catalogues[language][key])) expect(text.trim(), key).not.toBe('')
  })

  test.each(languages)('%s fills in the same values as English', (language) => {
    for (const key of keys) {
      const wanted = new Set(forms(catalogues.en[key]).map(holes))
      for (const text of forms(catalogues[language][key])) expect(wanted, `${language} ${key}`).toContain(holes(text))
    }
  })

  test.each(languages)('%s never uses a form of plural that it does not have', (language) => {
    const known = [...new Intl.PluralRules([language, 'en']).resolvedOptions().pluralCategories, 'other']
    for (const key of keys) {
      const message = catalogues[language][key]
      if (typeof message !== 'string') expect(known, key).toEqual(expect.arrayContaining(Object.keys(message)))
    }
  })

  test('Russian and Kazakh are not English words left behind', () => {
    const same = keys.filter((key) => languages.slice(1).some((language) => JSON.stringify(catalogues[language][key]) === JSON.stringify(catalogues.en[key])))
    expect(same).toEqual(SAME)
  })

  test('each language counts in its own way', () => {
    expect([1, 3, 5, 21].map((n) => say('ru', 'nVisits', { n }))).toEqual(['1 визит', '3 визита', '5 визитов', '21 визит'])
    expect([1, 2].map((n) => say('en', 'nVisits', { n }))).toEqual(['1 visit', '2 visits'])
    expect(say('kk', 'nVisits', { n: 1363 })).toBe('1\u00a0363 сапар')
  })
})

test('a text of the mission falls back to English, then to whatever there is', () => {
  expect(named({ en: 'Voting', kk: 'Дауыс беру' }, 'kk')).toEqual({ text: 'Дауыс беру', lang: 'kk' })
  expect(named({ en: 'Voting' }, 'ru')).toEqual({ text: 'Voting', lang: 'en' })
  expect(named({ sq: 'Votimi' }, 'ru')).toEqual({ text: 'Votimi', lang: 'sq' })
  expect(named(undefined, 'ru').text).toBe('')
})
