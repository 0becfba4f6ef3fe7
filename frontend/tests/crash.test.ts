/**
 * The phone is killed before, in and after every transaction, at every answer that is lost, and started again. Whatever
 * the screen called kept is there, and the mission gets each operation once, in one chain.
 */
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { UrnaPhone } from '../src/phone'
import { Connection } from '../src/store/connection'
import type { Fate, FakeServer } from './fake-server'
import { IDBFactory, World, boot, enrolled, settle } from './harness'

/** After this long a phone with nothing to send shows its newest receipt, and what was refused alone comes again. */
const HELLO_MS = 10 * 60_000

type Stage = 'before' | 'inside' | 'after'
const STAGES: Stage[] = ['before', 'inside', 'after']

interface Life {
  /** Transactions that were to write. */
  count: number
  isArmed: boolean
  dead: boolean
  death: Promise<void>
  /** Ends whatever still runs, as the end of a process does: nothing it awaits comes back, whoever starts later. */
  bury(): void
}

/** The ways to the disk of phones that are gone. */
const graves = new WeakSet<IDBFactory>()

function wayOf(connection: unknown): IDBFactory {
  return (connection as { opening: { factory: IDBFactory } }).opening.factory
}

/** Ends a phone at the nth write, at a stage of it; a phone that is started later has a way to the disk of its own. */
function killAt(nth: number, stage: Stage): Life {
  const never = new Promise<never>(() => undefined)
  const seen = new Set<IDBFactory>()
  let die = (): void => undefined
  const bury = (): void => seen.forEach((way) => graves.add(way))
  const life: Life = { count: 0, isArmed: true, dead: false, death: new Promise((done) => (die = done)), bury }
  const { read, write } = Connection.prototype
  const isGone = (connection: unknown): boolean => graves.has(wayOf(connection)) || (seen.add(wayOf(connection)), false)
  const kill = (): Promise<never> => {
    die()
    return never
  }
  vi.spyOn(Connection.prototype, 'read').mockImplementation(function (this: Connection<never>, stores, work) {
    return isGone(this) ? never : (read.call(this, stores, work as never) as never)
  })
  vi.spyOn(Connection.prototype, 'write').mockImplementation(async function (this: Connection<never>, stores, work) {
    if (isGone(this)) return never
    const mine = life.isArmed && life.count++ === nth
    if (mine) bury()
    if (mine) life.dead = true
    if (mine && stage === 'before') return kill()
    const inside = async (tx: IDBTransaction): Promise<unknown> => {
      const result = await (work as (tx: unknown) => Promise<unknown>)(tx)
      if (mine && stage === 'inside') throw new Error('killed')
      return result
    }
    const result = await write.call(this, stores, inside as never).catch((error: unknown) => (mine ? null : Promise.reject(error as Error)))
    return mine ? kill() : (result as never)
  })
  return life
}

afterEach(() => vi.restoreAllMocks())

const CODES = ['b01_access', 'b02_queue', 'b03_note']
const FATES: Fate[] = ['ok', 'lose', 'drop', 'portal', 'garbage', 'cut', 'stale', { status: 500 }, { status: 413, code: 'body_too_large' }]

type Step =
  | { do: 'start' }
  | { do: 'copy' }
  | { do: 'restart' }
  | { do: 'answer' | 'clear' | 'note'; report: number; code: string }
  | { do: 'finish' | 'void'; report: number }
  | { do: 'sync'; fates: Fate[] }
  | { do: 'rewind'; entries: number }

/** What a report may say: of each name the values that could be on the disk. One value: the screen called it kept. */
interface Promised {
  said: Map<string, (string | null | undefined)[]>
  finished: boolean
  withdrawn: boolean
}

/** One phone with its mission, and what it promised. It is killed once, and goes on after the start that follows. */
class Morning {
  readonly promised = new Map<string, Promised>()
  private words = 0
  /** The mission was put back, and the phone may not have heard of it. */
  private isLate = false
  private phone!: UrnaPhone

  constructor(
    private readonly world: World,
    private readonly server: FakeServer,
    private readonly idb: IDBFactory,
  ) {}

  /** All steps; one that meets the kill is followed by a start. */
  async play(steps: Step[], life: Life): Promise<void> {
    await this.orDie(life, () => this.wake())
    for (const step of steps) await this.orDie(life, () => this.take(step))
    await this.phone.stop()
  }

  private async orDie(life: Life, work: () => Promise<void>): Promise<void> {
    const was = life.dead
    await Promise.race(was ? [work()] : [work(), life.death])
    if (was || !life.dead) return
    await this.phone?.stop()
    await settle(5)
    await this.wake()
  }

  /** A start: everything promised stands on the screen. */
  private async wake(): Promise<void> {
    this.phone = await boot(this.world, this.server, this.idb)
    if (!this.phone.session.value) await this.phone.enrol('abcd-efgh-jkmn', 'Red phone')
    if (!this.phone.form('B')) await this.phone.syncNow()
    for (const [report_id, promised] of this.promised) await this.holds(report_id, promised)
  }

  private async holds(report_id: string, promised: Promised): Promise<void> {
    const { answers, notes, summary } = (await this.phone.openReport(report_id)).view.value
    for (const [name, could] of promised.said) {
      const found = name.startsWith('note ') ? notes[name.slice(5)] : (answers[name] as string | null | undefined)
      expect(could).toContain(found)
      promised.said.set(name, [found])
    }
    if (promised.finished) expect(summary.finished).toBe(true)
    if (promised.withdrawn) expect(summary.void).toBe(true)
  }

  private async take(step: Step): Promise<void> {
    if (step.do === 'start') {
      const { report_id } = await this.phone.startReport('B', { kind: 'station', id: '0123' })
      this.promised.set(report_id, { said: new Map(), finished: false, withdrawn: false })
    } else if (step.do === 'sync') {
      this.server.fates = [...step.fates]
      await this.phone.syncNow()
    } else if (step.do === 'rewind') {
      this.server.restore(Math.max(0, this.server.head - step.entries))
      this.isLate = true
    } else if (step.do === 'copy') await this.phone.saveCopy('all')
    else if (step.do === 'restart') await this.phone.stop().then(() => this.wake())
    else await this.touch(step)
  }

  private async touch(step: Extract<Step, { report: number }>): Promise<void> {
    const [report_id, promised] = [...this.promised][step.report % (this.promised.size || 1)] ?? []
    if (report_id === undefined) return
    const report = await this.phone.openReport(report_id)
    const word = `word ${++this.words}`
    if (step.do !== 'void') promised!.withdrawn = false
    if (step.do === 'answer') await this.say(promised!, step.code, word, () => report.setAnswer(step.code, word))
    else if (step.do === 'clear') await this.say(promised!, step.code, null, () => report.clear(step.code))
    else if (step.do === 'note') await this.say(promised!, `note ${step.code}`, word, () => report.setNote(step.code, word))
    else if (step.do === 'finish') {
      await report.finish()
      promised!.finished = true
    } else {
      await report.void({ reason: 'mistake' })
      promised!.withdrawn = true
    }
  }

  private async say({ said }: Promised, name: string, value: string | null, save: () => Promise<void>): Promise<void> {
    said.set(name, [...(said.get(name) ?? [undefined]), value])
    await save()
    said.set(name, [value])
  }

  /** The road is free again: the mission has everything, once, in one chain, and the screen says so. */
  async ends(): Promise<void> {
    const { server, world } = this
    server.fates = []
    await this.wake()
    await this.phone.syncNow()
    if (this.isLate || this.phone.sync.value.waiting > 0) await world.pass(HELLO_MS)
    await this.phone.syncNow()
    await this.phone.syncNow()
    expect(this.phone.sync.value).toMatchObject({ waiting: 0, kept: 0 })
    const ids = server.log.map((op) => op.op_id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(server.log.map((op) => op.device_seq).sort((a, b) => a - b)).toEqual(ids.map((_, i) => i + 1))
    for (const [report_id, promised] of this.promised) this.has(report_id, promised)
    await this.phone.stop()
  }

  private has(report_id: string, { said, finished, withdrawn }: Promised): void {
    const ops = this.server.log.filter((op) => op.report_id === report_id).sort((a, b) => b.device_seq - a.device_seq)
    if (finished) expect(ops.some((op) => op.kind === 'report.finish')).toBe(true)
    if (withdrawn) expect(ops.some((op) => op.kind === 'report.void')).toBe(true)
    const last = ops.find((op) => op.kind !== 'report.void')
    const { answers, notes } = JSON.parse(last!.body) as Record<string, Record<string, unknown>>
    for (const [name, [value]] of said) {
      expect(name.startsWith('note ') ? notes![name.slice(5)] : answers![name]).toBe(value)
    }
  }
}

/** One run; gives how many transactions it would have written. */
async function run(steps: Step[], nth: number, stage: Stage, fresh = false): Promise<number> {
  const [server, idb] = await enrolled()
  const morning = new Morning(new World(nth), server, fresh ? new IDBFactory() : idb)
  const life = killAt(nth, stage)
  await morning.play(steps, life)
  const { count } = life
  life.isArmed = false
  await morning.ends()
  life.bury()
  vi.restoreAllMocks()
  return count
}

const report = fc.nat({ max: 2 })
const code = fc.constantFrom(...CODES)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Step[]>({ do: 'start' }, { do: 'copy' }, { do: 'restart' }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('answer' as const, 'answer' as const, 'clear' as const, 'note' as const), report, code }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('finish' as const, 'finish' as const, 'void' as const), report }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('sync' as const), fates: fc.array(fc.constantFrom(...FATES), { maxLength: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rewind' as const), entries: fc.nat({ max: 3 }) }) },
)
/** Something to lose comes first. */
const story = (length: number): fc.Arbitrary<Step[]> =>
  fc.array(step, { minLength: 2, maxLength: length }).map((steps) => [{ do: 'start' }, ...steps])

const FIRST_WORD: Step[] = [{ do: 'start' }, { do: 'answer', report: 0, code: 'b01_access' }]

const FIRST_DAY: Step[] = [
  ...FIRST_WORD,
  { do: 'note', report: 0, code: 'b01_access' },
  { do: 'sync', fates: [] },
  { do: 'clear', report: 0, code: 'b01_access' },
  { do: 'finish', report: 0 },
  { do: 'start' },
  { do: 'copy' },
  { do: 'void', report: 1 },
  { do: 'sync', fates: ['lose'] },
  { do: 'sync', fates: [] },
]

describe('a phone that is killed', () => {
  it.each(STAGES)('%s every single transaction of its first day loses nothing that it called kept', async (stage) => {
    const count = await run(FIRST_DAY, Infinity, stage)
    expect(count).toBeGreaterThanOrEqual(20)
    for (let nth = 0; nth < count; nth++) await run(FIRST_DAY, nth, stage)
  }, 60_000)

  it('at any transaction between the card and the first word goes on with the same card', async () => {
    const count = await run(FIRST_WORD, Infinity, 'before', true)
    expect(count).toBeGreaterThan(8)
    for (let nth = 0; nth < count; nth++) for (const stage of STAGES) await run(FIRST_WORD, nth, stage, true)
  }, 60_000)

  it('before and after every transaction of any short story, on any network, sends each operation once', async () => {
    await fc.assert(
      fc.asyncProperty(story(4), async (steps) => {
        const count = await run(steps, Infinity, 'before')
        for (let nth = 0; nth < count; nth++) for (const stage of ['before', 'after'] as const) await run(steps, nth, stage)
      }),
      { numRuns: 4 },
    )
  }, 60_000)

  it('anywhere in a longer story, on any network, sends each operation once', async () => {
    await fc.assert(
      fc.asyncProperty(story(14), fc.nat({ max: 40 }), fc.constantFrom(...STAGES), async (...it) => void (await run(...it))),
      { numRuns: 40 },
    )
  }, 60_000)
})
