/** The reports of this phone and its team as the screens list them. Pure. */
import type { Checklist, Header, OutboxItem, Place, ReportSummary, Station } from './api'
import type { Board, OpMeta } from './board'
import { isDirty } from './drafts'
import { type PulledReport, stand } from './pulled'
import type { AsideRecord, Draft, Identity } from './records'
import { type Facts, type ReportFacts, byReport, opState, ownState, receiptCode } from './states'

export const NO_HEADER: Header = {
  place: { kind: 'none', id: null },
  visit_no: 1,
  arrived_at: null,
  departed_at: null,
  filled_by: null,
  other_teams: null,
  comment: null,
}

export interface Lists {
  summaries: ReportSummary[]
  /** Ids of own reports of which something lies here alone. */
  unsent: Set<string>
}

export interface Sources {
  identity: Identity
  drafts: ReadonlyMap<string, Draft>
  pulled: ReadonlyMap<string, PulledReport>
  ops: Iterable<OpMeta>
  facts: Facts
  station: (code: string) => Station | undefined
}

/** Newest arrival first; those without an arrival by their last change. */
export function listReports(sources: Sources): Lists {
  const { identity, drafts, pulled } = sources
  const own = [...drafts.values()].filter((draft) => draft.mission === identity.mission)
  const ids = new Set([...own.map((draft) => draft.report_id), ...pulled.keys()])
  const ops = byReport(sources.ops, identity.device_id)
  const unsent = new Set<string>()
  const summaries = [...ids].map((id) => {
    const draft = drafts.get(id)
    const facts = draft ? together(ownState(draft, ops.get(id) ?? [], sources.facts), pulled.get(id)) : others(pulled.get(id)!)
    if (facts.unsent) unsent.add(id)
    return summarize(id, draft, pulled.get(id), facts, sources)
  })
  return { summaries: summaries.sort(newestFirst), unsent }
}

const newestFirst = (a: ReportSummary, b: ReportSummary): number => {
  const [x, y] = [a, b].map((report) => report.header.arrived_at ?? report.changed_at) as [string, string]
  return x < y ? 1 : x > y ? -1 : 0
}

/** A report of this phone that another phone of the team ended: nothing is left to do here once all of ours is there. */
function together(own: ReportFacts, pulled: PulledReport | undefined): ReportFacts {
  const ended = pulled !== undefined && !pulled.open_edit && (pulled.finished || pulled.status === 'void')
  if (!ended || own.state !== 'draft' || own.unsent) return own
  return { ...own, state: 'received', finished: pulled.finished, void: pulled.status === 'void' }
}

/** A report of the team's other phones: what is pulled was received. */
function others(pulled: PulledReport): ReportFacts {
  const state = pulled.finished || pulled.status === 'void' ? 'received' : 'draft'
  const none = { code: null, received_at: null, server_seq: null }
  return { ...none, state, draft_received: true, finished: pulled.finished, void: pulled.status === 'void', unsent: false }
}

export function summarize(
  report_id: string,
  draft: Draft | undefined,
  pulled: PulledReport | undefined,
  facts: ReportFacts,
  { identity, station }: Pick<Sources, 'identity' | 'station'>,
): ReportSummary {
  const standing = stand(draft, pulled, identity.device_id)
  const header = { ...NO_HEADER, ...standing.header }
  const { state, code, received_at, server_seq, draft_received, finished } = facts
  return {
    report_id,
    form: draft?.form ?? pulled!.form,
    form_version: draft?.form_version ?? pulled!.form_version,
    header,
    station: header.place.id === null ? undefined : station(header.place.id),
    mine: draft !== undefined,
    state,
    draft_received,
    finished,
    void: facts.void,
    receipt: { code: receiptCode(report_id), received_at, server_seq },
    code,
    answered: Object.values(standing.answers).filter((answer) => answer !== null).length,
    disagreements: Object.keys(standing.disagreements).length,
    changed_at: draft?.changed_at ?? '',
  }
}

const samePlace = (a: Place, b: Place): boolean => a.id !== null && a.kind === b.kind && a.id === b.id

/** Reports of the team at the same place with the same form and number of visit, begun without knowing of each other. */
export function twins(reports: ReportSummary[], report_id: string): ReportSummary[] {
  const own = reports.find((report) => report.report_id === report_id)
  if (!own) return []
  return reports.filter(
    (other) =>
      other !== own &&
      !other.void &&
      other.form === own.form &&
      other.header.visit_no === own.header.visit_no &&
      samePlace(other.header.place, own.header.place),
  )
}

/** The number of this visit: one more than the team's newest at this place with this form. */
export function nextVisit(reports: ReportSummary[], form: string, place: Place): number {
  const here = reports.filter((r) => r.form === form && !r.void && samePlace(r.header.place, place))
  return 1 + Math.max(0, ...here.map((report) => report.header.visit_no))
}

/** A report in the moment before its first change is on the disk. */
export function unborn(report_id: string, form: Checklist): ReportSummary {
  return {
    report_id,
    form: form.code,
    form_version: form.version,
    header: NO_HEADER,
    station: undefined,
    mine: true,
    state: 'draft',
    draft_received: false,
    finished: false,
    void: false,
    receipt: { code: receiptCode(report_id), received_at: null, server_seq: null },
    code: null,
    answered: 0,
    disagreements: 0,
    changed_at: '',
  }
}

/** Everything minted here for this mission, newest first. `offers` = when this phone offered what it had. */
export function listOutbox(ops: Iterable<OpMeta>, identity: Identity, facts: Facts, offers: readonly string[]): OutboxItem[] {
  const own = [...ops].filter((op) => op.mission === identity.mission)
  const items = own.map(({ op_id, kind, report_id, made_at, bytes }) => ({
    op_id,
    kind,
    report_id,
    made_at,
    bytes,
    ...opState(op_id, facts),
    ...(facts.receipts.has(op_id) ? SETTLED : triesOf(made_at, facts.aside.get(op_id), offers)),
  }))
  return items.sort((a, b) => (a.op_id < b.op_id ? 1 : -1))
}

type Tries = Pick<OutboxItem, 'tries' | 'next_at'>
const SETTLED: Tries = { tries: 0, next_at: null }

const triesOf = (made_at: string, aside: AsideRecord | undefined, offers: readonly string[]): Tries => ({
  tries: offers.filter((at) => at >= made_at).length,
  next_at: aside ? new Date(aside.next_at_ms).toISOString() : null,
})

/** Operations without a receipt, and drafts that are to become one. */
export function countWaiting(board: Board, identity: Identity): number {
  const receipts = board.receipts.value
  const ops = [...board.ops.value.values()].filter((op) => op.mission === identity.mission && !receipts.has(op.op_id))
  const dirty = [...board.drafts.value.values()].filter((draft) => draft.mission === identity.mission && isDirty(draft))
  return ops.length + dirty.length
}
