/**
 * How the phone reads an answer, sizes a batch and waits. Pure: no clock, no network, no disk.
 *
 * One rule stands above: only the mission's own answer to this very attempt says anything about an operation. Everything
 * else, whatever its status, is "no answer", and what waits goes on waiting.
 */
import type { SyncProblem } from '../store/api'
import type { OperationRecord, ReceiptRecord } from '../store/records'
import { type PushAnswer, type PushResult, readProblem, readPush } from './wire-shapes'

/** What came back over HTTP, or that nothing did. */
export type Reply =
  | { came: 'answer'; status: number; json: unknown; retry_after_s: number | null; checkpoint?: string | null }
  | { came: 'timeout' }
  | { came: 'nothing' }

export type Verdict =
  | { is: 'answer'; answer: PushAnswer }
  /** Too much at once, or too slow: the same ids again, fewer of them. */
  | { is: 'smaller'; problem: SyncProblem; code: string }
  /** The server cannot read what was sent: halve until the one that it cannot read stands alone. */
  | { is: 'broken'; code: string }
  | { is: 'plain' }
  | { is: 'later'; problem: SyncProblem; after_s: number | null }

export function judgePush(reply: Reply, attempt_id: string): Verdict {
  if (reply.came === 'timeout') return { is: 'smaller', problem: 'no_answer', code: 'timeout' }
  if (reply.came === 'nothing') return { is: 'later', problem: 'no_answer', after_s: null }
  const answer = reply.status === 200 ? readPush(reply.json, attempt_id) : null
  if (answer) return { is: 'answer', answer }
  const code = readProblem(reply.json)
  if (reply.status === 413) return { is: 'smaller', problem: 'busy', code: code ?? 'too_large' }
  if (code === null) return { is: 'later', problem: withoutCode(reply.status), after_s: reply.retry_after_s }
  if (reply.status === 415) return { is: 'plain' }
  if (reply.status === 400 || reply.status === 422) return { is: 'broken', code }
  return { is: 'later', problem: problemOf(reply.status, code), after_s: reply.retry_after_s }
}

/** An answer that bears no code of ours: a proxy in between, or a page that is not the mission's. */
function withoutCode(status: number): SyncProblem {
  if (status === 429 || status === 503) return 'busy'
  return status >= 500 ? 'server_error' : 'blocked'
}

export function problemOf(status: number, code: string): SyncProblem {
  if (code === 'invalid_credentials') return 'unknown_device'
  if (code === 'device_lost') return 'device_lost'
  return status === 429 || status === 503 ? 'busy' : 'server_error'
}

/** The receipt that an outcome gives; null where it says "not now", or something that this app does not know. */
export function receiptOf(result: PushResult, epoch: string, at: string): ReceiptRecord | null {
  const state = stateOf(result)
  if (state === null) return null
  const { op_id, server_seq } = result
  return { epoch, op_id, state, code: state === 'received' ? null : result.code, server_seq, at }
}

function stateOf({ outcome, state }: PushResult): ReceiptRecord['state'] | null {
  switch (outcome) {
    case 'accepted':
      return 'received'
    case 'duplicate':
      return state === 'held' ? 'held' : 'received'
    case 'held':
      return 'held'
    case 'rejected':
      return 'lost'
    default:
      return null
  }
}

/* ------------------------------------------------------------ batches */

/** How much goes into one request. Begins small, doubles with each answer, halves with each silence. */
export interface Pace {
  ops: number
  bytes: number
  gzip: boolean
  /** Tries in a row that reached nobody. */
  failures: number
}

export const OPS_MAX = 100
/** 1 MiB for the whole body, less what surrounds the operations. */
export const BYTES_MAX = 1024 * 1024 - 16 * 1024
const BYTES_START = 64 * 1024
const BYTES_MIN = 4 * 1024

export const startPace = (gzip: boolean): Pace => ({ ops: 8, bytes: BYTES_START, gzip, failures: 0 })

export function faster(pace: Pace): Pace {
  const { ops, bytes, gzip } = pace
  return { ops: Math.min(OPS_MAX, ops * 2), bytes: Math.min(BYTES_MAX, bytes * 2), gzip, failures: 0 }
}

export function slower(pace: Pace, sent: number): Pace {
  const ops = Math.max(1, Math.floor(Math.min(pace.ops, sent) / 2))
  return { ...pace, ops, bytes: Math.max(BYTES_MIN, Math.floor(pace.bytes / 2)) }
}

/** The first operations that fit. One always goes, however large it is. */
export function cut(ops: OperationRecord[], pace: Pace): OperationRecord[] {
  const batch: OperationRecord[] = []
  let bytes = 0
  for (const op of ops.slice(0, pace.ops)) {
    bytes += wireBytes(op)
    if (batch.length > 0 && bytes > pace.bytes) break
    batch.push(op)
  }
  return batch
}

/** At most this many bytes: quotes of the body double when it stands in JSON, letters take up to three. */
export const wireBytes = (op: OperationRecord): number => 600 + op.body.length * 3

/* ------------------------------------------------------------ waiting */

const BACKOFF_FIRST_S = 5
const BACKOFF_MAX_S = 300
/** Somebody looks at the screen, and something waits to be sent. */
const WATCHED_MAX_S = 60
const RETRY_AFTER_MAX_S = 3600

/** Full jitter: a thousand phones that lost one server must not come back in one second. */
export function backoffMs(failures: number, random: number, watched = false): number {
  const ceiling_s = Math.min(watched ? WATCHED_MAX_S : BACKOFF_MAX_S, BACKOFF_FIRST_S * 2 ** Math.min(failures, 10))
  return Math.round(random * ceiling_s * 1000)
}

export const retryAfterMs = (after_s: number): number => Math.min(RETRY_AFTER_MAX_S, Math.max(0, after_s)) * 1000

const IDLE_S = 300
const NEXT_MIN_S = 5
const NEXT_MAX_S = 3600

/** When to try again after a round that went well: as the server says, and seldom when nothing waits here. */
export function nextMs(next_in_s: number | null, waiting: boolean): number {
  const asked_s = Math.min(NEXT_MAX_S, Math.max(NEXT_MIN_S, next_in_s ?? 60))
  return (waiting ? asked_s : Math.max(asked_s, IDLE_S)) * 1000
}

const TIMEOUT_BASE_S = 20
const TIMEOUT_MAX_S = 120
const SLOWEST_BYTES_PER_S = 500

export const timeoutMs = (bytes: number): number =>
  Math.min(TIMEOUT_MAX_S, TIMEOUT_BASE_S + bytes / SLOWEST_BYTES_PER_S) * 1000

/** Seconds of a Retry-After header: a number, or a date. */
export function retryAfterS(header: string | null, now_ms: number): number | null {
  if (header === null) return null
  if (/^\d+$/.test(header.trim())) return Number(header)
  const date = Date.parse(header)
  return Number.isNaN(date) ? null : Math.max(0, Math.round((date - now_ms) / 1000))
}
