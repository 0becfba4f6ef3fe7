/**
 * Autosave. Each change is written at once, in one strict transaction that reads the draft first, so that two tabs on one
 * report add to each other. Changes that come while a transaction runs go together into the next one: a fast typist
 * costs no more than the disk can bear. What cannot be written stays in memory, on the screen, and is tried again.
 */
import { type Signal, signal } from '@preact/signals'
import type { Outbox } from './databases'
import { type Beginning, type Change, type Seen, apply, begin } from './drafts'
import type { Effects } from './effects'
import type { Draft } from './records'
import { withRoom } from './space'

interface Pending {
  change: Change
  seen: Seen
  at: string
  done: () => void
  failed: (error: unknown) => void
}

interface Queue {
  beginning: Beginning
  pending: Pending[]
  running: Promise<void> | null
}

export class Saver {
  private readonly queues = new Map<string, Queue>()
  /** Report ids whose newest change is in memory only because writing failed. */
  readonly failed: Signal<ReadonlySet<string>> = signal(new Set())
  /** Why the last write failed. */
  error: unknown = null

  constructor(
    private readonly outbox: Outbox,
    private readonly effects: Effects,
    private readonly onSaved: (draft: Draft) => void,
  ) {}

  /** Resolves when the change is on the disk. */
  change(beginning: Beginning, change: Change, seen: Seen): Promise<void> {
    const queue = this.queueOf(beginning)
    const at = new Date(this.effects.now()).toISOString()
    return new Promise<void>((done, failed) => {
      queue.pending.push({ change, seen, at, done, failed })
      queue.running ??= this.run(queue)
    })
  }

  /** The draft with what is not yet on the disk. */
  overlay(report_id: string, draft: Draft | undefined): Draft | undefined {
    const queue = this.queues.get(report_id)
    if (!queue || queue.pending.length === 0) return draft
    return replay(draft, queue.beginning, queue.pending)
  }

  /** All drafts, with what is not yet on the disk. */
  all(drafts: ReadonlyMap<string, Draft>): Draft[] {
    const ids = new Set([...drafts.keys(), ...this.queues.keys()])
    return [...ids].flatMap((id) => this.overlay(id, drafts.get(id)) ?? [])
  }

  isSaving(report_id: string): boolean {
    return (this.queues.get(report_id)?.pending.length ?? 0) > 0
  }

  /** Resolves when nothing of the report waits; rejects if something cannot be written. */
  async idle(report_id: string): Promise<void> {
    const queue = this.queues.get(report_id)
    if (!queue || queue.pending.length === 0) return
    queue.running ??= this.run(queue)
    await queue.running
    if (queue.pending.length > 0) throw new Error('not on the disk')
  }

  /** Tries again what could not be written. */
  retry(): void {
    for (const queue of this.queues.values()) if (queue.pending.length > 0) queue.running ??= this.run(queue)
  }

  private queueOf(beginning: Beginning): Queue {
    const queue = this.queues.get(beginning.report_id) ?? { beginning, pending: [], running: null }
    this.queues.set(beginning.report_id, queue)
    return queue
  }

  private async run(queue: Queue): Promise<void> {
    await Promise.resolve()
    try {
      while (queue.pending.length > 0) await this.writeAll(queue)
      this.setFailed(queue, false)
    } catch (error) {
      this.error = error
      this.setFailed(queue, true)
      for (const pending of queue.pending) pending.failed(error)
    } finally {
      queue.running = null
    }
  }

  private async writeAll(queue: Queue): Promise<void> {
    const batch = [...queue.pending]
    const { report_id } = queue.beginning
    const saved = await withRoom(this.outbox, () =>
      this.outbox.write(['drafts'], async (tx) => {
        const draft = await tx.objectStore('drafts').get(report_id)
        const next = replay(draft, queue.beginning, batch)
        await tx.objectStore('drafts').put(next)
        return next
      }),
    )
    queue.pending.splice(0, batch.length)
    this.onSaved(saved)
    for (const pending of batch) pending.done()
  }

  private setFailed({ beginning }: Queue, failed: boolean): void {
    if (this.failed.value.has(beginning.report_id) === failed) return
    const next = new Set(this.failed.value)
    if (failed) next.add(beginning.report_id)
    else next.delete(beginning.report_id)
    this.failed.value = next
  }
}

function replay(draft: Draft | undefined, beginning: Beginning, pending: Pending[]): Draft {
  const from = draft ?? begin(beginning, pending[0]!.at)
  return pending.reduce((next, { change, seen, at }) => apply(next, change, seen, at), from)
}
