/** What the screens read, each derived from what lies on the disk and from the loop; nothing here is set by hand. */
import { type ReadonlySignal, type Signal, computed, signal } from '@preact/signals'
import type {
  GuidePage,
  Message,
  OutboxItem,
  Preparation,
  ReportState,
  ReportSummary,
  Session,
  Station,
  SyncState,
} from './store/api'
import type { Board } from './store/board'
import { list, object, text } from './store/pulled'
import type { Identity } from './store/records'
import { type Facts, worstOf } from './store/states'
import { type Lists, countWaiting, listOutbox, listReports } from './store/summaries'
import type { LoopState } from './sync/loop'

export class Views {
  readonly inFlight: Signal<ReadonlySet<string>> = signal(new Set())
  readonly access: Signal<Session['access']> = signal('ok')
  readonly online: Signal<boolean> = signal(true)
  readonly acknowledged: Signal<ReadonlySet<string>> = signal(new Set())

  readonly session: ReadonlySignal<Session | null> = computed(() => this.readSession())
  readonly preparation: ReadonlySignal<Preparation> = computed(() => preparationOf(this.board.blobs.value))
  readonly reports: ReadonlySignal<ReportSummary[]> = computed(() => this.lists.value.summaries)
  readonly outbox: ReadonlySignal<OutboxItem[]> = computed(() => this.readOutbox())
  readonly sync: ReadonlySignal<SyncState> = computed(() => this.readSync())
  readonly messages: ReadonlySignal<Message[]> = computed(() => this.readMessages())
  private readonly lists: ReadonlySignal<Lists> = computed(() => this.readLists())

  constructor(
    private readonly board: Board,
    private readonly loop: ReadonlySignal<LoopState>,
    private readonly station: (code: string) => Station | undefined,
  ) {}

  /** The mission as pulled: name, day, zone, languages, settings. */
  mission(): Record<string, unknown> {
    return object(this.board.things.value.get('mission')?.[0]?.data)
  }

  private facts(): Facts {
    const { receipts, aside } = this.board
    return { receipts: receipts.value, aside: aside.value, inFlight: this.inFlight.value }
  }

  private readLists(): Lists {
    const { identity, drafts, reports, ops } = this.board
    if (!identity.value) return { summaries: [], unsent: new Set() }
    return listReports({
      identity: identity.value,
      drafts: drafts.value,
      pulled: reports.value,
      ops: ops.value.values(),
      facts: this.facts(),
      station: this.station,
    })
  }

  private readSession(): Session | null {
    const identity = this.board.identity.value
    if (!identity) return null
    const { device_id, team, label } = identity
    return { device_id, mission: missionOf(identity, this.mission()), team, label, access: this.access.value }
  }

  private readOutbox(): OutboxItem[] {
    const identity = this.board.identity.value
    return identity ? listOutbox(this.board.ops.value.values(), identity, this.facts(), this.board.offers.value) : []
  }

  private readSync(): SyncState {
    const { summaries, unsent } = this.lists.value
    const { running, problem, last_contact_ms, next_try_ms, clock_off_ms } = this.loop.value
    const own = summaries.filter((report) => report.mine)
    return {
      counts: count(own),
      kept: unsent.size,
      waiting: Math.max(this.waitsToGo(), unsent.size),
      worst: worstOf(own.map((report) => (unsent.has(report.report_id) ? unreceived(report) : settled(report)))),
      running,
      problem,
      online: this.online.value,
      last_contact_at: iso(last_contact_ms),
      next_try_at: iso(next_try_ms),
      clock_off_s: clock_off_ms === null ? null : Math.round(clock_off_ms / 1000),
    }
  }

  /** What the next round may send: not what the mission cannot keep. */
  waitsToGo(): number {
    const identity = this.board.identity.value
    return identity ? countWaiting(this.board, identity) : 0
  }

  private readMessages(): Message[] {
    const pulled = this.board.things.value.get('message') ?? []
    const messages = pulled.map(({ id, data }) => {
      const message = object(data)
      const urgent = message['urgent'] === true
      const acknowledged = this.acknowledged.value.has(id)
      return { id, text: text(message['text']), urgent, sent_at: text(message['sent_at']), acknowledged }
    })
    return messages.sort((a, b) => (a.sent_at < b.sent_at ? 1 : -1))
  }
}

/** For the chip: a draft that lies here alone is kept, whatever else it is. */
const unreceived = ({ state }: ReportSummary): ReportState => (state === 'draft' ? 'kept' : state)
const settled = ({ state }: ReportSummary): ReportState => (state === 'draft' ? 'received' : state)

function count(own: ReportSummary[]): Record<ReportState, number> {
  const counts: Record<ReportState, number> = { lost: 0, held: 0, sending: 0, kept: 0, draft: 0, received: 0 }
  for (const report of own) counts[report.state]++
  return counts
}

function missionOf(identity: Identity, data: Record<string, unknown>): Session['mission'] {
  const { mission: code } = identity
  const name = (data['name'] as Session['mission']['name'] | undefined) ?? code
  const mission: Session['mission'] = { code, name, languages: list(data['languages']).map(String) }
  if (typeof data['day'] === 'string') mission.day = data['day']
  if (typeof data['zone'] === 'string') mission.zone = data['zone']
  const { hotline, guide } = object(data['settings'])
  if (typeof hotline === 'string') mission.hotline = hotline
  if (Array.isArray(guide)) mission.guide = guide.map(object) as unknown as GuidePage[]
  return mission
}

function preparationOf({ forms, stations, pulled }: Board['blobs']['value']): Preparation {
  return {
    forms: { done: forms[0], total: forms[1] },
    stations: { done: stations[0], total: stations[1] },
    ready: pulled && forms[1] > 0 && forms[0] === forms[1] && stations[0] === stations[1],
  }
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())
