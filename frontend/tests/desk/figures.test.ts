import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byNegative, lines, overallOf, percent, silentTeams, tenths, told, value, wallTime, weight, width } from '../../src/desk/figures'
import type { Entry, ResultRow, Variable } from '../../src/desk/wire'

const row = (observed: number, negative: number | null, more: Partial<ResultRow> = {}): ResultRow => ({
  by: {}, visits: observed, stations: observed, teams: 1, asked: observed, observed, not_observed: 0, no_access: 0, missing: 0,
  not_applicable: 0, not_in_version: 0, counts: {}, numeric: null, negative_visits: negative, negative_stations: negative,
  disagreements: 0, ci: null, ci_reason: null, small_n: observed < 30, ...more,
})
const entry = (code: string, observed: number, negative: number | null): Entry => ({
  question: { code, form: 'B', label: code, type: 'single', negative: [] }, rows: [row(observed, negative)],
})
const variable = (name: string, measure: string): Variable => ({
  name, id: name, label: {}, short_label: {}, hint: {}, type: 'single', measure, unit: null, options: [],
})

describe('shares', () => {
  test('come from k and n in whole numbers', () => {
    expect(percent('en', 74, 835)).toBe('8.9%')
    expect(percent('en', 1, 8)).toBe('12.5%')
    expect(percent('en', 1, 2000)).toBe('0.1%')
    expect(percent('ru', 490, 1324)).toBe('37,0\u00a0%')
    expect(percent('kk', 7, 7)).toBe('100,0\u00a0%')
    expect(percent('en', 0, 0)).toBe('–')
  })

  test('are the nearest tenth of a per cent, half up', () => {
    const counts = fc.integer({ min: 1, max: 1_000_000 }).chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)))
    fc.assert(fc.property(counts, ([k, n]) => {
      const found = BigInt(tenths(k, n)!)
      const [twice, whole] = [2000n * BigInt(k), 2n * BigInt(n)]
      return found * whole <= twice + BigInt(n) && twice + BigInt(n) < (found + 1n) * whole
    }))
  })

  test('are as wide as they are large, and never wider than the bar', () => {
    expect([width(1, 4), width(0, 0), width(5, 4)]).toEqual(['25%', '0%', '100%'])
  })
})

test('ink is heavy where an answer is bad', () => {
  const option = (negative: boolean) => ({ code: 'x', label: {}, negative })
  expect([0, 1, 2, 3].map((place) => weight(option(place > 1), place, 'four_point'))).toEqual(['w1', 'w2', 'w3', 'w4'])
  expect([0, 1, 2, 3].map((place) => weight(option(place > 0), place, 'frequency'))).toEqual(['w2', 'w3', 'w4', 'w4'])
  expect([weight(option(true), 0, 'yes_no'), weight(option(false), 1, 'yes_no')]).toEqual(['w4', 'w2'])
})

describe('the order of the questions', () => {
  const given = lines([entry('few', 29, 29), entry('none', 500, null), entry('some', 100, 5), entry('much', 200, 90)], [], 'visit')

  test('is the most negative first; too few and no bad answer behind', () => {
    expect(byNegative(given).map((line) => line.entry.question.code)).toEqual(['much', 'some', 'few', 'none'])
  })

  test('stays as in the checklist otherwise', () => {
    expect(given.map((line) => line.entry.question.code)).toEqual(['few', 'none', 'some', 'much'])
  })

  test('takes the negative of the unit', () => {
    const one: Entry = { ...entry('q', 50, 0), rows: [row(50, 7, { negative_stations: 3 })] }
    expect([lines([one], [], 'visit')[0]!.negative, lines([one], [], 'station')[0]!.negative]).toEqual([7, 3])
  })

  test('the overall assessment is the last on four points that is called so', () => {
    const known = [variable('b44_q_pec', 'four_point'), variable('b45_q_overall', 'four_point'), variable('b46_overall', 'text')]
    const found = lines(known.map(({ name }) => entry(name, 40, 1)), known, 'visit')
    expect(overallOf(found)?.entry.question.code).toBe('b45_q_overall')
    expect(overallOf(given)).toBeUndefined()
  })
})

describe('times', () => {
  test('are those of the zone, in UTC where the browser does not know it', () => {
    expect(wallTime('2022-11-20T20:30:00Z', 'Asia/Almaty')).toEqual(['2022-11-21', '02:30:00'])
    expect(wallTime('2022-11-20T20:30:00Z', 'Nowhere/Land')).toEqual(['2022-11-20', '20:30:00'])
  })

  test('carry their day when it is another', () => {
    const now = Date.parse('2022-11-20T10:00:00Z')
    expect(told('en', '2022-11-20T09:05:12Z', 'Asia/Aqtau', now, true)).toBe('14:05:12')
    expect(told('en', '2022-11-19T09:05:12Z', 'Asia/Aqtau', now)).toBe('19 November, 14:05')
  })

  test('of the day are minutes that read as a clock', () => {
    expect(value('en', 425, 'time')).toBe('07:05')
    expect(value('en', 1475, 'time')).toBe('00:35')
    expect(value('ru', 1266.6466, 'integer')).toBe('1\u00a0266,65')
    expect(value('en', null, 'integer')).toBe('–')
  })
})

test('a team is silent after two hours, or when it was never heard', () => {
  const team = (code: string, last_contact_at: string | null) => ({ team: code, region: null, devices: 1, last_contact_at })
  const teams = [team('never', null), team('long', '2022-11-20T07:59:59Z'), team('just', '2022-11-20T08:00:00Z')]
  expect(silentTeams(teams, Date.parse('2022-11-20T10:00:00Z')).map(({ team: code }) => code)).toEqual(['never', 'long'])
})
