/** Reading and writing typed numbers. */
import type { Item } from '../store/api'

/** Longer numbers cannot be counted in a polling station, and JSON would bend them. */
const DIGITS_MAX = 12

/** What was typed: a number, nothing, or something else. Spaces and marks between thousands are accepted. */
export function readNumber(typed: string, type: Item['type']): number | 'empty' | 'wrong' {
  const bare = typed.replace(/[\s'’]/g, '')
  if (bare === '') return 'empty'
  const text = type === 'decimal' ? bare.replace(',', '.') : bare.replace(/[.,](?=\d{3}(\D|$))/g, '')
  const fits = type === 'decimal' ? /^-?\d+(\.\d*)?$/ : /^-?\d+$/
  return fits.test(text) && text.replace(/\D/g, '').length <= DIGITS_MAX ? Number(text) : 'wrong'
}
