/**
 * The phone is killed before, in and after every transaction, at every answer that is lost, and started again. Whatever
 * the screen called kept is there, and the mission gets each operation once, in one chain.
 */
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { UrnaPhone } from '../src/phone'
import { Connection } from '../src/store/connection'
import { type Fate, FakeServer } from './fake-server'
import { IDBFactory, World, boot, ready, settle } from './harness'

/** After this long an operation that was refused alone comes again. */
const SET_ASIDE_MS = 5 * 60_000

class Killed extends Error {}

type Stage = 'before' | 'inside' | 'after'
const STAGES: Stage[] = ['before', 'inside', 'after']

/** Kills at the nth write, at a stage of it; from then on the dead phone writes nothing and reads nothing. */
function killAt(nth: number, stage: Stage): { count: number; dead: boolean } {
  const state = { count: 0, dead: false }
  const { read, write } = Connection.prototype
  vi.spyOn(Connection.prototype, 'read').mockImplementation(function (this: Connection<never>, stores, work) {
    if (state.dead) return Promise.reject(new Killed())
    return read.call(this, stores, work as never) as never
  })
  vi.spyOn(Connection.prototype, 'write').mockImplementation(async function (this: Connection<never>, stores, work) {
    if (state.dead) throw new Killed()
    const mine = state.count++ === nth
    if (mine) state.dead = true
    if (mine && stage === 'before') throw new Killed()
    const inside = async (tx: unknown): Promise<unknown> => {
      const result = await (work as (tx: unknown) => Promise<unknown>)(tx)
      if (mine && stage === 'inside') throw new Killed()
      return result
    }
    const result = await write.call(this, stores, inside as never)
    if (mine) throw new Killed()
    return result as never
  })
  return state
}

afterEach(() => vi.restoreAllMocks())

interface Promised {
  /** Report -> code -> value that a resolved promise called kept. */
  answers: Map<string, Map<string, string>>
  finished: Set<string>
}

/** A morning of one phone: two reports, answers, finishes, rounds. Notes what it was promised; stops where it is killed. */
async function morning(phone: UrnaPhone, promised: Promised): Promise<void> {
  for (const place of ['0123', '0127']) {
    const report = await phone.startReport('B', { kind: 'station', id: place })
    const answers = new Map<string, string>()
    promised.answers.set(report.report_id, answers)
    for (const code of ['b01_access', 'b02_queue']) {
      await report.setAnswer(code, `${place} ${code}`)
      answers.set(code, `${place} ${code}`)
    }
    await phone.syncNow()
    await report.setAnswer('b03_note', 'late')
    answers.set('b03_note', 'late')
    await report.finish()
    promised.finished.add(report.report_id)
    await phone.syncNow()
  }
}

async function untilKilled(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch {
    // Dead, or told that something could not be kept: either way nothing more was promised.
  }
}

/** Start again, send all, and look at what both sides have. */
async function aftermath(world: World, server: FakeServer, idb: IDBFactory, promised: Promised): Promise<void> {
  server.fates = []
  const phone = await boot(world, server, idb)
  for (const [report_id, answers] of promised.answers) {
    if (answers.size === 0) continue
    const { view } = await phone.openReport(report_id)
    expect(view.value.answers).toMatchObject(Object.fromEntries(answers))
    if (promised.finished.has(report_id)) expect(view.value.summary.finished).toBe(true)
  }
  await phone.syncNow()
  await world.pass(SET_ASIDE_MS)
  await phone.syncNow()
  expect(phone.sync.value).toMatchObject({ waiting: 0, kept: 0 })
  const ids = server.log.map((op) => op.op_id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(server.log.map((op) => op.device_seq).sort((a, b) => a - b)).toEqual(ids.map((_, i) => i + 1))
  for (const report_id of promised.finished) {
    expect(server.log.some((op) => op.report_id === report_id && op.kind === 'report.finish')).toBe(true)
  }
  for (const [report_id, answers] of promised.answers) {
    if (answers.size === 0) continue
    const last = server.log.filter((op) => op.report_id === report_id).sort((a, b) => b.device_seq - a.device_seq)[0]!
    expect(JSON.parse(last.body)).toMatchObject({ answers: Object.fromEntries(answers) })
  }
  await phone.stop()
}

async function scene(nth: number, stage: Stage, fates: Fate[]): Promise<{ writes: number; dead: boolean }> {
  const [world, server, idb] = [new World(nth), new FakeServer(), new IDBFactory()]
  const phone = await ready(world, server, idb)
  await settle(30)
  server.fates = [...fates]
  const promised: Promised = { answers: new Map(), finished: new Set() }
  const state = killAt(nth, stage)
  await untilKilled(() => morning(phone, promised))
  await phone.stop()
  await settle(5)
  vi.restoreAllMocks()
  await aftermath(world, server, idb, promised)
  return { writes: state.count, dead: state.dead }
}

describe('a phone that is killed', () => {
  it('before, in and after every single transaction loses nothing that it called kept', async () => {
    for (const stage of STAGES) {
      for (let nth = 0; ; nth++) {
        const { dead } = await scene(nth, stage, [])
        if (!dead) {
          expect(nth).toBeGreaterThan(20)
          break
        }
      }
    }
  }, 60_000)

  it('anywhere, on any network, sends each operation once', async () => {
    const fate = fc.constantFrom<Fate>('ok', 'ok', 'lose', 'drop', 'portal', 'garbage', 'cut', 'stale', { status: 500 }, { status: 413, code: 'body_too_large' })
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 40 }), fc.constantFrom(...STAGES), fc.array(fate, { maxLength: 12 }), async (...it) => {
        await scene(...it)
      }),
      { numRuns: 60 },
    )
  }, 60_000)
})
