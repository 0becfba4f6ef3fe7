/**
 * One round: mint what changed, push, pull, fetch. Short, under a lock that other tabs respect, and safe without it: two
 * tabs that send the same operations at once get the same answers.
 */
import type { SyncProblem } from '../store/api'
import { isDirty } from '../store/drafts'
import { mintRevision } from '../store/mint'
import type { Identity } from '../store/records'
import { waiting } from '../store/receipts'
import { isFull, withRoom } from '../store/space'
import type { PulledChange, Reference } from '../store/reference'
import { renew } from './enrol'
import { ask } from './http'
import { fetchBlobs, pull } from './pull'
import { type Core, nameOf, push } from './push'

const BUDGET_MS = 60_000
/** With nothing to send, the server still hears now and then what this phone knows of it. */
const HELLO_MS = 10 * 60_000

export interface Round {
  problem: SyncProblem | null
  /** The server or a network element asked to wait. */
  after_s: number | null
  next_in_s: number | null
  contact: boolean
  /** The mission asks this phone to forget it, once everything is received. */
  forget: boolean
  clock_off_ms: number | null
  /** What was pulled, for the screens. */
  changes: PulledChange[]
  /** Forms and station lists that came. */
  blobs: number
}

export interface RoundCore extends Core {
  reference: Reference
  lang(): string
  /** When the last push was answered; 0 = not since the page opened. */
  pushed_ms: number
  onBlob(): void
}

export async function round(core: RoundCore): Promise<Round> {
  const identity = await identityOf(core)
  if (!identity) return nothing('unknown_device')
  await mintDirty(core, identity)
  const first = await pushAndPull(core, identity)
  const isLost = first.problem === 'unknown_device'
  return isLost && (await isTakenBack(core, identity)) ? pushAndPull(core, identity) : first
}

async function pushAndPull(core: RoundCore, identity: Identity): Promise<Round> {
  const sent = await pushRound(core, identity)
  return sent.forget ? sent : pullRound(core, sent)
}

/**
 * A database that was restored from too early takes the phone back by its grant; a cookie that was lost comes back by the
 * card. In this order: a card that is shown again makes the credential anew, and the grant is for the one before.
 */
async function isTakenBack(core: RoundCore, identity: Identity): Promise<boolean> {
  return (await showGrant(core, identity)) || renew(core.outbox, core.effects, core.version)
}

export async function identityOf(core: Core): Promise<Identity | undefined> {
  return (await core.outbox.read(['meta'], (tx) => tx.objectStore('meta').get('identity'))) as Identity | undefined
}

/** What was typed since the last operation becomes one, before anything is pulled: it had not seen what will come. */
export async function mintDirty(core: RoundCore, identity: Identity): Promise<void> {
  const drafts = await core.outbox.read(['drafts'], (tx) => tx.objectStore('drafts').getAll())
  for (const draft of drafts) {
    if (draft.mission === identity.mission && isDirty(draft)) {
      const mint = { ...core, lang: core.lang() }
      await withRoom(core.outbox, () => mintRevision(mint, draft.report_id)).catch(unlessFull)
    }
  }
}

/** What a full disk does not take waits in its draft; what was minted before it goes all the same. */
function unlessFull(error: unknown): void {
  if (!isFull(error)) throw error
}

async function pushRound(core: RoundCore, identity: Identity): Promise<Round> {
  const now = core.effects.now()
  const queue = await waiting(core.outbox, identity, now)
  const silent_ms = now - core.pushed_ms
  const heard = silent_ms >= 0 && silent_ms < HELLO_MS // below 0: the clock was set back since
  if (queue.length === 0 && heard) return nothing(null)
  const pushed = await push(core, identity, now + BUDGET_MS)
  core.inFlight([])
  if (pushed.went === 'badly') return { ...nothing(pushed.problem), after_s: pushed.after_s }
  core.pushed_ms = core.effects.now()
  const { next_in_s, clock_off_ms, forget } = pushed
  return { ...nothing(null), next_in_s, clock_off_ms, forget, contact: true }
}

const nothing = (problem: SyncProblem | null): Round => ({
  problem,
  after_s: null,
  next_in_s: null,
  contact: false,
  forget: false,
  clock_off_ms: null,
  changes: [],
  blobs: 0,
})

/** News of the mission must come even while something of ours cannot go; not where nobody answered at all. */
async function pullRound(core: RoundCore, sent: Round): Promise<Round> {
  if (sent.problem !== null && sent.problem !== 'server_error') return sent
  const pulled = await pull(core, core.reference)
  const seen: Round = { ...sent, changes: pulled.changes }
  if (pulled.went === 'badly') {
    return { ...seen, problem: sent.problem ?? pulled.problem, after_s: sent.after_s ?? pulled.after_s }
  }
  const { came, missing } = await fetchBlobs(core, core.reference.current, core.onBlob)
  return { ...seen, contact: true, blobs: came, problem: sent.problem ?? (missing === 0 ? null : 'no_answer') }
}

/** A server restored from before this phone's enrolment learns of it again from the grant it once signed. */
async function showGrant(core: RoundCore, identity: Identity): Promise<boolean> {
  if (identity.grant === null) return false
  const body = JSON.stringify({ grant: identity.grant })
  const reply = await ask(core.effects, { method: 'POST', path: '/v1/grant', body })
  core.log({ at: new Date(core.effects.now()).toISOString(), what: 'grant', came: nameOf(reply), ops: 0 })
  return reply.came === 'answer' && reply.status === 200
}
