import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const sources = new URL('../../src/', import.meta.url)
const named = (readdirSync(sources, { recursive: true }) as string[]).filter((name) => /\.tsx?$/.test(name))

test('no source spreads values into a call behind ?., which Chrome 90 gets wrong', () => {
  expect(named.length).toBeGreaterThan(50)
  const text = (name: string): string => readFileSync(new URL(name, sources), 'utf8')
  expect(named.filter((name) => /\?\.[\w.]*\([^()]*\.\.\./.test(text(name)))).toEqual([])
})
