import { describe, expect, test } from 'vitest'
import { blankKey, describe as words, isAnswered, sideBySide } from '../../src/ui/answers'
import { groupCode } from '../../src/ui/card'
import { dayFor, readTime } from '../../src/ui/clock-times'
import { readNumber } from '../../src/ui/figures'
import { afterPress } from '../../src/ui/presses'
import { isForMission, progressOf, progressOfAll, unanswered } from '../../src/ui/progress'
import { isNight, likelyForm, likelyStage } from '../../src/ui/stage'
import type { Checklist, Item, ReportSummary, Section } from '../../src/store/api'

const yesNo: Item = {
  code: 'b30', id: 'B30', type: 'single', label: { en: 'Group voting?' }, measure: 'yes_no',
  options: [{ code: 'yes', label: { en: 'Yes', ru: 'Да' } }, { code: 'no', label: { en: 'No', ru: 'Нет' } }],
}
const several: Item = {
  ...yesNo, code: 'b02', type: 'multiple',
  options: [{ code: 'none', label: { en: 'None' }, exclusive: true }, { code: 'crowd', label: { en: 'Crowd' } }, { code: 'posters', label: { en: 'Posters' } }],
}
const figure: Item = { code: 'r01', id: 'R01', type: 'integer', label: { en: 'Voters' }, measure: 'count' }

describe('an answer', () => {
  test('is there with a value, zero, or a kind of blank', () => {
    for (const answer of ['yes', 0, ['crowd'], { blank: 'not_observed' as const }]) expect(isAnswered(answer)).toBe(true)
    for (const answer of [null, undefined, '', []]) expect(isAnswered(answer)).toBe(false)
  })

  test('is told in the language of the screen', () => {
    expect(words(yesNo, 'yes', 'ru')).toBe('Да')
    expect(words(several, ['crowd', 'posters'], 'en')).toBe('Crowd, Posters')
    expect(words(figure, 1165, 'en')).toBe('1,165')
    expect(words({ ...figure, type: 'datetime' }, '2022-11-21T00:40', 'ru')).toBe('21 ноября, 00:40')
    expect(words(yesNo, 'gone_option', 'en')).toBe('gone_option')
    expect(words(yesNo, null, 'en')).toBe('')
  })

  test('of a protocol is not announced where a question is not observed', () => {
    expect(words(yesNo, { blank: 'not_observed' }, 'en')).toBe('Not observed')
    expect(words(figure, { blank: 'not_observed' }, 'en')).toBe('Not announced')
    expect(blankKey(figure, 'not_applicable')).toBe('noSuchLine')
    expect(blankKey({ ...figure, id: 'B09' }, 'not_observed')).toBe('notObserved')
  })

  test('of two short words stands side by side', () => {
    expect(sideBySide(yesNo, 'en')).toBe(true)
    expect(sideBySide(several, 'en')).toBe(false)
  })
})

describe('choosing several', () => {
  test('keeps the order of the form and takes back by a second press', () => {
    expect(afterPress(several, ['posters'], 'crowd')).toEqual(['crowd', 'posters'])
    expect(afterPress(several, ['crowd', 'posters'], 'crowd')).toEqual(['posters'])
  })

  test('none goes with no other', () => {
    expect(afterPress(several, ['crowd', 'posters'], 'none')).toEqual(['none'])
    expect(afterPress(several, ['none'], 'crowd')).toEqual(['crowd'])
  })
})

describe('what is typed', () => {
  test.each([
    ['1165', 1165], ['1 165', 1165], ['1\u00a0165', 1165], ['1,165', 1165], ['1.165', 1165], ['0', 0], ['007', 7], [' 12 ', 12], ['-3', -3],
    ['', 'empty'], ['   ', 'empty'], ['12a', 'wrong'], ['1,5', 'wrong'], ['١٢', 'wrong'], ['1e5', 'wrong'], ['9999999999999', 'wrong'],
  ] as const)('as a whole number: %j is %j', (typed, value) => expect(readNumber(typed, 'integer')).toBe(value))

  test.each([['12,5', 12.5], ['12.5', 12.5], ['1 200', 1200], ['.', 'wrong']] as const)('as a decimal: %j is %j', (typed, value) =>
    expect(readNumber(typed, 'decimal')).toBe(value),
  )

  test.each([['1334', '13:34'], ['905', '09:05'], ['9:05', '09:05'], ['23.59', '23:59'], ['24:00', null], ['12:60', null], ['7', null], ['', null]] as const)(
    'as a clock time: %j is %j', (typed, time) => expect(readTime(typed)).toBe(time),
  )

  test('as a card code: capitals in groups, and digits for letters that no code has', () => {
    expect(groupCode('k7q4m2xdp9te')).toBe('K7Q4-M2XD-P9TE')
    expect(groupCode('K7Q4 - M2XD')).toBe('K7Q4-M2XD')
    expect(groupCode('oil0-m2xd-p9te-toolong')).toBe('0110-M2XD-P9TE')
    expect(groupCode('')).toBe('')
  })
})

describe('a clock time without a day', () => {
  test('is of the next morning on an evening form, of the day of arrival else', () => {
    expect(dayFor('00:40', '2022-11-20T19:10', true, '2022-11-20')).toBe('2022-11-21')
    expect(dayFor('20:05', '2022-11-20T19:10', true, '2022-11-20')).toBe('2022-11-20')
    expect(dayFor('08:05', '2022-11-20T07:10', false, '2022-11-20')).toBe('2022-11-20')
    expect(dayFor('09:00', '2022-11-21T08:30', true, '2022-11-21')).toBe('2022-11-21')
    expect(dayFor('23:30', '2022-12-31T19:00', true, '2022-12-31')).toBe('2022-12-31')
    expect(dayFor('01:30', '2022-12-31T19:00', true, '2022-12-31')).toBe('2023-01-01')
    expect(dayFor('09:00', null, true, '2022-11-22')).toBe('2022-11-22')
  })
})

describe('progress', () => {
  const ask = (code: string, type: Item['type'] = 'single'): Item => ({ ...yesNo, code, type })
  const sections: Section[] = [
    { code: 'one', label: {}, items: [ask('a'), ask('b'), ask('c'), ask('remark', 'note')] },
    { code: 'two', label: {}, items: [ask('d')] },
    { code: 'e_mission', label: {}, items: [ask('verdict')] },
  ]
  const form = { code: 'X', sections } as unknown as Checklist
  const filled = { answers: { a: 'yes', b: { blank: 'not_observed' as const }, c: null, d: 'no' }, irrelevant: new Set(['d']) }

  test('counts kinds of blank as answers, and neither notes nor what is not asked', () => {
    expect(progressOf(sections[0]!, filled)).toEqual({ answered: 2, asked: 3 })
    expect(progressOf(sections[1]!, filled)).toEqual({ answered: 0, asked: 0 })
    expect(progressOfAll(form, filled)).toEqual({ answered: 2, asked: 3 })
  })

  test('leaves the mission its own section', () => {
    expect(isForMission(sections[2]!)).toBe(true)
    expect(unanswered(form, filled).map((item) => item.code)).toEqual(['c'])
  })
})

describe('the form to offer', () => {
  const forms = (['opening', 'voting', 'counting'] as const).map((stage, index) => ({ code: 'ABC'[index], stage, place: 'station' }) as unknown as Checklist)
  const station = { code: 's', number: '1', name: 'x', opens_at: '07:00', closes_at: '20:00' }

  test.each([['05:40', 'opening'], ['07:10', 'opening'], ['07:16', 'voting'], ['13:00', 'voting'], ['19:15', 'counting'], ['23:50', 'counting'], ['02:10', 'counting']] as const)(
    'at %s it is %s', (time, stage) => expect(likelyStage(`2022-11-20T${time}`, station)).toBe(stage),
  )

  test('follows a station that opens earlier', () => {
    expect(likelyStage('2022-11-20T06:30', { ...station, opens_at: '06:00' })).toBe('voting')
  })

  test('is not the opening again where the team has finished it', () => {
    const done = [{ form: 'A', finished: true } as ReportSummary]
    expect(likelyForm(forms, '2022-11-20T07:05', station, [])?.code).toBe('A')
    expect(likelyForm(forms, '2022-11-20T07:05', station, done)?.code).toBe('B')
  })
})

test('the night theme comes after dark, and over a count alone', () => {
  expect(isNight('2022-11-20T23:00', 'counting')).toBe(true)
  expect(isNight('2022-11-21T04:00', 'tabulation')).toBe(true)
  expect(isNight('2022-11-20T23:00', 'voting')).toBe(false)
  expect(isNight('2022-11-20T14:00', 'counting')).toBe(false)
  expect(isNight('2022-11-20T23:00', undefined)).toBe(false)
})
