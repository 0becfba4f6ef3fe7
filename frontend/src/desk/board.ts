/** Coverage answers -> the rows of the board. Pure. */
import { silentTeams } from './figures'
import type { Coverage, CoverageRow, TeamContact } from './wire'

export interface Cell {
  done: number
  /** null: nothing was planned or drawn. */
  planned: number | null
}

export interface BoardRow {
  /** null: the place is not known. */
  region: string | null
  teams: number
  cells: Record<string, Cell>
  stations: number
  reports: number
  place_unknown: number
  stations_in_frame: number
  last_contact_at: string | null
  silent: TeamContact[]
}

export type Order = 'name' | 'least' | 'silent'

/** The stages of a day that are planned, in its order. */
export const STAGES = ['opening', 'voting', 'counting', 'tabulation'] as const
export type Stage = (typeof STAGES)[number]

/** One row a region: `byRegion` and `byStage` are answers of /v1/coverage by region, and by region and stage. */
export function board(byRegion: Coverage, byStage: Coverage, now_ms: number): BoardRow[] {
  return byRegion.rows.map((row) => {
    const region = row.by.region ?? null
    const teams = byRegion.teams.filter((team) => team.region === region)
    const stages = byStage.rows.filter((one) => (one.by.region ?? null) === region)
    return {
      region,
      teams: teams.length,
      cells: Object.fromEntries(stages.map((one) => [one.by.stage ?? '', cell(one)])),
      stations: row.stations,
      reports: row.visits,
      place_unknown: row.place_unknown,
      stations_in_frame: row.stations_in_frame ?? 0,
      last_contact_at: newest(teams),
      silent: silentTeams(teams, now_ms),
    }
  })
}

const cell = (row: CoverageRow): Cell => ({
  done: row.received ?? row.stations,
  planned: row.expected || null,
})

/** All regions together: every station stands in one region, every team in one. */
export function sum(rows: readonly BoardRow[], teams: readonly TeamContact[], now_ms: number): BoardRow {
  const add = (count: (row: BoardRow) => number): number => rows.reduce((all, row) => all + count(row), 0)
  return {
    region: null,
    teams: teams.length,
    cells: Object.fromEntries([...new Set(rows.flatMap((row) => Object.keys(row.cells)))].map((stage) => [stage, together(rows, stage)])),
    stations: add((row) => row.stations),
    reports: add((row) => row.reports),
    place_unknown: add((row) => row.place_unknown),
    stations_in_frame: add((row) => row.stations_in_frame),
    last_contact_at: newest(teams),
    silent: silentTeams(teams, now_ms),
  }
}

function together(rows: readonly BoardRow[], stage: string): Cell {
  const found = rows.flatMap((row) => row.cells[stage] ?? [])
  const planned = found.reduce((all, one) => all + (one.planned ?? 0), 0)
  return { done: found.reduce((all, one) => all + one.done, 0), planned: planned || null }
}

function newest(teams: readonly TeamContact[]): string | null {
  return teams.reduce<string | null>((last, { last_contact_at: at }) => (at && (!last || at > last) ? at : last), null)
}

/** Planned visits made, of all stages. */
export function planned(row: BoardRow): Cell {
  const found = Object.values(row.cells).filter((one) => one.planned !== null)
  const all = found.reduce((count, one) => count + (one.planned ?? 0), 0)
  return { done: found.reduce((count, one) => count + one.done, 0), planned: all || null }
}

export function ordered(rows: readonly BoardRow[], order: Order, name: (row: BoardRow) => string): BoardRow[] {
  const share = (row: BoardRow): number => planned(row).done / (planned(row).planned ?? Infinity)
  const first: Record<Order, (a: BoardRow, b: BoardRow) => number> = {
    name: () => 0,
    least: (a, b) => Number(planned(a).planned === null) - Number(planned(b).planned === null) || share(a) - share(b),
    silent: (a, b) => b.silent.length - a.silent.length,
  }
  return [...rows].sort((a, b) => Number(a.region === null) - Number(b.region === null) || first[order](a, b) || name(a).localeCompare(name(b)))
}

/** Election days begin before dawn; what is counted after midnight belongs to the evening before. */
const DAY_BEGINS = 5
const sinceDawn = (hour: number): number => (hour + 24 - DAY_BEGINS) % 24

/** Reports by hour of arrival on the clock, every hour from the first of the day to the last of the night. */
export function hours(answer: Coverage): { hour: number; count: number }[] {
  const found = new Map(answer.rows.flatMap((row) => (typeof row.by.hour === 'number' ? [[sinceDawn(row.by.hour), row.visits] as const] : [])))
  if (found.size === 0) return []
  const [from, to] = [Math.min(...found.keys()), Math.max(...found.keys())]
  return Array.from({ length: to - from + 1 }, (_, step) => from + step).map((at) => ({ hour: (at + DAY_BEGINS) % 24, count: found.get(at) ?? 0 }))
}
