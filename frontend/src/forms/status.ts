/** What one answer says; the twin of app/forms/status.py. */
import { blankOf } from './evaluate.ts'
import type { Item } from './model.ts'
import { moment } from './values.ts'

export type Status = 'answered' | 'not_observed' | 'not_applicable' | 'no_access' | 'missing'

/** A value that its question cannot have is missing. */
export function status(item: Item, answer: unknown): Status {
  const kind = blankOf(answer)
  if (kind === 'not_observed' || kind === 'not_applicable' || kind === 'no_access') return kind
  return fits(item, answer) ? 'answered' : 'missing'
}

function fits(item: Item, answer: unknown): boolean {
  const isOption = (code: unknown): boolean => !!item.options?.some((option) => option.code === code)
  switch (item.type) {
    case 'single':
      return isOption(answer)
    case 'multiple':
      return Array.isArray(answer) && answer.length > 0 && answer.every(isOption)
    case 'integer':
      return Number.isSafeInteger(answer)
    case 'decimal':
      return Number.isFinite(answer)
    case 'text':
      return typeof answer === 'string' && answer !== ''
    case 'note':
      return false
    case 'photo':
    case 'point':
      return answer !== null && answer !== undefined
  }
  return typeof answer === 'string' && moment(answer) === item.type
}
