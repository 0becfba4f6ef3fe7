/**
 * When the disk is full. One mebibyte is kept as ballast, room for hundreds of reports, so that the finish of a report at
 * 3 a.m. does not fail because of somebody's photos. What can be fetched again goes last: without the station list an
 * observer is blind until there is a network.
 */
import { named } from './connection'
import type { Outbox } from './databases'
import type { Effects } from './effects'

const BALLAST_BYTES = 1024 * 1024
/** As much as a browser gives at once. */
const CHANCE_BYTES = 64 * 1024
const ROOM_BYTES = 50 * BALLAST_BYTES
const LOG_LINES = 500

/** Runs a write; where it does not fit, throws ballast overboard and runs it once more. */
export async function withRoom<T>(outbox: Outbox, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (!isFull(error)) throw error
    await dropBallast(outbox)
    return write()
  }
}

export const isFull = (error: unknown): boolean => named(error, 'QuotaExceededError')

function dropBallast(outbox: Outbox): Promise<void> {
  return outbox.write(['ballast', 'log'], async (tx) => {
    await tx.objectStore('ballast').clear()
    await tx.objectStore('log').clear()
  })
}

/** Takes ballast on where there is room; does nothing where it lies already. */
export async function takeBallast(outbox: Outbox, effects: Effects): Promise<void> {
  const free = await freeBytes(effects)
  if (free !== null && free < ROOM_BYTES) return
  if ((await outbox.read(['ballast'], (tx) => tx.objectStore('ballast').count())) > 0) return
  const ballast = heavy(effects)
  await outbox.write(['ballast'], (tx) => tx.objectStore('ballast').put(ballast, 'ballast'))
}

/** Browsers press what they keep, and zeros to nothing: only chance has weight. */
function heavy(effects: Effects): Uint8Array {
  const bytes = new Uint8Array(BALLAST_BYTES)
  for (let at = 0; at < BALLAST_BYTES; at += CHANCE_BYTES) bytes.set(effects.randomBytes(CHANCE_BYTES), at)
  return bytes
}

export async function freeBytes(effects: Effects): Promise<number | null> {
  const estimate = await effects.storage?.estimate?.().catch(() => null)
  return estimate?.quota === undefined ? null : estimate.quota - (estimate.usage ?? 0)
}

export async function isPersisted(effects: Effects): Promise<boolean | 'unknown'> {
  const persisted = await effects.storage?.persisted?.().catch(() => null)
  return persisted ?? 'unknown'
}

/** Whether what is written can be read again: false in private windows that only pretend. */
export async function probe(outbox: Outbox, effects: Effects): Promise<boolean> {
  const stamp = effects.now()
  try {
    await outbox.write(['meta'], (tx) => tx.objectStore('meta').put(stamp, 'probe'))
    if (await isPrivate(effects)) return false
    return (await outbox.read(['meta'], (tx) => tx.objectStore('meta').get('probe'))) === stamp
  } catch (error) {
    return isFull(error)
  }
}

/** Firefox and Safari keep a database in a private window until it is closed, but give such a window no directory. */
async function isPrivate({ storage }: Effects): Promise<boolean> {
  const refused = await storage?.getDirectory?.().then(() => null, (error: unknown) => error)
  return named(refused, 'SecurityError') || named(refused, 'UnknownError')
}

/** Keeps the newest lines of the log. */
export function trimLog(outbox: Outbox): Promise<void> {
  return outbox.write(['log'], async (tx) => {
    const store = tx.objectStore('log')
    const keys = await store.getAllKeys()
    const last = keys[keys.length - LOG_LINES - 1]
    if (last !== undefined) await store.delete(IDBKeyRange.upperBound(last))
  })
}
