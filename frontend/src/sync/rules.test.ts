import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OperationRecord } from '../store/records'
import {
  BYTES_MAX, OPS_MAX, type Reply, backoffMs, cut, faster, judgePush, nextMs, receiptOf, retryAfterS, slower, startPace,
  timeoutMs, wireBytes,
} from './rules' // prettier-ignore

const answer = (status: number, json: unknown, retry_after_s: number | null = null): Reply => ({
  came: 'answer', status, json, retry_after_s,
}) // prettier-ignore
const good = { kind: 'urna.push', attempt_id: 'a1', epoch: 'e', results: [] }
const problem = (status: number, code: string): Reply => answer(status, { type: 'urn:x', status, code, title: '' })

describe('an answer counts', () => {
  it('only if it is of our kind and of this very attempt', () => {
    expect(judgePush(answer(200, good), 'a1').is).toBe('answer')
    for (const other of [{ ...good, kind: 'x' }, { ...good, attempt_id: 'a0' }, { ...good, epoch: 7 }, { ...good, results: {} }, null, 'ok', []])
      expect(judgePush(answer(200, other), 'a1')).toMatchObject({ is: 'later', problem: 'blocked' })
    expect(judgePush(answer(201, good), 'a1').is).toBe('later')
  })

  it.each([
    [problem(401, 'invalid_credentials'), { is: 'later', problem: 'unknown_device' }],
    [problem(403, 'device_lost'), { is: 'later', problem: 'device_lost' }],
    [problem(403, 'bad_origin'), { is: 'later', problem: 'server_error' }],
    [answer(401, null), { is: 'later', problem: 'blocked' }],
    [answer(403, null), { is: 'later', problem: 'blocked' }],
    [answer(500, null), { is: 'later', problem: 'server_error' }],
    [problem(500, 'internal'), { is: 'later', problem: 'server_error' }],
    [problem(507, 'storage_full'), { is: 'later', problem: 'server_error' }],
    [answer(503, null, 7), { is: 'later', problem: 'busy', after_s: 7 }],
    [problem(429, 'rate_limited'), { is: 'later', problem: 'busy' }],
    [problem(413, 'body_too_large'), { is: 'smaller' }],
    [answer(413, null), { is: 'smaller' }],
    [problem(415, 'unsupported_encoding'), { is: 'plain' }],
    [problem(400, 'invalid_json'), { is: 'broken', code: 'invalid_json' }],
    [problem(422, 'invalid_request'), { is: 'broken' }],
    [answer(400, null), { is: 'later', problem: 'blocked' }],
    [{ came: 'timeout' } as Reply, { is: 'smaller', problem: 'no_answer' }],
    [{ came: 'nothing' } as Reply, { is: 'later', problem: 'no_answer' }],
  ])('%j is read as it should', (reply, verdict) => {
    expect(judgePush(reply, 'a1')).toMatchObject(verdict)
  })

  it('and whatever it is, reading it never throws and never makes a receipt', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.jsonValue(), (status, json) => {
        expect(judgePush(answer(status, json), 'a1').is).not.toBe('answer')
      }),
    )
  })
})

describe('an outcome', () => {
  const result = (outcome: string, state: string | null = null) => ({ op_id: 'o', outcome, state, server_seq: 1, code: 'c' })
  it.each([
    [result('accepted'), 'received'],
    [result('duplicate'), 'received'],
    [result('duplicate', 'accepted'), 'received'],
    [result('duplicate', 'held'), 'held'],
    [result('held'), 'held'],
    [result('rejected'), 'lost'],
  ])('%j is a receipt that says %s', (one, state) => {
    expect(receiptOf(one, 'e', 't')?.state).toBe(state)
  })
  it('that says "not now", or that nobody knows, is none', () => {
    expect(receiptOf(result('retry'), 'e', 't')).toBeNull()
    expect(receiptOf(result('teleported'), 'e', 't')).toBeNull()
  })
})

describe('a batch', () => {
  const op = (length: number): OperationRecord => ({ body: 'x'.repeat(length) }) as OperationRecord
  it('never exceeds its bounds, keeps the order, and always moves', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40_000 })), fc.array(fc.boolean()), (sizes, answers) => {
        let pace = startPace(true)
        for (const well of answers) pace = well ? faster(pace) : slower(pace, pace.ops)
        const ops = sizes.map(op)
        const batch = cut(ops, pace)
        expect(batch).toEqual(ops.slice(0, batch.length))
        expect(batch.length).toBeLessThanOrEqual(OPS_MAX)
        expect(batch.length > 0).toBe(ops.length > 0)
        if (batch.length > 1) expect(batch.reduce((sum, one) => sum + wireBytes(one), 0)).toBeLessThanOrEqual(BYTES_MAX)
      }),
    )
  })
  it('begins with 8, doubles with each answer up to 100, and halves down to one', () => {
    let pace = startPace(true)
    const grown = Array.from({ length: 5 }, () => (pace = faster(pace)).ops)
    expect(grown).toEqual([16, 32, 64, 100, 100])
    const shrunk = Array.from({ length: 8 }, () => (pace = slower(pace, 100)).ops)
    expect(shrunk).toEqual([50, 25, 12, 6, 3, 1, 1, 1])
  })
  it('is halved from what was sent, not from what might have been', () => {
    expect(slower({ ...startPace(true), ops: 100 }, 3).ops).toBe(1)
  })
})

describe('waiting', () => {
  it('is anywhere between nothing and a ceiling that doubles up to five minutes', () => {
    expect([1, 2, 3, 6, 20].map((n) => backoffMs(n, 0.999999))).toEqual([10_000, 20_000, 40_000, 300_000, 300_000])
    expect(backoffMs(6, 0)).toBe(0)
  })
  it('reads Retry-After as seconds or as a date', () => {
    expect(retryAfterS('120', 0)).toBe(120)
    expect(retryAfterS('Thu, 01 Jan 1970 00:01:00 GMT', 0)).toBe(60)
    expect(retryAfterS('soon', 0)).toBeNull()
    expect(retryAfterS(null, 0)).toBeNull()
  })
  it('does as the server asks, and seldom when nothing waits', () => {
    expect(nextMs(60, true)).toBe(60_000)
    expect(nextMs(60, false)).toBe(300_000)
    expect(nextMs(0, true)).toBe(5_000)
    expect(nextMs(null, true)).toBe(60_000)
    expect(nextMs(1e9, true)).toBe(3_600_000)
  })
  it('gives a request time by its size, at most two minutes', () => {
    expect(timeoutMs(0)).toBe(20_000)
    expect(timeoutMs(10_000)).toBe(40_000)
    expect(timeoutMs(1e7)).toBe(120_000)
  })
})
