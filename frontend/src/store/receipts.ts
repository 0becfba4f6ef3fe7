/**
 * What the server said of operations, and what therefore still has to be sent.
 *
 * Nothing marks an operation as sent or under way: what waits is what has no receipt of the server's epoch. So a crash at
 * any point needs no repair, and a server that was restored from a backup is offered everything again by itself.
 */
import type { StoreNames } from 'idb'
import type { Writing } from './connection'
import type { Outbox } from './databases'
import type { AsideRecord, Head, Identity, OperationRecord, OutboxSchema, ReceiptRecord } from './records'

/** What the server signed last; shown to it at each push, so that it learns if it went back in time. */
export interface Known {
  epoch: string
  server_seq: number
  receipt: unknown
}

/** One genuine answer, read as far as the outbox needs it. */
export interface Settled {
  epoch: string
  /** Highest number of this device in the server's log, null if the answer does not say. */
  device_seq: number | null
  device_id: string
  receipts: ReceiptRecord[]
  known: Known | null
}

/** Operations of this mission without a receipt of the newest epoch, oldest first; those set aside come when it is time. */
export function waiting(outbox: Outbox, identity: Identity, now_ms: number): Promise<string[]> {
  return outbox.read(['ops', 'receipts', 'aside', 'meta'], async (tx) => {
    const epoch = ((await tx.objectStore('meta').get('epoch')) ?? '') as string
    const [all, done, aside] = await Promise.all([
      tx.objectStore('ops').index('number').getAllKeys(),
      tx.objectStore('receipts').getAllKeys(within(epoch)),
      tx.objectStore('aside').getAll(),
    ])
    const settled = new Set(done.map(([, op_id]) => op_id))
    for (const { op_id, next_at_ms } of aside) if (isLater(next_at_ms, now_ms)) settled.add(op_id)
    const open = all.filter((op_id) => !settled.has(op_id))
    return ofMission(tx.objectStore('ops'), open, identity)
  })
}

/**
 * Operations of another mission stay where they are: this server has no place for them. What was minted under an earlier
 * card goes before what was minted under this one.
 */
async function ofMission(
  ops: { get(key: string): Promise<OperationRecord | undefined> },
  ids: string[],
  identity: Identity,
): Promise<string[]> {
  const records = await Promise.all(ids.map((id) => ops.get(id)))
  const here = records.filter((op): op is OperationRecord => op?.mission === identity.mission)
  const rank = (op: OperationRecord): number => (op.device_id === identity.device_id ? 1 : 0)
  return here.sort((a, b) => rank(a) - rank(b)).map((op) => op.op_id)
}

/** All keys [epoch, anything]. */
export const within = (epoch: string): IDBKeyRange => IDBKeyRange.bound([epoch], [epoch, []])

export async function readOps(outbox: Outbox, ids: string[]): Promise<OperationRecord[]> {
  const ops = await outbox.read(['ops'], (tx) => Promise.all(ids.map((id) => tx.objectStore('ops').get(id))))
  return ops.filter((op): op is OperationRecord => op !== undefined)
}

/** Everything that one answer says, in one transaction. */
export function settle(outbox: Outbox, settled: Settled): Promise<void> {
  return outbox.write(['receipts', 'aside', 'meta'], async (tx) => {
    await enterEpoch(tx, settled.epoch)
    for (const receipt of settled.receipts) {
      await putReceipt(tx, receipt)
      await tx.objectStore('aside').delete(receipt.op_id)
    }
    if (settled.known) await putKnown(tx, settled.known)
    await liftHead(tx, settled)
  })
}

type Tx<N extends StoreNames<OutboxSchema>> = Writing<OutboxSchema, N>

/**
 * Receipts of the epoch before say nothing of this one: what they covered waits again by itself. An epoch that comes back
 * after another is a server put back from a copy that nobody noticed: what its receipts speak of may be lost as well.
 */
export async function enterEpoch(tx: Tx<'meta' | 'receipts' | 'aside'>, epoch: string): Promise<void> {
  const meta = tx.objectStore('meta')
  const before = await meta.get('epoch')
  if (before === epoch) return
  await meta.put(epoch, 'epoch')
  await meta.delete('known')
  if (before === undefined) return
  await tx.objectStore('aside').clear()
  await tx.objectStore('receipts').delete(within(epoch))
}

/** A receipt never falls back: "received" stands against a late answer that still says "held". */
export async function putReceipt(tx: Tx<'meta' | 'receipts' | 'aside'>, receipt: ReceiptRecord): Promise<void> {
  const store = tx.objectStore('receipts')
  const before = await store.get([receipt.epoch, receipt.op_id])
  if (before?.state === 'received') return
  await store.put(receipt)
}

async function putKnown(tx: Tx<'meta' | 'receipts' | 'aside'>, known: Known): Promise<void> {
  const meta = tx.objectStore('meta')
  const before = (await meta.get('known')) as Known | undefined
  if (!before || before.epoch !== known.epoch || before.server_seq < known.server_seq) await meta.put(known, 'known')
}

/** No phone mints more than this unknown to itself. A wrong answer must not lead to numbers that no server can keep. */
const LIFT_MAX = 100_000

/** The server knows numbers of this device that it does not know itself (a phone put back from a copy): go on above. */
async function liftHead(tx: Tx<'meta' | 'receipts' | 'aside'>, settled: Settled): Promise<void> {
  const meta = tx.objectStore('meta')
  const head = (await meta.get('head')) as Head | undefined
  const { device_id, device_seq } = settled
  if (!head || head.device_id !== device_id || device_seq === null || !Number.isSafeInteger(device_seq)) return
  const lift = device_seq - head.device_seq
  if (lift > 0 && lift <= LIFT_MAX) await meta.put({ device_id, device_seq, link: null }, 'head')
}

const MINUTE_MS = 60_000
const ASIDE_MAX_MS = 60 * MINUTE_MS

/** Later than any time that was ever set: the clock was set back since, and the time says nothing. */
const isLater = (at_ms: number, now_ms: number): boolean => at_ms > now_ms && at_ms - now_ms <= ASIDE_MAX_MS

/** The server takes others but not this one: offer it again, ever more rarely, and let the rest pass. */
export function setAside(outbox: Outbox, op_id: string, code: string, now_ms: number): Promise<void> {
  return outbox.write(['aside'], async (tx) => {
    const store = tx.objectStore('aside')
    const tries = ((await store.get(op_id))?.tries ?? 0) + 1
    const record: AsideRecord = {
      op_id,
      code,
      tries,
      next_at_ms: now_ms + Math.min(ASIDE_MAX_MS, MINUTE_MS * 2 ** tries),
    }
    await store.put(record)
  })
}

/** A person at the mission looked and let it pass; the news comes by pull. */
export function release(outbox: Outbox, released: { op_id: string; state: string; code: string | null }[], at: string) {
  return outbox.write(['receipts', 'meta', 'aside'], async (tx) => {
    const epoch = (await tx.objectStore('meta').get('epoch')) as string | undefined
    for (const { op_id, state, code } of released) {
      const before = epoch === undefined ? undefined : await tx.objectStore('receipts').get([epoch, op_id])
      if (!before || before.state !== 'held') continue
      const passed = state === 'accepted'
      await tx.objectStore('receipts').put({ ...before, state: passed ? 'received' : 'held', code: passed ? null : code, at })
    }
  })
}
