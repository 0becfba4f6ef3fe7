/** Wall time at the place where the phone is: "YYYY-MM-DDTHH:MM". */
export function wallTime(now_ms: number, tz_min: number): string {
  return new Date(now_ms + tz_min * 60_000).toISOString().slice(0, 16)
}
