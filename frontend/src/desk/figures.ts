/** Counts -> what is printed of them. Pure. */
import { number } from '../text/format'
import { shortDay } from './day'
import type { Choice, Entry, ResultRow, TeamContact, Unit, Variable } from './wire'

/** Fewer observed than this: no share is printed. */
export const SMALL_N = 30
const SILENT_MS = 2 * 3600_000

/** Tenths of a per cent of k in n, rounded half up in whole numbers, never from a rounded share; null of nothing. */
export const tenths = (k: number, n: number): number | null => (n > 0 ? Math.floor((2000 * k + n) / (2 * n)) : null)

/** 43.7% in English, 43,7 % with a no-break space in Russian and Kazakh; a dash where nothing was observed. */
export function percent(language: string, k: number, n: number): string {
  const found = tenths(k, n)
  if (found === null) return '–'
  const text = `${number(language, Math.floor(found / 10))}${language === 'en' ? '.' : ','}${found % 10}`
  return language === 'en' ? `${text}%` : `${text}\u00a0%`
}

/** How wide a bar is, as CSS: the share itself. */
export const width = (k: number, n: number): string => `${n > 0 ? Math.min(100, (100 * k) / n) : 0}%`

export type Weight = 'w1' | 'w2' | 'w3' | 'w4'

/** How heavy the ink of an answer is: very good to very bad, always to never; otherwise negative or not. */
export function weight(option: Choice, place: number, measure: string): Weight {
  if (measure === 'four_point') return (['w1', 'w2', 'w3', 'w4'] as const)[Math.min(place, 3)]!
  if (!option.negative) return 'w2'
  return measure === 'frequency' && place === 1 ? 'w3' : 'w4'
}

/** Negative of a row in its unit; null for a question that has no negative answer. */
export const negativeOf = (row: ResultRow, unit: Unit): number | null =>
  unit === 'station' ? row.negative_stations : row.negative_visits

/** What a row was counted over: visits, or the stations of all kinds together. */
export const total = (row: ResultRow): number => row.asked + row.not_applicable + row.not_in_version

export interface Line {
  entry: Entry
  row: ResultRow
  variable: Variable | undefined
  negative: number | null
}

/** The questions of a form with their only row, as the checklist has them. */
export function lines(entries: readonly Entry[], variables: readonly Variable[], unit: Unit): Line[] {
  const known = new Map(variables.map((variable) => [variable.name, variable]))
  return entries.flatMap((entry) => {
    const row = entry.rows[0]
    return row ? [{ entry, row, variable: known.get(entry.question.code), negative: negativeOf(row, unit) }] : []
  })
}

/** Shares that can be printed first, the most negative ahead; then small ones; then questions without a bad answer. */
export function byNegative(given: readonly Line[]): Line[] {
  const rank = ({ negative, row }: Line): number => (negative === null ? 2 : row.observed < SMALL_N ? 1 : 0)
  const share = ({ negative, row }: Line): number => (row.observed > 0 ? (negative ?? 0) / row.observed : 0)
  return [...given].sort((a, b) => rank(a) - rank(b) || (rank(a) === 0 ? share(b) - share(a) : 0))
}

/** The question that asks for the whole: the last assessment on four points whose name says so. */
export const overallOf = (given: readonly Line[]): Line | undefined =>
  [...given].reverse().find(({ variable }) => variable?.measure === 'four_point' && variable.name.endsWith('overall'))

/** Teams not in contact for two hours at `now_ms`, or never. */
export const silentTeams = (teams: readonly TeamContact[], now_ms: number): TeamContact[] =>
  teams.filter(({ last_contact_at }) => last_contact_at === null || now_ms - Date.parse(last_contact_at) > SILENT_MS)

const clocks = new Map<string, Intl.DateTimeFormat>()

/** ["YYYY-MM-DD", "HH:MM:SS"] of a moment in a zone; in UTC where the browser does not know the zone. */
export function wallTime(moment: string | number, zone: string): [day: string, time: string] {
  let format = clocks.get(zone)
  if (!format) clocks.set(zone, (format = clockOf(zone)))
  const parts = Object.fromEntries(format.formatToParts(new Date(moment)).map(({ type, value }) => [type, value]))
  return [`${parts['year']}-${parts['month']}-${parts['day']}`, `${parts['hour']}:${parts['minute']}:${parts['second']}`]
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const options: Intl.DateTimeFormatOptions = {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  }
  try {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone })
  } catch {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' })
  }
}

/** Clock time in a zone, with the day in front where that is not the day of `now_ms` there. */
export function told(language: string, moment: string, zone: string, now_ms: number, seconds = false): string {
  const [day, time] = wallTime(moment, zone)
  const clock = seconds ? time : time.slice(0, 5)
  return day === wallTime(now_ms, zone)[0] ? clock : `${shortDay(language, day)}, ${clock}`
}

/** A measured value as it is printed: minutes of the day as a clock, other numbers with at most two digits. */
export function value(language: string, found: number | null, type: string): string {
  if (found === null) return '–'
  if (type !== 'time') return number(language, Math.round(found * 100) / 100)
  const minutes = Math.round(found)
  const [hours, rest] = [Math.floor(minutes / 60), ((minutes % 60) + 60) % 60]
  return `${String(((hours % 24) + 24) % 24).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
}
