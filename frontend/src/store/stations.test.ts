import { signal } from '@preact/signals'
import { expect, test } from 'vitest'
import type { Ref } from './databases'
import { Stations } from './stations'

const region = (code: string, ...numbers: string[]): string =>
  JSON.stringify({ region: code, name: { en: code }, columns: ['code', 'number', 'name'], rows: numbers.map((number) => [`${code}-${number}`, number, 'School']) })
const lists: Record<string, string> = { first: region('KZ-10', '0012', '0112'), second: region('KZ-79', '0012', '0112') }

/** A database that holds the lists by their hash. */
const shelf = (): Ref => {
  const store = { get: async (hash: string) => ({ sha256: hash, text: lists[hash] }) }
  const read = async (_: string[], work: (tx: unknown) => unknown): Promise<unknown> => work({ objectStore: () => store })
  return { read } as unknown as Ref
}

test.each([
  ['a team that has a route', [{ team: '0100', place: 'KZ-79-0112' }], ['KZ-79-0112', 'KZ-79-0012', 'KZ-10-0012', 'KZ-10-0112']],
  ['a team that has none', [], ['KZ-10-0012', 'KZ-10-0112', 'KZ-79-0012', 'KZ-79-0112']],
])('a number that two regions have is sought where the team goes: %s', async (_, visits, found) => {
  const plan = signal([{ type: 'plan', id: '0100', rev: 1, data: { visits } }])
  const stations = new Stations(plan, signal('0100'))
  await stations.load(shelf(), ['first', 'second'].map((hash) => ({ type: 'stations', id: hash, rev: 1, data: { hash } })))
  expect(stations.search('2').map(({ code }) => code)).toEqual(found)
})
