/**
 * What may be said of a report, from stored receipts alone. Pure.
 *
 * A device's newest snapshot says all that the older ones said, so the newest operation decides: an old revision that
 * the mission could not keep is no loss once a later one lies there.
 */
import type { OutboxItem, ReportState } from './api'
import type { OpMeta } from './board'
import { isDirty } from './drafts'
import type { AsideRecord, Draft, ReceiptRecord } from './records'

/** Times that the server refused one operation alone before the screen calls it lost. It is offered again all the same. */
const ASIDE_TRIES_LOST = 2

export interface Facts {
  receipts: ReadonlyMap<string, ReceiptRecord>
  aside: ReadonlyMap<string, AsideRecord>
  inFlight: ReadonlySet<string>
}

export type OpState = Pick<OutboxItem, 'state' | 'code' | 'received_at'>

export function opState(op_id: string, facts: Facts): OpState {
  const receipt = facts.receipts.get(op_id)
  if (receipt) return { state: receipt.state, code: receipt.code, received_at: receipt.at }
  const aside = facts.aside.get(op_id)
  if (aside && aside.tries >= ASIDE_TRIES_LOST) return { state: 'lost', code: aside.code, received_at: null }
  return { state: facts.inFlight.has(op_id) ? 'sending' : 'kept', code: null, received_at: null }
}

/** Operations of one report by report id, the newest last: by device, the present one last, then by number. */
export function byReport(ops: Iterable<OpMeta>, device_id: string): Map<string, OpMeta[]> {
  const groups = new Map<string, OpMeta[]>()
  for (const op of ops) {
    if (op.report_id !== null) groups.set(op.report_id, [...(groups.get(op.report_id) ?? []), op])
  }
  const rank = (op: OpMeta): number => (op.device_id === device_id ? 1 : 0)
  for (const group of groups.values()) group.sort((a, b) => rank(a) - rank(b) || a.device_seq - b.device_seq)
  return groups
}

export interface ReportFacts {
  state: ReportState
  code: string | null
  received_at: string | null
  server_seq: number | null
  draft_received: boolean
  finished: boolean
  void: boolean
  /** Something of it lies on this phone alone. */
  unsent: boolean
}

/** A report of this phone. */
export function ownState(draft: Draft | undefined, ops: OpMeta[], facts: Facts): ReportFacts {
  const newest = ops[ops.length - 1]
  const { state, code, received_at } = newest ? opState(newest.op_id, facts) : fresh
  const dirty = draft !== undefined && isDirty(draft)
  const finished = ops.some((op) => op.kind === 'report.finish')
  const ended = newest !== undefined && newest.kind !== 'report.revision' && !dirty
  const settled = state === 'received' || state === 'held' || state === 'lost'
  return {
    state: state === 'lost' || state === 'held' ? state : ended ? state : 'draft',
    code,
    received_at: ended ? received_at : null,
    server_seq: newest ? (facts.receipts.get(newest.op_id)?.server_seq ?? null) : null,
    draft_received: !dirty && state === 'received',
    finished,
    void: ops.some((op) => op.kind === 'report.void') && newest?.kind === 'report.void',
    unsent: dirty || !settled || state === 'lost',
  }
}

const fresh: OpState = { state: 'kept', code: null, received_at: null }

/** Worst first; what only this phone has comes before what the mission has. */
const WORST: ReportState[] = ['lost', 'held', 'sending', 'kept', 'draft', 'received']

export function worstOf(states: Iterable<ReportState>): ReportState {
  const present = new Set(states)
  return WORST.find((state) => present.has(state)) ?? 'received'
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * Four characters by which the mission finds a report: the last twenty bits of its id, which are random, in Crockford's
 * base 32. They are there before any receipt, and the mission needs no table for them.
 */
export function receiptCode(report_id: string): string {
  const bits = parseInt(report_id.slice(-5), 16)
  return [15, 10, 5, 0].map((shift) => ALPHABET[(bits >> shift) & 31]).join('')
}
