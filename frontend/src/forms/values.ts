/** Values of expressions and how one kind becomes another; the twin of app/forms/expressions/values.py. */

export type Value = string | number | boolean | string[]

/** An answer or a context value as a value; null, blanks and anything else without a value give ''. */
export function load(raw: unknown): Value {
  if (Array.isArray(raw)) return raw.filter((code) => typeof code === 'string')
  return typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean' ? raw : ''
}

export const asText = (value: Value): string => (Array.isArray(value) ? value.join(' ') : String(value))

/** NaN where the text is neither a number nor a date, a time or a date-time (days, without zone). */
export function asNumber(value: Value): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  const text = asText(value)
  return /^[ \t\r\n]*-?(\d+\.?\d*|\.\d+)[ \t\r\n]*$/.test(text) ? Number(text) : days(text)
}

/** '' and 'false', 0 and NaN, and an empty list are false. */
export function asTruth(value: Value): boolean {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value !== 0 && value === value
  const text = asText(value)
  return text !== '' && text !== 'false'
}

/** XPath 1.0: truth values if one is a truth value, else numbers if one is a number, else texts. */
export function equal(left: Value, right: Value): boolean {
  if (typeof left === 'boolean' || typeof right === 'boolean') return asTruth(left) === asTruth(right)
  if (typeof left === 'number' || typeof right === 'number') return near(asNumber(left), asNumber(right))
  return asText(left) === asText(right)
}

export const near = (left: number, right: number): boolean => left === right || Math.abs(left - right) <= 1e-12

const MOMENT = /^(?:(\d{4})-(\d\d)-(\d\d))?(?:(T)?(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/

/** Days since 1970-01-01 of an ISO date or date-time (an offset moves nothing), the part of a day of a time. */
export function days(text: string): number {
  const found = MOMENT.exec(text)
  if (!found || !text) return NaN
  const [, year, month, day, joint, hour = 0, minute = 0, second = 0, zone] = found
  // A clock follows a date after a T, and stands alone without one and without a zone.
  if (year ? !joint && found[5] : joint || zone) return NaN
  const seconds = +hour * 3600 + +minute * 60 + +second
  return +hour < 24 && +minute < 60 && +second < 60 ? (year ? ordinal(+year, +month!, +day!) * 86400 + seconds : seconds) / 86400 : NaN
}

function ordinal(year: number, month: number, day: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / 864e5 : NaN
}

/** What a text is in ISO: date, datetime, time, or ''. */
export const moment = (text: string): string =>
  days(text) !== days(text) ? '' : text[2] === ':' ? 'time' : text.length === 10 ? 'date' : 'datetime'

/** The ISO date of a number of days since 1970-01-01; '' outside the years 1 to 9999. */
export const dayText = (number: number): string =>
  number >= -719162 && number < 2932897 ? new Date(Math.floor(number) * 864e5).toISOString().slice(0, 10) : ''
