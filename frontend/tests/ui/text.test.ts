import { describe, expect, test } from 'vitest'
import { catalogues, clock, distance, languageNames, longDay, number, pick, say, shortDay, size, wall, when, type Key, type Language } from '../../src/text'
import type { Message } from '../../src/text/message'

const languages = Object.keys(languageNames) as Language[]
const keys = Object.keys(catalogues.en) as Key[]

const forms = (message: Message): string[] => (typeof message === 'string' ? [message] : Object.values(message))
const holes = (text: string): string => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join()

describe('the catalogues', () => {
  test.each(languages)('%s has every sentence, and none is empty', (language) => {
    expect(Object.keys(catalogues[language]).sort()).toEqual([...keys].sort())
    for (const key of keys) for (const text of forms(catalogues[language][key])) expect(text.trim(), key).not.toBe('')
  })

  test.each(languages)('%s fills in the same values as English', (language) => {
    for (const key of keys) {
      const english = holes(forms(catalogues.en[key]).find((text) => text.includes('{n}')) ?? forms(catalogues.en[key])[0]!)
      const wanted = forms(catalogues[language][key]).map(holes)
      expect(wanted.some((found) => found === english), `${language} ${key}`).toBe(true)
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
    const same = keys.filter((key) => key !== 'urna' && languages.slice(1).some((language) => JSON.stringify(catalogues[language][key]) === JSON.stringify(catalogues.en[key])))
    expect(same).toEqual([])
  })

  test('the two words are the same wherever they stand', () => {
    expect(say('en', 'keptHere')).toMatch(/^Kept/)
    expect(say('ru', 'keptAt', { time: '14:31' })).toMatch(/^Сохранено/)
    expect(say('kk', 'receivedAt', { time: '14:31' })).toMatch(/^Қабылданды/)
  })
})

describe('numbers of things', () => {
  test.each([
    ['en', 1, '1 report kept on this phone'],
    ['en', 0, '0 reports kept on this phone'],
    ['ru', 1, 'На телефоне 1 отчёт'],
    ['ru', 3, 'На телефоне 3 отчёта'],
    ['ru', 5, 'На телефоне 5 отчётов'],
    ['ru', 11, 'На телефоне 11 отчётов'],
    ['ru', 21, 'На телефоне 21 отчёт'],
    ['kk', 21, 'Телефонда 21 есеп сақталды'],
  ] as const)('%s counts %i', (language, n, sentence) => {
    expect(say(language, 'reportsKept', { n })).toBe(sentence)
  })

  test('one question of Kazakh is told without its number', () => {
    expect(say('kk', 'allAnswered', { n: 1 })).toBe('Жауап берілді')
    expect(say('kk', 'allAnswered', { n: 21 })).toBe('21 сұрақтың бәріне жауап берілді')
  })

  test('a value that is not given leaves its name in sight', () => {
    expect(say('en', 'keptAt')).toBe('Kept {time}')
  })
})

describe('figures and times', () => {
  test('thousands are parted as each language parts them', () => {
    expect(number('en', 1165)).toBe('1,165')
    expect(number('ru', 1165)).toBe('1\u00a0165')
    expect(number('kk', 1165)).toBe('1\u00a0165')
    expect(number('kk', 12.5)).toBe('12,5')
  })

  test('sizes and distances', () => {
    expect(size('en', 1400)).toBe('1.4 KB')
    expect(size('ru', 1400)).toBe('1,4 КБ')
    expect(size('kk', 410e6)).toBe('410 МБ')
    expect(distance('en', 84)).toBe('80 m')
    expect(distance('ru', 2100)).toBe('2,1 км')
    expect(distance('en', 31_400)).toBe('31 km')
  })

  test('days are written out in all three', () => {
    expect(longDay('en', '2022-11-20')).toBe('Sunday 20 November')
    expect(longDay('ru', '2022-11-20')).toBe('Воскресенье, 20 ноября')
    expect(longDay('kk', '2022-11-20')).toBe('20 қараша, жексенбі')
    expect(shortDay('kk', '2022-11-21T03:10')).toBe('21 қараша')
  })

  test('a moment of another day carries its day', () => {
    expect(when('en', '2022-11-20T13:34', '2022-11-20')).toBe('13:34')
    expect(when('en', '2022-11-20T23:34', '2022-11-21')).toBe('20 November, 23:34')
    expect(when('ru', null, '2022-11-21')).toBe('')
  })

  test('an ISO moment is told by the clock of this phone, a wall time as it stands', () => {
    const moment = new Date(2022, 10, 20, 9, 5)
    expect(clock(moment.toISOString())).toBe('09:05')
    expect(clock(wall(moment))).toBe('09:05')
    expect(clock('2022-11-20T23:59')).toBe('23:59')
  })
})

describe('texts of the mission', () => {
  test('fall back to English, then to whatever there is, and say so', () => {
    expect(pick({ en: 'School', kk: 'Мектеп' }, 'kk')).toEqual({ text: 'Мектеп', lang: 'kk' })
    expect(pick({ en: 'School' }, 'ru')).toEqual({ text: 'School', lang: 'en' })
    expect(pick({ ka: 'სკოლა' }, 'ru')).toEqual({ text: 'სკოლა', lang: 'ka' })
    expect(pick('Школа', 'kk').text).toBe('Школа')
    expect(pick(undefined, 'kk').text).toBe('')
  })
})
