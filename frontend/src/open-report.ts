/** One report on the screen: what is known of it as one signal, and what a person may do to it. */
import { type ReadonlySignal, type Signal, computed, signal } from '@preact/signals'
import {
  type Answers,
  type Checklist,
  type Finding,
  type Header,
  type OpenReport,
  PhoneError,
  type Receipt,
  type ReportSummary,
  type ReportView,
  type Value,
  type VoidReason,
} from './store/api'
import type { Board } from './store/board'
import { clean } from './store/clean'
import { BODY_BYTES_MAX, type Beginning, type Change, apply, begin, sizeOf } from './store/drafts'
import { type PulledReport, seenOf, stand } from './store/pulled'
import type { Draft, Identity } from './store/records'
import type { Saver } from './store/saver'

export interface Engine {
  irrelevant(form: Checklist, answers: Answers, context: Record<string, unknown>): Set<string>
  findings(form: Checklist, answers: Answers, context: Record<string, unknown>): Finding[]
}

export interface Desk {
  board: Board
  saver: Saver
  engine: Engine
  identity: Identity
  form: Checklist
  summary(report_id: string): ReportSummary | undefined
  context(report: ReportSummary): Record<string, unknown>
  finish(report_id: string, seen: Record<string, number>): Promise<Receipt>
  void(report_id: string, reason: VoidReason, seen: Record<string, number>): Promise<Receipt>
}

export class Opened implements OpenReport {
  readonly view: ReadonlySignal<ReportView>
  /** Grows with each change of ours, so that the view follows before the disk does. */
  private readonly changes: Signal<number> = signal(0)
  private finishing: Promise<Receipt> | null = null

  constructor(
    private readonly desk: Desk,
    private readonly beginning: Beginning,
  ) {
    this.view = computed(() => this.look())
  }

  get report_id(): string {
    return this.beginning.report_id
  }

  get form(): Checklist {
    return this.desk.form
  }

  setAnswer(code: string, value: Value): Promise<void> {
    return this.change({ type: 'answer', code, value })
  }

  clear(code: string): Promise<void> {
    return this.change({ type: 'answer', code, value: null })
  }

  setNote(code: string, text: string): Promise<void> {
    return this.change({ type: 'note', code, text })
  }

  setHeader(patch: Partial<Header>): Promise<void> {
    return this.change({ type: 'header', patch })
  }

  confirm(check: string, confirmed: boolean): Promise<void> {
    return this.change({ type: 'confirm', check, confirmed })
  }

  settle(name: string, value: unknown): Promise<void> {
    return this.change({ type: 'settle', name, value })
  }

  /** A second tap while the first is at work gives the first one's receipt. */
  finish(): Promise<Receipt> {
    this.finishing ??= this.end((seen) => this.desk.finish(this.report_id, seen)).finally(() => {
      this.finishing = null
    })
    return this.finishing
  }

  void(reason: VoidReason): Promise<Receipt> {
    return this.end((seen) => this.desk.void(this.report_id, reason, seen))
  }

  /** A view that nobody reads computes nothing, so there is nothing to let go. */
  close(): void {}

  /** A change by somebody who had `seen` that much: what stands on the screen, unless told otherwise. */
  async change(asked: Change, seen = this.seen()): Promise<void> {
    const { saver } = this.desk
    const change = clean(asked)
    const draft = this.draft() ?? begin(this.beginning, '')
    if (sizeOf(apply(draft, change, {}, '')) > Math.max(BODY_BYTES_MAX, sizeOf(draft))) throw new PhoneError('too_long')
    const saved = saver.change(this.beginning, change, seen)
    this.changes.value++
    await saved.catch(() => {
      throw new PhoneError('storage')
    })
    this.changes.value++
  }

  /** What was typed lies on the disk before the end is minted from there. A report only looked at begins here too. */
  private async end(mint: (seen: Record<string, number>) => Promise<Receipt>): Promise<Receipt> {
    const seen = this.seen()
    if (!this.draft()) await this.change({ type: 'header', patch: {} })
    await this.desk.saver.idle(this.report_id).catch(() => {
      throw new PhoneError('storage')
    })
    return mint(seen)
  }

  private draft(): Draft | undefined {
    return this.desk.saver.overlay(this.report_id, this.desk.board.drafts.value.get(this.report_id))
  }

  private pulled(): PulledReport | undefined {
    return this.desk.board.reports.value.get(this.report_id)
  }

  private seen(): Record<string, number> {
    return seenOf(this.pulled(), this.desk.identity.device_id)
  }

  private look(): ReportView {
    void this.changes.value
    const { desk, report_id } = this
    const draft = this.draft()
    const standing = stand(draft, this.pulled(), desk.identity.device_id)
    const listed = desk.summary(report_id)!
    const summary = { ...listed, header: { ...listed.header, ...standing.header } }
    const context = desk.context(summary)
    const irrelevant = desk.engine.irrelevant(desk.form, standing.answers, context)
    return {
      summary,
      answers: standing.answers,
      notes: standing.notes,
      confirmed: standing.confirmed,
      disagreements: standing.disagreements,
      irrelevant,
      findings: desk.engine.findings(desk.form, standing.answers, context),
      progress: progressOf(desk.form, standing.answers, irrelevant),
      saved_at: desk.board.drafts.value.get(report_id)?.changed_at ?? null,
      saving: desk.saver.failed.value.has(report_id) ? 'failed' : desk.saver.isSaving(report_id) ? 'saving' : 'saved',
    }
  }
}

function progressOf(form: Checklist, answers: Answers, irrelevant: ReadonlySet<string>): ReportView['progress'] {
  const by_section: ReportView['progress']['by_section'] = {}
  let [answered, asked] = [0, 0]
  for (const section of form.sections) {
    const items = section.items.filter((item) => item.type !== 'note' && !irrelevant.has(item.code))
    const done = items.filter((item) => (answers[item.code] ?? null) !== null).length
    by_section[section.code] = { answered: done, asked: items.length }
    answered += done
    asked += items.length
  }
  return { answered, asked, by_section }
}
