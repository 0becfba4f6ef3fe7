import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blocksOf, pagesOf, whereIs } from '../../src/ui/pages'
import type { Item, Section } from '../../src/store/api'

const item = (code: string, type: Item['type'] = 'single', id = code.toUpperCase()): Item => ({ code, id, type, label: { en: code }, measure: 'nominal' })
const section = (items: Item[]): Section => ({ code: 's', label: { en: 's' }, items })

/** The built-in checklists as written, with six candidates in place of each item that stands for them all. */
function builtIn(): Section[] {
  const folder = new URL('../../../app/forms/catalogue/', import.meta.url)
  const forms = ['a', 'b', 'c', 'd', 'e'].map((name) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as { sections: Section[] })
  const filled = (one: Item & { each?: string }): Item[] =>
    one.each ? Array.from({ length: 6 }, (_, index) => ({ ...one, code: one.code.replace('each', `c${index + 1}`) })) : [one]
  return forms.flatMap((form) => form.sections.map((some) => ({ ...some, items: some.items.flatMap(filled) })))
}

describe('pages', () => {
  test('hold every question once, in order, and at most nine', () => {
    const types = fc.constantFrom<Item['type']>('single', 'integer', 'text')
    fc.assert(
      fc.property(fc.array(fc.tuple(types, fc.integer({ min: 0, max: 5 })), { minLength: 1, maxLength: 60 }), (drawn) => {
        const items = drawn.map(([type, id], index) => item(`q${index}`, type, `X${id}`))
        const pages = pagesOf(section(items))
        expect(pages.flat()).toEqual(items)
        for (const page of pages) {
          expect(page.length).toBeGreaterThan(0)
          expect(page.length).toBeLessThanOrEqual(9)
        }
      }),
    )
  })

  test('of the built-in checklists hold three to nine questions wherever a section has as many', () => {
    for (const some of builtIn()) {
      const sizes = pagesOf(some).map((page) => page.length)
      if (some.items.length < 3) expect(sizes).toEqual([some.items.length])
      else for (const size of sizes) expect(size, `${some.code}: ${sizes.join()}`).toBeGreaterThanOrEqual(3)
    }
  })

  test('keep a question and its follow-up together', () => {
    const items = ['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A6', 'A7', 'A8', 'A9', 'A10', 'A11'].map((id, index) => item(`q${index}`, 'single', id))
    for (const page of pagesOf(section(items))) expect(page.filter((one) => one.id === 'A6').length).not.toBe(1)
  })

  test('keep the votes of one protocol together', () => {
    const votes = builtIn().find((some) => some.code === 'c_figures_votes')!
    const holding = pagesOf(votes).filter((page) => page.some((one) => one.id === 'R12'))
    expect(holding).toHaveLength(1)
    expect(holding[0]!.some((one) => one.code === 'r13_against_all')).toBe(true)
  })

  test('are found by the code of a question', () => {
    const sections = [section([item('a')]), section(Array.from({ length: 13 }, (_, index) => item(`b${index}`)))]
    expect(whereIs(sections, 'a')).toEqual({ section: 0, page: 0 })
    expect(whereIs(sections, 'b12')).toEqual({ section: 1, page: 1 })
    expect(whereIs(sections, 'zz')).toBeNull()
  })
})

describe('blocks', () => {
  test('put figures that follow each other into one', () => {
    const items = [item('a'), item('b', 'integer'), item('c', 'decimal'), item('d', 'text'), item('e', 'integer')]
    expect(blocksOf(items).map((block) => block.map((one) => one.code))).toEqual([['a'], ['b', 'c'], ['d'], ['e']])
  })
})
