import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Effects } from './effects'
import { newId } from './mint'

const at = (now_ms: number, random = new Uint8Array(16).fill(255)): string =>
  newId({ now: () => now_ms, randomBytes: () => random.slice() } as unknown as Effects)

it('makes UUIDs of version 7 that sort by the clock of the phone and repeat by no chance', () => {
  const moment = fc.integer({ min: 0, max: 2 ** 48 - 1 })
  const chance = fc.uint8Array({ minLength: 16, maxLength: 16 })
  fc.assert(
    fc.property(moment, moment, chance, (a, b, random) => {
      const [x, y] = [at(a, random), at(b, random)]
      expect(x).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(parseInt(x.replace('-', '').slice(0, 12), 16)).toBe(a)
      if (a < b) expect(x < y).toBe(true)
      expect(x.slice(24)).toBe(Buffer.from(random.slice(10)).toString('hex'))
    }),
  )
})

it('makes one of any clock', () => {
  for (const odd of [-1, -1e15, 2 ** 53, 1.5]) expect(at(odd)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-b/)
})
