/** How the questions of a section lie on pages, and which of them stand together. */
import type { Item, Section } from '../store/api'

const ON_A_PAGE = 6
const MOST = 9

/** True for questions that are answered on this phone; a note is read only. */
export const asks = (item: Item): boolean => item.type !== 'note' && item.type !== 'photo' && item.type !== 'point'

export const isNumber = (item: Item): boolean => item.type === 'integer' || item.type === 'decimal'

/** A section that is mostly figures has longer pages: a figure takes a line, a question half a screen. */
const pageCount = (items: readonly Item[]): number => {
  const numbers = items.filter(isNumber).length
  const wanted = numbers * 2 > items.length ? Math.ceil(items.length / MOST) : Math.round(items.length / ON_A_PAGE)
  return Math.max(1, wanted, Math.ceil(items.length / MOST))
}

/** Questions of one number of the catalogue belong together: a question and its follow-up, the votes of a protocol. */
const splits = (items: readonly Item[], cut: number): boolean => items[cut - 1]?.id === items[cut]?.id

/** The cut nearest to the even one that parts nothing, at most two questions away. */
function cutNear(items: readonly Item[], even: number): number {
  const near = [0, -1, 1, -2, 2].map((away) => even + away)
  return near.find((cut) => !splits(items, cut)) ?? even
}

/**
 * The questions of a section page by page, three to nine on each as far as they go. The cut does not depend on answers,
 * so that a question never moves to another page.
 */
export function pagesOf(section: Section): Item[][] {
  const items = section.items
  const count = pageCount(items)
  const cuts = [0]
  for (let page = 1; page < count; page++) {
    const cut = cutNear(items, Math.round((page * items.length) / count))
    cuts.push(cut - cuts[page - 1]! > MOST ? cuts[page - 1]! + MOST : cut)
  }
  return cuts.map((cut, page) => items.slice(cut, cuts[page + 1] ?? items.length))
}

/** Figures that follow each other stand in one block, every other question in its own. */
export function blocksOf(items: readonly Item[]): Item[][] {
  const blocks: Item[][] = []
  for (const item of items) {
    const last = blocks[blocks.length - 1]
    if (last && isNumber(item) && isNumber(last[0]!)) last.push(item)
    else blocks.push([item])
  }
  return blocks
}

/** Section and page of a question. */
export function whereIs(sections: readonly Section[], code: string): { section: number; page: number } | null {
  for (const [section, { items }] of sections.entries()) {
    if (!items.some((item) => item.code === code)) continue
    const page = pagesOf(sections[section]!).findIndex((some) => some.some((item) => item.code === code))
    return { section, page }
  }
  return null
}
