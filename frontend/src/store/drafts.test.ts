import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Change, apply, begin, carryOver, isDirty, minted, snapshot } from './drafts'
import type { Draft } from './records'

const fresh = (): Draft =>
  begin({ report_id: 'r', mission: 'M', device_id: 'd1', form: 'B', form_version: 1 }, 't0')
const mint = (draft: Draft, seq: number): Draft => minted(draft, snapshot(draft, 'en').touched, seq)
const body = (draft: Draft): Record<string, unknown> => JSON.parse(snapshot(draft, 'en').text) as Record<string, unknown>

describe('a draft', () => {
  it('says only what was touched, and null where it was cleared', () => {
    let draft = apply(fresh(), { type: 'answer', code: 'b01', value: 'full' }, {}, 't1')
    draft = apply(draft, { type: 'answer', code: 'b02', value: null }, {}, 't2')
    draft = apply(draft, { type: 'note', code: 'b01', text: '' }, {}, 't3')
    expect(body(draft)).toEqual({
      form: 'B', form_version: 1, lang: 'en', answers: { b01: 'full', b02: null }, notes: { b01: null },
      confirmed: [], settled: [], seen: {},
    }) // prettier-ignore
  })

  it('claims to have seen what stood there when its oldest unsent change was made', () => {
    let draft = apply(fresh(), { type: 'answer', code: 'b01', value: 'x' }, { d2: 5 }, 't1')
    draft = apply(draft, { type: 'answer', code: 'b02', value: 'y' }, { d2: 9 }, 't2')
    expect(body(draft)['seen']).toEqual({ d2: 5 })
    draft = apply(mint(draft, 1), { type: 'answer', code: 'b02', value: 'z' }, { d2: 9 }, 't3')
    expect(body(draft)['seen']).toEqual({ d2: 9 })
  })

  it('names a value in settled when a person chose again what the last operation said', () => {
    let draft = mint(apply(fresh(), { type: 'answer', code: 'b01', value: ['c1', 'c2'] }, {}, 't1'), 1)
    draft = apply(draft, { type: 'answer', code: 'b01', value: ['c2', 'c1'] }, { d2: 4 }, 't2')
    expect(body(draft)['settled']).toEqual(['b01'])
    expect(mint(draft, 2).settled).toEqual([])
  })

  it('settles notes and header values by their full names', () => {
    let draft = apply(fresh(), { type: 'settle', name: 'header.visit_no', value: 2 }, {}, 't1')
    draft = apply(draft, { type: 'settle', name: 'notes.b01', value: 'seen' }, {}, 't2')
    expect(body(draft)).toMatchObject({ visit_no: 2, notes: { b01: 'seen' }, settled: ['header.visit_no', 'notes.b01'] })
  })

  it('goes on under a new card, says everything again and has seen what it said before', () => {
    const draft = mint(apply(fresh(), { type: 'answer', code: 'b01', value: 'x' }, { d2: 3 }, 't1'), 7)
    const moved = carryOver(draft, 'd9', 7)
    expect(moved.touched).toEqual({ b01: 0 })
    expect(moved.seen).toEqual({ d2: 3, d1: 7 })
    expect(mint(moved, 1)).toMatchObject({ device_id: 'd9', touched: { b01: 1 } })
  })

  it('is dirty after any changes, clean after minting, and never loses the newest value', () => {
    const code = fc.constantFrom('a', 'b', 'c')
    const change: fc.Arbitrary<Change> = fc.oneof(
      fc.record({ type: fc.constant('answer' as const), code, value: fc.option(fc.string()) }),
      fc.record({ type: fc.constant('note' as const), code, text: fc.string() }),
    )
    const step = fc.oneof(change, fc.constant('mint' as const))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let draft = fresh()
        const newest: Record<string, unknown> = {}
        let seq = 0
        for (const one of steps) {
          draft = one === 'mint' ? mint(draft, ++seq) : apply(draft, one, {}, 't')
          if (one !== 'mint' && one.type === 'answer') newest[one.code] = one.value
          expect(isDirty(draft)).toBe(one !== 'mint')
        }
        expect(body(draft)['answers']).toEqual(newest)
      }),
    )
  })
})
