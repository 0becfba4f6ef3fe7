/** Clock times as people type them, and the day that one without a day means. Pure. */

export const shiftDay = (day: string, by: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10)

/** On an evening form, before noon is the next morning. `arrived` is wall time, `today` a day. */
export function dayFor(time: string, arrived: string | null, evening: boolean, today: string): string {
  const day = arrived?.slice(0, 10) ?? today
  return evening && time < '12:00' && (arrived ?? '').slice(11) >= '12:00' ? shiftDay(day, 1) : day
}

/** "905", "9:05", "09.05" are all "09:05". Null where it is no clock time. */
export function readTime(typed: string): string | null {
  const match = /^(\d{1,2})[\s:.,-]*(\d{2})$/.exec(typed.trim())
  if (!match || Number(match[1]) > 23 || Number(match[2]) > 59) return null
  return `${match[1]!.padStart(2, '0')}:${match[2]}`
}
