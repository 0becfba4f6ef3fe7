/** Answers in words. */
import type { Answer, Blank, Item } from '../store/api'
import { clock, number, pick, say, shortDay, type Key } from '../text'
import { isNumber } from './pages'

export const blankOf = (answer: Answer | undefined): Blank | null =>
  answer !== null && typeof answer === 'object' && 'blank' in answer ? answer.blank : null

/** An answer, or a kind of blank: both count as answered. */
export const isAnswered = (answer: Answer | undefined): boolean =>
  answer !== null && answer !== undefined && answer !== '' && !(Array.isArray(answer) && answer.length === 0)

/** Figures of a protocol are announced, not observed. The catalogue numbers them R and T. */
export const isProtocol = (item: Item): boolean => isNumber(item) && /^[RT]\d/.test(item.id)

const PLAIN: Record<Blank, Key> = {
  not_observed: 'notObserved',
  not_applicable: 'notApplicable',
  no_access: 'noAccess',
}
const OF_PROTOCOL: Record<Blank, Key> = { ...PLAIN, not_observed: 'notAnnounced', not_applicable: 'noSuchLine' }

export const blankKey = (item: Item, blank: Blank): Key => (isProtocol(item) ? OF_PROTOCOL : PLAIN)[blank]

function optionLabel(item: Item, code: string, language: string): string {
  const option = item.options?.find((some) => some.code === code)
  return option ? pick(option.label, language).text : code
}

/** The answer as the observer would say it; "" where there is none. */
export function describe(item: Item, answer: Answer | undefined, language: 'en' | 'ru' | 'kk'): string {
  const blank = blankOf(answer)
  if (blank) return say(language, blankKey(item, blank))
  if (!isAnswered(answer)) return ''
  if (Array.isArray(answer)) return answer.map((code) => optionLabel(item, code, language)).join(', ')
  if (typeof answer === 'number') return number(language, answer)
  if (item.type === 'single') return optionLabel(item, answer as string, language)
  if (item.type === 'datetime') return `${shortDay(language, answer as string)}, ${clock(answer as string)}`
  if (item.type === 'date') return shortDay(language, answer as string)
  return answer as string
}

/** A shorter name of a question, where the catalogue has one. */
export const shortName = (item: Item, language: string): { text: string; lang: string } =>
  item.short_label && Object.keys(item.short_label).length > 0 ? pick(item.short_label, language) : pick(item.label, language)

/** Yes and No, or two short words, stand side by side. */
export function sideBySide(item: Item, language: string): boolean {
  const options = item.options ?? []
  return options.length === 2 && options.every((option) => pick(option.label, language).text.length <= 14)
}
