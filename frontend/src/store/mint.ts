/**
 * Minting: a draft's state becomes an operation for ever.
 *
 * Digest and signature come first, for a transaction does not wait for them. Then one strict transaction reads the head
 * again: if another tab moved it, or the draft changed meanwhile, nothing is written and minting starts over.
 */
import type { Outbox } from './databases'
import { type Reason, type Seen, carryOver, isDirty, minted, snapshot, voidText } from './drafts'
import type { Effects } from './effects'
import { hex, linkText, sha256, sign, utf8 } from './link'
import type { Draft, Head, Identity, Kind, OperationRecord } from './records'

const TRIES = 20

/** What an operation is to say. `draft` = how the draft stands once it is minted. */
interface Plan {
  kind: Kind
  report_id: string | null
  body: string
  rev: number | null
  draft: ((seq: number) => Draft) | null
}

export interface Mint {
  outbox: Outbox
  effects: Effects
  lang: string
}

/** A UUID of version 7: 48 bits of this phone's clock, the rest by chance. */
export function newId(effects: Effects): string {
  const bytes = effects.randomBytes(16)
  let ms = effects.now()
  for (let i = 5; i >= 0; i--, ms = Math.floor(ms / 256)) bytes[i] = ms % 256
  bytes[6] = (bytes[6]! & 15) | 0x70
  bytes[8] = (bytes[8]! & 63) | 0x80
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** A revision of a draft that changed since its last operation; null if it did not. */
export function mintRevision(mint: Mint, report_id: string): Promise<OperationRecord | null> {
  return fromDraft(mint, report_id, (draft) => (isDirty(draft) ? revision(draft, mint.lang) : null))
}

/**
 * The finish. `seen` is what the screen showed when the person tapped. If older changes wait whose author had seen less,
 * they become an operation of their own first, so that they do not claim more than was known.
 */
export async function mintFinish(mint: Mint, report_id: string, seen: Seen): Promise<OperationRecord> {
  await fromDraft(mint, report_id, (draft) =>
    isDirty(draft) && !sameSeen(draft.seen, { ...draft.seen, ...seen }) ? revision(draft, mint.lang) : null,
  )
  return must(
    await fromDraft(mint, report_id, (draft) => {
      const said = snapshot(draft, mint.lang, { ...draft.seen, ...seen })
      const after = (seq: number) => ({ ...minted(draft, said.touched, seq), finished_seq: seq })
      return { kind: 'report.finish', report_id, body: said.text, rev: draft.rev, draft: after }
    }),
  )
}

/** The void. What was typed goes first: a revision that came after it would look like an edit of a withdrawn report. */
export async function mintVoid(mint: Mint, report_id: string, reason: Reason, seen: Seen): Promise<OperationRecord> {
  await mintRevision(mint, report_id)
  return must(
    await fromDraft(mint, report_id, (draft) => ({
      kind: 'report.void',
      report_id,
      body: voidText(draft, reason, { ...draft.seen, ...seen }),
      rev: draft.rev,
      draft: (seq) => ({ ...draft, void_seq: seq }),
    })),
  )
}

/**
 * What a draft says, as an operation that no disk holds: for a copy of what cannot be written. Its number may be given
 * again; the mission keeps both.
 */
export async function sealUnkept(mint: Mint, draft: Draft, before: number): Promise<OperationRecord> {
  const { identity, head } = await authorOf(mint.outbox)
  const { device_id } = identity
  const own = draft.device_id === device_id ? draft : carryOver(draft, device_id, 0)
  const next = { device_id, device_seq: head.device_seq + before, link: null }
  return seal(mint, { identity, head: next }, revision(own, mint.lang))
}

/** An operation about no report: an acknowledged message, a check-in. */
export async function mintOther(mint: Mint, kind: Kind, body: object): Promise<OperationRecord> {
  const plan: Plan = { kind, report_id: null, body: JSON.stringify(body), rev: null, draft: null }
  return must(await attempt(mint, () => Promise.resolve(plan)))
}

function revision(draft: Draft, lang: string): Plan {
  const said = snapshot(draft, lang)
  const after = (seq: number): Draft => minted(draft, said.touched, seq)
  return { kind: 'report.revision', report_id: draft.report_id, body: said.text, rev: draft.rev, draft: after }
}

function sameSeen(a: Seen, b: Seen): boolean {
  const authors = Object.keys(b)
  return authors.length === Object.keys(a).length && authors.every((author) => a[author] === b[author])
}

function fromDraft(
  mint: Mint,
  report_id: string,
  decide: (draft: Draft) => Plan | null,
): Promise<OperationRecord | null> {
  return attempt(mint, async ({ identity }) => {
    const draft = await draftOf(mint.outbox, report_id, identity.device_id)
    return draft ? decide(draft) : null
  })
}

function draftOf(outbox: Outbox, report_id: string, device_id: string): Promise<Draft | undefined> {
  return outbox.read(['drafts', 'ops'], async (tx) => {
    const draft = await tx.objectStore('drafts').get(report_id)
    if (!draft || draft.device_id === device_id) return draft
    const earlier = await tx.objectStore('ops').index('number').getAllKeys(numbersOf(draft.device_id))
    const last = earlier.length === 0 ? undefined : await tx.objectStore('ops').get(earlier[earlier.length - 1]!)
    return carryOver(draft, device_id, last?.device_seq ?? 0)
  })
}

/** All keys [device_id, any number]. */
const numbersOf = (device_id: string): IDBKeyRange => IDBKeyRange.bound([device_id], [device_id, []])

async function attempt(mint: Mint, decide: (author: Author) => Promise<Plan | null>): Promise<OperationRecord | null> {
  for (let i = 0; i < TRIES; i++) {
    const author = await authorOf(mint.outbox)
    const plan = await decide(author)
    if (plan === null) return null
    const op = await seal(mint, author, plan)
    if (await keep(mint.outbox, op, plan)) return op
  }
  throw new Error('other tabs moved the head each time')
}

interface Author {
  identity: Identity
  head: Head
}

/** Read each time, never remembered: another tab may have taken a new card meanwhile. */
async function authorOf(outbox: Outbox): Promise<Author> {
  const author = await outbox.read(['meta'], async (tx) => {
    const meta = tx.objectStore('meta')
    return [await meta.get('identity'), await meta.get('head')]
  })
  const [identity, head] = author as [Identity | undefined, Head | undefined]
  if (!identity || !head) throw new Error('not enrolled')
  return { identity, head }
}

async function seal(mint: Mint, { identity, head }: Author, plan: Plan): Promise<OperationRecord> {
  const { effects } = mint
  const subtle = effects.subtle!
  const now = effects.now()
  const op = {
    v: 1 as const,
    op_id: newId(effects),
    mission: identity.mission,
    device_id: identity.device_id,
    device_seq: head.device_seq + 1,
    kind: plan.kind,
    report_id: plan.report_id,
    made_at: new Date(now).toISOString(),
    tz_min: effects.tzMin(now),
    prev: head.link,
    body: plan.body,
    hash: await sha256(subtle, utf8(plan.body)),
  }
  const lines = utf8(linkText(op))
  const sig = identity.key ? await sign(subtle, identity.key, lines) : null
  return { ...op, sig, link: await sha256(subtle, lines) }
}

/** False, and nothing written, if the head or the draft moved since the operation was planned. */
function keep(outbox: Outbox, op: OperationRecord, plan: Plan): Promise<boolean> {
  return outbox.write(['ops', 'meta', 'drafts'], async (tx) => {
    const head = (await tx.objectStore('meta').get('head')) as Head
    const still = head.device_id === op.device_id && head.device_seq + 1 === op.device_seq && head.link === op.prev
    if (!still) return false
    if (plan.report_id !== null && plan.rev !== null) {
      const draft = await tx.objectStore('drafts').get(plan.report_id)
      if (draft?.rev !== plan.rev) return false
    }
    await tx.objectStore('ops').add(op)
    await tx.objectStore('meta').put({ device_id: op.device_id, device_seq: op.device_seq, link: op.link }, 'head')
    if (plan.draft) await tx.objectStore('drafts').put(plan.draft(op.device_seq))
    return true
  })
}

function must(op: OperationRecord | null): OperationRecord {
  if (op === null) throw new Error('no such report on this phone')
  return op
}
