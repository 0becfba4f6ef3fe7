/** What may stand in a body: within the bounds in which the server reads one (app/store/bodies.py), so that nothing typed is held. */
import { PhoneError } from './api'
import type { Change } from './drafts'

const CHARACTERS_MAX = 4000

/**
 * The change with texts that every reader takes: no NUL, no half of a letter pair.
 * @throws PhoneError too_long, number_out_of_range
 */
export function clean(change: Change): Change {
  return within(change) as Change
}

function within(value: unknown): unknown {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'number') return number(value)
  if (Array.isArray(value)) return value.map(within)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, within(part)]))
}

/** Encoding mends halves of pairs, which some keyboards leave behind when an emoji is cut. */
function text(value: string): string {
  const whole = new TextDecoder().decode(new TextEncoder().encode(value)).replace(/\0/g, '')
  if (whole.length > CHARACTERS_MAX && [...whole].length > CHARACTERS_MAX) throw new PhoneError('too_long')
  return whole
}

function number(value: number): number {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new PhoneError('number_out_of_range')
  return value
}
