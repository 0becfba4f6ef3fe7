/**
 * Fetching what the team needs: a page and its cursor in one transaction, blobs by their hash. Nothing here can lose work:
 * the outbox hears of a pull only that the server's epoch is another one, and that held operations were released.
 */
import type { SyncProblem } from '../store/api'
import type { Ref } from '../store/databases'
import { sha256 } from '../store/link'
import { object, text } from '../store/pulled'
import { enterEpoch, release } from '../store/receipts'
import { type PulledChange, type Reference, applyPage, cursorOf, putBlob, shelf } from '../store/reference'
import { ask, askBytes } from './http'
import { type Core, nameOf } from './push'
import { type Reply, problemOf } from './rules'
import { type PullAnswer, isReset, readProblem, readPull } from './wire-shapes'

const PAGE = 500

export type PulledRound =
  | { went: 'well'; changes: PulledChange[] }
  | { went: 'badly'; problem: SyncProblem; after_s: number | null; changes: PulledChange[] }

type Page = { is: 'page'; page: PullAnswer } | { is: 'same' } | { is: 'reset' } | { is: 'failed'; reply: Reply }

/** Pages until there are no more, from the cursor kept; from the beginning, in a fresh database, after a reset. */
export async function pull(core: Core, reference: Reference): Promise<PulledRound> {
  await reference.follow()
  const first = await pages(core, reference.current)
  if (first !== 'reset') return first
  const fresh = await reference.fresh()
  const again = await pages(core, fresh)
  if (again !== 'reset' && again.went === 'well') await reference.use(fresh)
  else await reference.discard(fresh)
  return again === 'reset' ? { went: 'badly', problem: 'server_error', after_s: null, changes: [] } : again
}

async function pages(core: Core, ref: Ref): Promise<PulledRound | 'reset'> {
  const changes: PulledChange[] = []
  for (;;) {
    const cursor = await cursorOf(ref)
    const came = await askPage(core, cursor)
    if (came.is === 'reset') return 'reset'
    if (came.is === 'same') return { went: 'well', changes }
    if (came.is === 'failed') return { went: 'badly', ...why(came.reply), changes }
    await takeIn(core, ref, came.page)
    changes.push(...came.page.changes)
    if (!came.page.more || came.page.cursor === cursor) return { went: 'well', changes }
  }
}

async function askPage(core: Core, cursor: string | null): Promise<Page> {
  const query = cursor === null ? `limit=${PAGE}` : `cursor=${encodeURIComponent(cursor)}&limit=${PAGE}`
  const headers: Record<string, string> = cursor === null ? {} : { 'If-None-Match': `"${cursor}"` }
  const at = new Date(core.effects.now()).toISOString()
  const reply = await ask(core.effects, { method: 'GET', path: `/v1/sync/pull?${query}`, headers })
  core.log({ at, what: 'pull', came: nameOf(reply), ops: 0 })
  if (reply.came !== 'answer') return { is: 'failed', reply }
  const { checkpoint } = reply
  if (checkpoint) await core.outbox.write(['meta'], (tx) => tx.objectStore('meta').put(checkpoint, 'checkpoint'))
  if (reply.status === 304 && cursor !== null) return { is: 'same' }
  if (reply.status === 410 && isReset(reply.json)) return { is: 'reset' }
  const page = reply.status === 200 ? readPull(reply.json) : null
  return page ? { is: 'page', page } : { is: 'failed', reply }
}

/** The outbox first: told twice it changes nothing, but a cursor that ran ahead would never tell it again. */
async function takeIn(core: Core, ref: Ref, page: PullAnswer): Promise<void> {
  await core.outbox.write(['receipts', 'aside', 'meta'], (tx) => enterEpoch(tx, page.epoch))
  const news = page.changes.filter((change) => change.type === 'op').map(releaseOf)
  if (news.length > 0) await release(core.outbox, news, new Date(core.effects.now()).toISOString())
  await applyPage(ref, page.changes, page.cursor)
}

function releaseOf(change: PulledChange): { op_id: string; state: string; code: string | null } {
  const data = object(change.data)
  return { op_id: change.id, state: text(data['state']), code: text(data['code']) || null }
}

function why(reply: Reply): { problem: SyncProblem; after_s: number | null } {
  if (reply.came !== 'answer') return { problem: 'no_answer', after_s: null }
  const code = readProblem(reply.json)
  if (code !== null) return { problem: problemOf(reply.status, code), after_s: reply.retry_after_s }
  return { problem: reply.status >= 500 ? 'server_error' : 'blocked', after_s: reply.retry_after_s }
}

/** Fetches forms and station lists that are named but not here. */
export async function fetchBlobs(core: Core, ref: Ref, onOne: () => void): Promise<{ came: number; missing: number }> {
  const { forms, stations } = await shelf(ref)
  const wanted = [...forms, ...stations].filter((blob) => !blob.here)
  let came = 0
  for (const { hash } of wanted) {
    if (!(await fetchBlob(core, ref, hash))) continue
    came++
    onOne()
  }
  return { came, missing: wanted.length - came }
}

async function fetchBlob(core: Core, ref: Ref, hash: string): Promise<boolean> {
  const bytes = await askBytes(core.effects, `/v1/blobs/${hash}`)
  const right = bytes !== null && (await sha256(core.effects.subtle!, bytes)) === hash
  const came = right ? 'whole' : bytes ? 'other bytes' : 'nothing'
  core.log({ at: new Date(core.effects.now()).toISOString(), what: 'blob', came, ops: 0 })
  if (!right) return false
  await putBlob(ref, hash, new TextDecoder().decode(bytes))
  return true
}
