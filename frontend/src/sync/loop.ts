/**
 * When rounds happen. Back-off, the server's wishes and the other tabs are all respected by what happens by itself;
 * a person's tap on the button is always a try.
 */
import { type Signal, signal } from '@preact/signals'
import type { SyncProblem } from '../store/api'
import type { Effects } from '../store/effects'
import type { Round } from './round'
import { backoffMs, nextMs, retryAfterMs } from './rules'

const LOCK = 'urna-sync'
/** A tab that was frozen with the lock must not silence the others for ever; without it nothing breaks. */
const LOCK_PATIENCE_MS = 90_000
const LOCK_AGAIN_MS = 10_000

export interface LoopState {
  running: boolean
  problem: SyncProblem | null
  last_contact_ms: number | null
  next_try_ms: number | null
  clock_off_ms: number | null
}

export class Loop {
  readonly state: Signal<LoopState> = signal({
    running: false,
    problem: null,
    last_contact_ms: null,
    next_try_ms: null,
    clock_off_ms: null,
  })
  private running: Promise<void> | null = null
  private cancel: () => void = () => undefined
  private failures = 0
  private hold_until_ms = 0
  private locked_since_ms: number | null = null
  private stopped = false

  constructor(
    private readonly effects: Effects,
    private readonly round: () => Promise<Round>,
    private readonly waits: () => boolean,
    private readonly visible: () => boolean,
    private readonly done: (round: Round) => Promise<void>,
  ) {}

  /** A round by itself, no sooner than the server allows. Browsers say "offline" wrongly, but seldom; the timer goes on. */
  kick(delay_ms: number): void {
    if (this.stopped) return
    const now = this.effects.now()
    const at = Math.max(now + delay_ms, this.hold_until_ms)
    const planned = this.state.value.next_try_ms
    if (planned !== null && planned <= at && planned > now) return
    this.plan(at)
  }

  /** The button: a round now. One under way counts if it goes well; if not, a tap is worth another. */
  async now(): Promise<void> {
    this.failures = 0
    this.hold_until_ms = 0
    if (this.running) {
      await this.running
      if (this.state.value.problem === null) return
    }
    await (this.running ?? this.start(true))
  }

  stop(): void {
    this.stopped = true
    this.cancel()
  }

  private plan(at_ms: number): void {
    this.cancel()
    this.set({ next_try_ms: at_ms })
    this.cancel = this.effects.after(Math.max(0, at_ms - this.effects.now()), () => this.onTime())
  }

  private onTime(): void {
    this.set({ next_try_ms: null })
    if (this.stopped || this.running) return
    if (!this.effects.online()) return this.fail('offline', null)
    void this.start(false)
  }

  private start(byHand: boolean): Promise<void> {
    this.set({ running: true })
    this.running = this.underLock(byHand, async () => this.finish(await this.round()))
      .catch(() => this.fail('storage', null))
      .finally(() => {
        this.running = null
        this.set({ running: false })
      })
    return this.running
  }

  /** Another tab at work is as good as this one; a tap does not ask. */
  private async underLock(byHand: boolean, work: () => Promise<void>): Promise<void> {
    const { locks } = this.effects
    const now = this.effects.now()
    const patient = this.locked_since_ms === null || Math.abs(now - this.locked_since_ms) < LOCK_PATIENCE_MS
    if (!locks || byHand || !patient) return work()
    await locks.request(LOCK, { ifAvailable: true }, async (lock) => {
      if (lock) {
        this.locked_since_ms = null
        return work()
      }
      this.locked_since_ms ??= now
      this.plan(now + LOCK_AGAIN_MS)
    })
  }

  private async finish(round: Round): Promise<void> {
    const now = this.effects.now()
    if (round.contact) this.set({ last_contact_ms: now })
    if (round.clock_off_ms !== null) this.set({ clock_off_ms: round.clock_off_ms })
    await this.done(round)
    if (round.problem !== null) return this.fail(round.problem, round.after_s)
    this.failures = 0
    this.hold_until_ms = 0
    this.set({ problem: null })
    if (this.visible() || this.waits()) this.kick(nextMs(round.next_in_s, this.waits()))
  }

  private fail(problem: SyncProblem, after_s: number | null): void {
    const now = this.effects.now()
    this.failures += 1
    const watched = this.visible() && this.waits()
    const wait_ms = after_s === null ? backoffMs(this.failures, this.effects.random(), watched) : retryAfterMs(after_s)
    if (after_s !== null) this.hold_until_ms = now + wait_ms
    this.set({ problem })
    this.plan(now + wait_ms)
  }

  private set(patch: Partial<LoopState>): void {
    this.state.value = { ...this.state.value, ...patch }
  }
}
