import { describe, expect, it } from 'vitest'
import { apply, begin, minted, snapshot } from './drafts'
import { readReport, seenOf, stand } from './pulled'
import type { Draft } from './records'

const pulled = (latest: object, more: object = {}) =>
  readReport({ type: 'report', id: 'r', rev: 1, data: { status: 'draft', finishes: [], latest: { form: 'B', form_version: 1, ...latest }, ...more } })!

const typed = (value: string): Draft =>
  apply(begin({ report_id: 'r', mission: 'M', device_id: 'd1', form: 'B', form_version: 1 }, 't'), { type: 'answer', code: 'q', value }, {}, 't')
const sent = (draft: Draft, seq: number): Draft => minted(draft, snapshot(draft, 'en').touched, seq)

describe('what stands on the screen', () => {
  it('is what was typed here, until the pulled state has taken it in', () => {
    const draft = sent(typed('mine'), 3)
    const before = pulled({ answers: { q: 'theirs' }, heads: { d1: 2, d2: 9 } })
    const after = pulled({ answers: { q: 'theirs' }, heads: { d1: 3, d2: 10 } })
    expect(stand(draft, before, 'd1').answers).toEqual({ q: 'mine' })
    expect(stand(draft, after, 'd1').answers).toEqual({ q: 'theirs' })
  })

  it('keeps what was typed since the last operation on top, whatever comes', () => {
    const draft = apply(sent(typed('old'), 3), { type: 'answer', code: 'q', value: 'new' }, {}, 't')
    const state = pulled({ answers: { q: 'theirs' }, heads: { d1: 3, d2: 10 } })
    expect(stand(draft, state, 'd1').answers).toEqual({ q: 'new' })
  })

  it('shows a disagreement with its authors, until it was touched here', () => {
    const voices = [
      { author: 'd2', number: 9, link: 'b', value: 'yes' },
      { author: 'd1', number: 3, link: 'a', value: 'no' },
      { author: 'staff', number: 700, link: 'c', value: 'maybe' },
    ]
    const state = pulled({ answers: { q: 'yes' }, heads: { d1: 3, d2: 9, staff: 700 }, disagreement: { q: voices } })
    const draft = sent(typed('no'), 3)
    expect(stand(draft, state, 'd1').disagreements['q']?.map((voice) => voice.author)).toEqual(['team', 'here', 'staff'])
    const settled = apply(draft, { type: 'settle', name: 'q', value: 'no' }, seenOf(state, 'd1'), 't')
    expect(stand(settled, state, 'd1').disagreements).toEqual({})
    expect(JSON.parse(snapshot(settled, 'en').text)).toMatchObject({ settled: ['q'], seen: { d2: 9, staff: 700 } })
  })

  it('has seen of others what it shows, and says nothing of itself', () => {
    expect(seenOf(pulled({ heads: { d1: 3, d2: 10, staff: 18431 } }), 'd1')).toEqual({ d2: 10, staff: 18431 })
    expect(seenOf(undefined, 'd1')).toEqual({})
  })

  it('takes nothing from a pulled thing that has no form', () => {
    expect(readReport({ type: 'report', id: 'r', rev: 1, data: { latest: 7 } })).toBeNull()
    expect(readReport({ type: 'report', id: 'r', rev: 1, data: null })).toBeNull()
  })
})
