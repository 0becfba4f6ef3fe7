/** What a press does where several can be chosen. Pure. */
import type { Item } from '../store/api'

/** The codes after a press on `code`, in the order of the form. An exclusive option ("none") goes with no other. */
export function afterPress(item: Item, chosen: readonly string[], code: string): string[] {
  if (chosen.includes(code)) return chosen.filter((some) => some !== code)
  const options = item.options ?? []
  const exclusive = (some: string): boolean => options.find((option) => option.code === some)?.exclusive === true
  const kept = exclusive(code) ? [] : chosen.filter((some) => !exclusive(some))
  return options.map((option) => option.code).filter((some) => some === code || kept.includes(some))
}
