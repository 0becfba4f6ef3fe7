/**
 * Sending what waits. No mark says "under way": a crash between any two steps leaves what waits waiting, under the same
 * ids, and the server counts each once.
 */
import type { Outbox } from '../store/databases'
import type { SyncProblem } from '../store/api'
import type { Effects } from '../store/effects'
import { isDirty } from '../store/drafts'
import { newId } from '../store/mint'
import type { Attempt, Identity, OperationRecord } from '../store/records'
import { type Known, readOps, setAside, settle, waiting } from '../store/receipts'
import { ask } from './http'
import { type Pace, type Reply, type Verdict, cut, faster, judgePush, receiptOf, slower } from './rules'
import { type PushAnswer, type PushBody, toWire } from './wire-shapes'

export interface Core {
  effects: Effects
  outbox: Outbox
  version: string
  pace: Pace
  /** Ids in the request under way, for the eye only. */
  inFlight(op_ids: string[]): void
  log(attempt: Attempt): void
}

export type Pushed =
  | { went: 'well'; next_in_s: number | null; pull: boolean; forget: boolean; clock_off_ms: number | null }
  | { went: 'badly'; problem: SyncProblem; after_s: number | null }

/** Sends until nothing waits, nothing moves, something fails, or the time is up. */
export async function push(core: Core, identity: Identity, until_ms: number): Promise<Pushed> {
  for (;;) {
    const ids = await waiting(core.outbox, identity, core.effects.now())
    const batch = cut(await readOps(core.outbox, ids.slice(0, core.pace.ops)), core.pace)
    const tried = await send(core, identity, batch, ids.length)
    const { failed, moved } = await digest(core, identity, batch, tried)
    if (failed) return failed
    const over = core.effects.now() >= until_ms
    if (tried.verdict.is !== 'answer') {
      if (over) return { went: 'badly', problem: 'no_answer', after_s: null }
      continue
    }
    const left = await waiting(core.outbox, identity, core.effects.now())
    if (left.length === 0 || moved === 0 || over) return well(tried.verdict.answer, tried)
  }
}

interface Tried {
  verdict: Verdict
  sent_ms: number
  came_ms: number
}

async function send(core: Core, identity: Identity, batch: OperationRecord[], queued: number): Promise<Tried> {
  const { effects, pace } = core
  const attempt_id = newId(effects)
  const body = await bodyOf(core, identity, attempt_id, batch, queued)
  core.inFlight(batch.map((op) => op.op_id))
  const sent_ms = effects.now()
  const request = { method: 'POST', path: '/v1/sync/push', body: JSON.stringify(body), gzip: pace.gzip } as const
  const reply = await ask(effects, request)
  core.log({ at: new Date(sent_ms).toISOString(), what: 'push', came: nameOf(reply), ops: batch.length })
  return { verdict: judgePush(reply, attempt_id), sent_ms, came_ms: effects.now() }
}

export const nameOf = (reply: Reply): string => (reply.came === 'answer' ? String(reply.status) : reply.came)

async function bodyOf(
  core: Core,
  identity: Identity,
  attempt_id: string,
  batch: OperationRecord[],
  queued: number,
): Promise<PushBody> {
  const [known, epoch, drafts] = await core.outbox.read(['meta', 'drafts'], async (tx) => {
    const meta = tx.objectStore('meta')
    return [(await meta.get('known')) as Known | undefined, await meta.get('epoch'), await tx.objectStore('drafts').getAll()]
  })
  return {
    protocol: 1,
    attempt_id,
    device_id: identity.device_id,
    app: { version: core.version },
    sent_at: new Date(core.effects.now()).toISOString(),
    known: known && known.epoch === epoch ? known.receipt : null,
    queue: { ops: queued, oldest_at: batch[0]?.made_at ?? null, drafts: drafts.filter(isDirty).length },
    ops: batch.map((op) => toWire(op, identity.device_id)),
  }
}

interface Digested {
  failed: Pushed | null
  /** Receipts that this answer brought. */
  moved: number
}

const goOn: Digested = { failed: null, moved: 0 }
const fail = (problem: SyncProblem, after_s: number | null = null): Digested => ({
  failed: { went: 'badly', problem, after_s },
  moved: 0,
})

async function digest(core: Core, identity: Identity, batch: OperationRecord[], tried: Tried): Promise<Digested> {
  const { verdict } = tried
  switch (verdict.is) {
    case 'answer': {
      const moved = await takeIn(core, identity, batch, verdict.answer, tried)
      core.pace = faster(core.pace)
      return { failed: null, moved }
    }
    case 'plain':
      if (!core.pace.gzip) return fail('server_error')
      core.pace = { ...core.pace, gzip: false }
      return goOn
    case 'later':
      return fail(verdict.problem, verdict.after_s)
    case 'smaller':
    case 'broken':
      return narrow(core, identity, batch, verdict)
  }
}

/** Fewer at once; the one that cannot go alone is set aside, if the server takes a push without it. */
async function narrow(
  core: Core,
  identity: Identity,
  batch: OperationRecord[],
  verdict: Verdict & { is: 'smaller' | 'broken' },
): Promise<Digested> {
  core.pace = slower(core.pace, batch.length)
  const problem = verdict.is === 'smaller' ? verdict.problem : 'server_error'
  const [only] = batch
  if (verdict.code === 'timeout' || only === undefined) return fail(problem)
  if (batch.length > 1) return goOn
  const empty = await send(core, identity, [], 1)
  if (empty.verdict.is !== 'answer') return fail(problem)
  await takeIn(core, identity, [], empty.verdict.answer, empty)
  await setAside(core.outbox, only.op_id, verdict.code, core.effects.now())
  return goOn
}

/** Everything that the answer says of what was sent, in one transaction. How many receipts it brought. */
async function takeIn(
  core: Core,
  identity: Identity,
  batch: OperationRecord[],
  answer: PushAnswer,
  tried: Tried,
): Promise<number> {
  const { epoch, device_seq, receipt } = answer
  const sent = new Set(batch.map((op) => op.op_id))
  const at = new Date(tried.came_ms).toISOString()
  const receipts = answer.results
    .filter((result) => sent.has(result.op_id))
    .map((result) => receiptOf(result, epoch, at))
    .filter((record) => record !== null)
  await settle(core.outbox, {
    epoch,
    device_seq,
    device_id: identity.device_id,
    receipts,
    known: receipt && { epoch, server_seq: receipt.server_seq, receipt: receipt.whole },
  })
  return receipts.length
}

function well(answer: PushAnswer, { sent_ms, came_ms }: Tried): Pushed {
  const server_ms = answer.server_time === null ? NaN : Date.parse(answer.server_time)
  const clock_off_ms = Number.isNaN(server_ms) ? null : Math.round((sent_ms + came_ms) / 2 - server_ms)
  return { went: 'well', next_in_s: answer.next_in_s, pull: answer.pull, forget: answer.forget, clock_off_ms }
}
