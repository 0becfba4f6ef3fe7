/**
 * The phone's core, put together: store below, sync beside it, one `Phone` above for the screens. Here and nowhere else
 * do the parts know each other.
 */
import { type ReadonlySignal, type Signal, computed, signal } from '@preact/signals'
import { type Copier, copier } from './copy'
import { join } from './join'
import { type Desk, type Engine, Opened } from './open-report'
import { PREFIX, practiceEffects } from './practice'
import { Settings } from './settings'
import {
  type Checklist,
  type Language,
  type OpenMission,
  type OpenReport,
  type Phone,
  PhoneError,
  type Place,
  type Receipt,
  type ReportSummary,
  type Session,
  type StorageState,
  type Theme,
} from './store/api'
import { Board } from './store/board'
import { type Outbox, openOutbox, turnLog } from './store/databases'
import type { Effects } from './store/effects'
import { Forms } from './store/form-shelf'
import { type Mint, mintFinish, mintOther, mintRevision, mintVoid, newId } from './store/mint'
import { moveDrafts } from './store/move'
import { list, object, text } from './store/pulled'
import type { Identity, OperationRecord } from './store/records'
import { Reference, blobText } from './store/reference'
import { Saver } from './store/saver'
import { trimLog, withRoom } from './store/space'
import { receiptCode } from './store/states'
import { Stations } from './store/stations'
import { nextVisit, twins, unborn } from './store/summaries'
import { wallTime } from './store/wall'
import { enrol } from './sync/enrol'
import { ask } from './sync/http'
import { Loop } from './sync/loop'
import { type Round, type RoundCore, round } from './sync/round'
import { startPace } from './sync/rules'
import { Views } from './views'

export interface Options {
  effects: Effects
  engine: Engine
  version: string
  /** Before the names of the databases, as for practice. */
  prefix?: string
  visible?: () => boolean
  languages?: readonly string[]
}

/** A person who finishes one report often begins or ends another: one round for both. */
const DEBOUNCE_MS = 2_000

export class UrnaPhone implements Phone {
  readonly language: ReadonlySignal<Language>
  readonly theme: ReadonlySignal<Theme>
  readonly storage: ReadonlySignal<StorageState>
  readonly update: Signal<boolean> = signal(false)
  readonly practising: boolean
  readonly practised: ReadonlySignal<boolean>
  readonly forms: ReadonlySignal<Checklist[]>
  readonly stations: Stations
  readonly session: Views['session']
  readonly preparation: Views['preparation']
  readonly reports: Views['reports']
  readonly sync: Views['sync']
  readonly outbox: Views['outbox']
  readonly messages: Views['messages']
  /** What starts a new version; set by the page that registered the worker. */
  onUpdate: () => void = () => undefined
  readonly loop: Loop

  private readonly settings: Settings
  private readonly views: Views
  private readonly saver: Saver
  private readonly shelf = new Forms()
  private readonly tabs: { post(message: unknown): void }
  private readonly copier: Copier
  /** The phone of practice, while there is one. */
  private beside: UrnaPhone | null = null

  constructor(
    private readonly options: Options,
    private readonly db: Outbox,
    private readonly reference: Reference,
    private readonly board: Board,
  ) {
    const { effects, visible = () => true, languages = [] } = options
    this.settings = new Settings(db, effects, languages, () => this.tabs.post('settings'))
    ;({ language: this.language, theme: this.theme, storage: this.storage, practised: this.practised } = this.settings)
    this.practising = options.prefix === PREFIX
    const core = this.makeCore()
    const waits = (): boolean => this.views.waitsToGo() > 0
    this.loop = new Loop(effects, () => round(core), waits, visible, (result) => this.afterRound(result))
    this.tabs = effects.channel(`urna-${db.name}`, (message) => void this.hear(message))
    this.saver = new Saver(db, effects, (draft) => {
      board.show(draft)
      this.tabs.post('drafts')
    })
    this.copier = copier(board, this.saver, () => this.mint())
    this.forms = this.shelf.newest
    const plan = computed(() => board.things.value.get('plan') ?? [])
    this.stations = new Stations(plan, computed(() => board.identity.value?.team ?? ''))
    this.views = new Views(board, this.loop.state, (code) => this.stations.byCode(code))
    ;({ session: this.session, preparation: this.preparation, reports: this.reports } = this.views)
    ;({ sync: this.sync, outbox: this.outbox, messages: this.messages } = this.views)
  }

  /* ------------------------------------------------------------ enrolment */

  async missions(): Promise<OpenMission[] | null> {
    const reply = await ask(this.options.effects, { method: 'GET', path: '/v1/welcome' })
    const { missions } = object(reply.came === 'answer' && reply.json)
    const read = ({ name, organisation }: Record<string, unknown>): OpenMission => ({ name: text(name), organisation: text(organisation) })
    return Array.isArray(missions) ? missions.map((one) => read(object(one))) : null
  }

  async enrol(code: string, label: string): Promise<Session> {
    const { effects, version } = this.options
    const isSafe = (): Promise<boolean> => this.isSafe()
    const before = this.board.identity.peek()
    if (!this.storage.peek().durable) throw new PhoneError('private')
    try {
      const identity = await enrol({ outbox: this.db, effects, version, code, label, isSafe })
      if (before && (before.mission !== identity.mission || before.team !== identity.team)) await this.forgetPulled()
      this.board.identity.value = identity
    } catch (error) {
      throw error instanceof PhoneError ? error : this.settings.failed(error)
    }
    this.views.access.value = 'ok'
    this.tabs.post('all')
    this.loop.kick(0)
    return this.session.peek()!
  }

  /** The mission's data go; operations and drafts stay on the disk, for no code here deletes them. */
  async leave(): Promise<void> {
    if (!(await this.isSafe())) throw new PhoneError('unsent')
    await this.forget()
  }

  private async forget(): Promise<void> {
    await this.db.write(['meta'], async (tx) => {
      await tx.objectStore('meta').delete('identity')
      await tx.objectStore('meta').delete('head')
    })
    await this.forgetPulled()
    this.tabs.post('all')
  }

  /** Whether nothing would be lost with this phone: all is received, or the copy that was saved holds it. */
  private async isSafe(): Promise<boolean> {
    return (await this.isReceived()) || this.copier.covers()
  }

  private async isReceived(): Promise<boolean> {
    await this.board.loadOutbox()
    return this.sync.peek().waiting === 0 && this.saver.failed.peek().size === 0
  }

  /** Another team's data are not for this one. */
  private async forgetPulled(): Promise<void> {
    await this.reference.use(this.reference.empty())
    await this.board.load()
  }

  /* ------------------------------------------------------------ reports */

  form(code: string, version?: number): Checklist | undefined {
    return this.shelf.get(code, version)
  }

  async startReport(form: string, place: Place): Promise<OpenReport> {
    const { effects } = this.options
    const checklist = this.form(form)
    if (!checklist) throw new PhoneError('unknown_form')
    const now_ms = effects.now()
    const report = this.open(newId(effects), checklist)
    await report.setHeader({
      place,
      visit_no: nextVisit(this.reports.peek(), form, place),
      arrived_at: wallTime(now_ms, effects.tzMin(now_ms)),
    })
    this.loop.kick(DEBOUNCE_MS)
    return report
  }

  openReport(report_id: string): Promise<Opened> {
    const summary = this.reports.peek().find((report) => report.report_id === report_id)
    if (!summary) return Promise.reject(new PhoneError('unknown_report'))
    const form = this.form(summary.form, summary.form_version) ?? this.form(summary.form)
    return form ? Promise.resolve(this.open(report_id, form)) : Promise.reject(new PhoneError('unknown_form'))
  }

  twinsOf(report_id: string): ReportSummary[] {
    return twins(this.reports.peek(), report_id)
  }

  async join(report_id: string, into: string): Promise<OpenReport> {
    const typed = this.board.drafts.peek().get(report_id)
    const [from, to] = await Promise.all([this.openReport(report_id), this.openReport(into)])
    if (typed) await join(from, to, typed, () => mintRevision(this.mint(), into).then(() => this.board.loadOutbox()))
    return to
  }

  async separate(report_id: string): Promise<void> {
    const report = await this.openReport(report_id)
    const { place } = report.view.value.summary.header
    await report.setHeader({ visit_no: nextVisit(this.reports.peek(), report.form.code, place) })
  }

  private open(report_id: string, form: Checklist): Opened {
    const identity = this.identity()
    const { mission, device_id } = identity
    const desk: Desk = {
      board: this.board,
      saver: this.saver,
      engine: this.options.engine,
      identity,
      form,
      summary: (id) => this.reports.value.find((report) => report.report_id === id) ?? unborn(id, form),
      context: (report) => this.contextOf(report),
      finish: (id, seen) => this.end(id, () => mintFinish(this.mint(), id, seen)),
      void: (id, reason, seen) => this.end(id, () => mintVoid(this.mint(), id, reason, seen)),
    }
    return new Opened(desk, { report_id, mission, device_id, form: form.code, form_version: form.version })
  }

  private async end(report_id: string, mint: () => Promise<OperationRecord>): Promise<Receipt> {
    try {
      await withRoom(this.db, mint)
    } catch (error) {
      throw this.settings.failed(error)
    }
    await this.board.loadOutbox()
    this.tabs.post('all')
    this.loop.kick(DEBOUNCE_MS)
    return { code: receiptCode(report_id), received_at: null, server_seq: null }
  }

  /** What expressions may name besides answers. */
  private contextOf(report: ReportSummary): Record<string, unknown> {
    const { effects } = this.options
    const now_ms = effects.now()
    const now = wallTime(now_ms, effects.tzMin(now_ms))
    const settings = object(this.views.mission()['settings'])
    return { now, today: now.slice(0, 10), header: report.header, station: report.station ?? {}, settings }
  }

  /* ------------------------------------------------------------ sync */

  syncNow(): Promise<void> {
    this.saver.retry()
    return this.loop.now()
  }

  /** A round by itself, at the latest after that time. */
  kick(delay_ms: number): void {
    this.beside?.kick(delay_ms)
    if (this.board.identity.peek()) this.loop.kick(delay_ms)
  }

  setOnline(online: boolean): void {
    this.beside?.setOnline(online)
    this.views.online.value = online
  }

  async acknowledge(message_id: string): Promise<void> {
    await withRoom(this.db, () => mintOther(this.mint(), 'message.ack', { message_id }))
    const acknowledged = new Set([...this.views.acknowledged.peek(), message_id])
    this.views.acknowledged.value = acknowledged
    await this.db.write(['meta'], (tx) => tx.objectStore('meta').put([...acknowledged], 'acknowledged'))
    await this.board.loadOps()
    this.loop.kick(DEBOUNCE_MS)
  }

  saveCopy(which: 'unsent' | 'all'): Promise<Blob> {
    return this.copier.save(which)
  }

  private makeCore(): RoundCore {
    const { effects, version } = this.options
    return {
      effects,
      version,
      outbox: this.db,
      reference: this.reference,
      pace: startPace(effects.canGzip),
      pushed_ms: 0,
      lang: () => this.language.peek(),
      inFlight: (ids) => void (this.views.inFlight.value = new Set(ids)),
      onBlob: () => void this.board.loadBlobs(),
      log: (attempt) => void this.db.write(['log'], (tx) => tx.objectStore('log').add(attempt)).catch(() => undefined),
    }
  }

  private async afterRound(result: Round): Promise<void> {
    const { problem, contact, changes } = result
    this.views.inFlight.value = new Set()
    if (problem === 'unknown_device') this.views.access.value = 'unknown'
    else if (problem === 'device_lost') this.views.access.value = 'lost'
    else if (contact) this.views.access.value = 'ok'
    await this.board.loadOutbox()
    if (changes.length > 0 || result.blobs > 0) await this.readReference()
    if (result.forget && (await this.isReceived())) await this.forget()
    this.tabs.post('all')
    await trimLog(this.db)
  }

  /** Forms first, for the screens name them; then the stations. An open draft goes over to the newest version. */
  private async readReference(): Promise<void> {
    await this.readForms()
    const things = this.board.things.peek()
    if (await moveDrafts(this.db, this.shelf)) await this.board.loadOutbox()
    await this.stations.load(this.reference.current, things.get('stations') ?? [])
  }

  private async readForms(): Promise<void> {
    await this.board.loadReference()
    await this.shelf.load(this.reference.current, this.board.things.peek().get('form') ?? [])
  }

  /** Another tab changed something: the disk says what. */
  private async hear(message: unknown): Promise<void> {
    await this.reference.follow()
    await this.board.loadOutbox()
    if (message === 'all') await this.readReference()
    if (message === 'settings') await this.settings.read()
  }

  /* ------------------------------------------------------------ settings */

  setLanguage(language: Language): Promise<void> {
    return this.settings.setLanguage(language)
  }

  setTheme(theme: Theme): Promise<void> {
    return this.settings.setTheme(theme)
  }

  askPersistence(): Promise<boolean> {
    return this.settings.askPersistence()
  }

  applyUpdate(): void {
    this.onUpdate()
  }

  /* ------------------------------------------------------------ practice */

  /** Each practice begins with nothing. */
  async practice(): Promise<Phone> {
    const { effects } = this.options
    const { team, mission } = this.identity()
    const now_ms = effects.now()
    const real = {
      team,
      mission,
      day: wallTime(now_ms, effects.tzMin(now_ms)).slice(0, 10),
      things: this.board.things.peek(),
      blob: (hash: string) => blobText(this.reference.current, hash),
    }
    for (const name of ['outbox', 'ref-0']) effects.indexedDB.deleteDatabase(PREFIX + name)
    const options = { ...this.options, effects: await practiceEffects(effects, real), prefix: PREFIX }
    const other = (this.beside = await startPhone(options))
    await Promise.all([other.setLanguage(this.language.peek()), other.setTheme(this.theme.peek()), other.enrol(PREFIX, PREFIX)])
    return other
  }

  async endPractice(): Promise<void> {
    const other = this.beside
    this.beside = null
    if (!other) return
    await Promise.all([this.setLanguage(other.language.peek()), this.setTheme(other.theme.peek()), this.settings.setPractised()])
    await other.stop()
  }

  /* ------------------------------------------------------------ start and end */

  /** Reads what the first screen needs; the rest follows while it is drawn. */
  async start(): Promise<void> {
    this.setOnline(this.options.effects.online())
    await Promise.all([this.settings.read(), this.readAcknowledged(), this.board.loadOutbox(), this.readForms()])
    void this.afterStart()
  }

  private async readAcknowledged(): Promise<void> {
    const acknowledged = await this.db.read(['meta'], (tx) => tx.objectStore('meta').get('acknowledged'))
    this.views.acknowledged.value = new Set(list(acknowledged).map(String))
  }

  private async afterStart(): Promise<void> {
    this.saver.failed.subscribe((failed) => {
      if (failed.size > 0) this.settings.failed(this.saver.error)
      else this.settings.recovered()
    })
    await this.readReference().catch((error: unknown) => void this.settings.failed(error))
    await this.settings.examine()
    this.kick(0)
  }

  async stop(): Promise<void> {
    this.loop.stop()
    await this.db.close()
    await this.reference.current.close()
  }

  private identity(): Identity {
    const identity = this.board.identity.peek()
    if (!identity) throw new PhoneError('unknown_device')
    return identity
  }

  private mint(): Mint {
    return { outbox: this.db, effects: this.options.effects, lang: this.language.peek() }
  }
}

export async function startPhone(options: Options): Promise<UrnaPhone> {
  const outbox = openOutbox(options.effects, `${options.prefix ?? ''}outbox`)
  const reference = await Reference.open(options.effects, outbox, `${options.prefix ?? ''}ref`)
  turnLog(options.effects)
  const phone = new UrnaPhone(options, outbox, reference, new Board(outbox, reference))
  await phone.start()
  return phone
}
