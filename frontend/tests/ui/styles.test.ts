import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const folder = new URL('../../src/styles/', import.meta.url)
const sheets = readdirSync(folder).filter((name) => name.endsWith('.css'))
const css = (name: string): string => readFileSync(new URL(name, folder), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')

/** The declarations of the block that follows `head`. */
function block(text: string, head: string): string[] {
  const from = text.indexOf(head)
  const body = text.slice(text.indexOf('{', from) + 1, text.indexOf('}', from))
  return body.split(';').map((line) => line.trim().replace(/\s+/g, ' ')).filter(Boolean)
}

describe('tokens', () => {
  test('are the same in the dark of the device and the dark that was chosen', () => {
    const tokens = css('tokens.css')
    const byDevice = block(tokens, ':root:not([data-theme="light"]):not([data-theme="night"])')
    expect(byDevice.length).toBeGreaterThan(30)
    expect(block(tokens, ':root[data-theme="dark"]')).toEqual(byDevice)
  })

  test('hold every colour: no other sheet has one of its own', () => {
    for (const name of sheets.filter((sheet) => sheet !== 'tokens.css')) {
      const colours = css(name).match(/#[0-9a-f]{3,8}\b|\b(?:hsl|oklch|color-mix)\(/gi) ?? []
      expect(colours, name).toEqual([])
    }
  })

  test('are all there that the sheets name', () => {
    const named = new Set(sheets.flatMap((name) => [...css(name).matchAll(/var\((--[\w-]+)/g)].map((match) => match[1])))
    const local = ['--v', '--n', '--y', '--row-h']
    const tokens = css('tokens.css')
    for (const name of named) if (!local.includes(name!)) expect(tokens, name).toContain(`${name}:`)
  })
})

describe('the sheets', () => {
  test.each(sheets)('%s stays below the floor of old browsers', (name) => {
    expect(css(name)).not.toMatch(/:has\(|@layer|color-mix\(|\d(?:dvh|svh|lvh)\b|popover|\binert\b|@container|&\s*[.:{]/)
  })

  test.each(sheets)('%s is logical: it works from right to left too', (name) => {
    const physical = css(name).match(/(?:^|[;{\s])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|width|height|min-width|max-height|text-align:\s*(?:left|right))\s*:/gm)
    expect(physical ?? []).toEqual([])
  })

  test.each(sheets)('%s has as many closing braces as opening ones', (name) => {
    expect(css(name).split('{').length).toBe(css(name).split('}').length)
  })
})
