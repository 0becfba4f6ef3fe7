import { describe, expect, test } from 'vitest'
import { board, hours, ordered, planned, sum } from '../../src/desk/board'
import type { Coverage, CoverageRow } from '../../src/desk/wire'

const row = (by: CoverageRow['by'], more: Partial<CoverageRow> = {}): CoverageRow => ({
  by, expected: null, received: null, visits: 0, stations: 0, teams: 0, place_unknown: 0, stations_in_frame: null, ...more,
})
const NOW = Date.parse('2022-11-20T10:00:00Z')
const heard = (team: string, region: string, last_contact_at: string | null) => ({ team, region, devices: 1, last_contact_at })
const teams = [heard('1', 'A', '2022-11-20T09:58:00Z'), heard('2', 'A', '2022-11-20T07:00:00Z'), heard('3', 'B', null)]
const answer = (rows: CoverageRow[]): Coverage => ({ data_version: 1, as_of: null, expected_from: ['plan'], rows, teams })

const byRegion = answer([
  row({ region: 'A' }, { visits: 9, stations: 8, stations_in_frame: 100 }),
  row({ region: 'B' }, { visits: 2, stations: 2, stations_in_frame: 50 }),
  row({ region: null }, { visits: 1, place_unknown: 1 }),
])
const byStage = answer([
  row({ region: 'A', stage: 'opening' }, { expected: 2, received: 2, stations: 2 }),
  row({ region: 'A', stage: 'voting' }, { expected: 10, received: 5, stations: 7 }),
  row({ region: 'B', stage: 'voting' }, { expected: 10, received: 1, stations: 2 }),
  row({ region: 'B', stage: 'incident' }, { expected: 0, received: 0, stations: 1 }),
])
const rows = board(byRegion, byStage, NOW)

describe('the board', () => {
  test('has a row a region with done and planned of each stage', () => {
    expect(rows.map(({ region, teams: count, reports }) => [region, count, reports])).toEqual([['A', 2, 9], ['B', 1, 2], [null, 0, 1]])
    expect(rows[0]!.cells).toEqual({ opening: { done: 2, planned: 2 }, voting: { done: 5, planned: 10 } })
    expect(rows[1]!.cells['incident']).toEqual({ done: 0, planned: null })
  })

  test('counts what was seen where nothing was planned', () => {
    const free = answer([row({ region: 'A', stage: 'voting' }, { stations: 7 })])
    expect(board(byRegion, free, NOW)[0]!.cells['voting']).toEqual({ done: 7, planned: null })
  })

  test('tells the newest contact and the silent teams of a region', () => {
    expect(rows.map((one) => [one.last_contact_at, one.silent.map(({ team }) => team)])).toEqual([
      ['2022-11-20T09:58:00Z', ['2']], [null, ['3']], [null, []],
    ])
  })

  test('adds the regions up', () => {
    const all = sum(rows, teams, NOW)
    expect([all.teams, all.reports, all.stations, all.stations_in_frame, all.place_unknown, all.silent.length]).toEqual([3, 12, 10, 150, 1, 2])
    expect(all.cells['voting']).toEqual({ done: 6, planned: 20 })
    expect(planned(all)).toEqual({ done: 8, planned: 22 })
  })

  test('is ordered by name, by what is least seen, by silence; what has no region is last', () => {
    const name = (one: (typeof rows)[number]): string => ({ A: 'Abai', B: 'Zhambyl' })[one.region ?? ''] ?? ''
    const order = (by: 'name' | 'least' | 'silent') => ordered(rows, by, name).map(({ region }) => region)
    expect(order('name')).toEqual(['A', 'B', null])
    expect(order('least')).toEqual(['B', 'A', null])
    expect(ordered([{ ...rows[1]!, silent: [] }, rows[0]!], 'silent', name).map(({ region }) => region)).toEqual(['A', 'B'])
  })
})

test('hours run from dawn into the night, with those in which nobody came', () => {
  const found = hours(answer([row({ hour: 1 }, { visits: 2 }), row({ hour: 22 }, { visits: 3 }), row({ hour: null }, { visits: 9 })]))
  expect(found).toEqual([{ hour: 22, count: 3 }, { hour: 23, count: 0 }, { hour: 0, count: 0 }, { hour: 1, count: 2 }])
  expect(hours(answer([]))).toEqual([])
})
