import { describe, expect, it } from 'vitest'
import { FakeServer } from '../../tests/fake-server'
import { IDBFactory, World } from '../../tests/harness'
import { Loop } from './loop'
import type { Round } from './round'

const well: Round = { problem: null, after_s: null, next_in_s: 60, contact: true, forget: false, clock_off_ms: 5000, changes: [], blobs: 0 }

interface Scene {
  world: World
  loop: Loop
  rounds: number[]
  answer: { round: Round; waits: boolean; visible: boolean; online: boolean; held: boolean }
}

function scene(): Scene {
  const world = new World()
  const rounds: number[] = []
  const answer = { round: well, waits: true, visible: true, online: true, held: false }
  const request = (_: string, __: object, work: (lock: unknown) => Promise<void>): Promise<void> => work(answer.held ? null : {})
  const effects = {
    ...world.effects(new FakeServer(), new IDBFactory()),
    online: () => answer.online,
    locks: { request } as unknown as LockManager,
  }
  const round = (): Promise<Round> => {
    rounds.push(world.now_ms)
    return Promise.resolve(answer.round)
  }
  const loop = new Loop(effects, round, () => answer.waits, () => answer.visible, () => Promise.resolve())
  return { world, loop, rounds, answer }
}

describe('rounds', () => {
  it('follow the server while something waits, and rest while nothing does', async () => {
    const { world, loop, rounds, answer } = scene()
    loop.kick(0)
    await world.pass(61_000)
    expect(rounds).toHaveLength(2)
    answer.waits = false
    await world.pass(60_000)
    await world.pass(290_000)
    expect(rounds).toHaveLength(3)
  })

  it('do not happen behind a page that nobody sees and with nothing to send', async () => {
    const { world, loop, rounds, answer } = scene()
    Object.assign(answer, { waits: false, visible: false })
    loop.kick(0)
    await world.pass(3_600_000)
    expect(rounds).toHaveLength(1)
  })

  it('many triggers at once are one round', async () => {
    const { world, loop, rounds } = scene()
    for (let i = 0; i < 20; i++) loop.kick(300)
    await world.pass(1_000)
    expect(rounds).toHaveLength(1)
  })

  it('by itself wait while the browser says offline; a tap tries all the same', async () => {
    const { world, loop, rounds, answer } = scene()
    answer.online = false
    loop.kick(0)
    await world.pass(10)
    expect(rounds).toHaveLength(0)
    expect(loop.state.value.problem).toBe('offline')
    await loop.now()
    expect(rounds).toHaveLength(1)
  })

  it.each([
    ['at most five minutes apart', false, 300_000],
    ['at most a minute apart before the eyes of somebody whose work waits', true, 60_000],
  ])('fail ever more rarely, %s, and never give up', async (_, visible, most_ms) => {
    const { world, loop, rounds, answer } = scene()
    Object.assign(answer, { visible, round: { ...well, problem: 'no_answer', contact: false } })
    loop.kick(0)
    await world.pass(40 * most_ms)
    const gaps = rounds.slice(1).map((at, i) => at - rounds[i]!)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(most_ms)
    expect(Math.max(...gaps)).toBeGreaterThan(most_ms / 2)
    expect(gaps.length).toBeGreaterThan(40)
    answer.round = well
    await loop.now()
    expect(loop.state.value).toMatchObject({ problem: null, last_contact_ms: world.now_ms, clock_off_ms: 5000 })
  })

  it('yield to another tab, but not for ever to one that sleeps with the lock', async () => {
    const { world, loop, rounds, answer } = scene()
    answer.held = true
    loop.kick(0)
    await world.pass(80_000)
    expect(rounds).toHaveLength(0)
    await world.pass(20_000)
    expect(rounds).toHaveLength(1)
  })

  it('survive a fault of our own and come again', async () => {
    const { world, loop, rounds, answer } = scene()
    Object.defineProperty(answer, 'round', { get: () => { throw new Error('ours') }, configurable: true }) // prettier-ignore
    loop.kick(0)
    await world.pass(20_000)
    expect(loop.state.value).toMatchObject({ running: false, problem: 'storage' })
    expect(rounds.length).toBeGreaterThan(1)
  })

  it('end when they are told to', async () => {
    const { world, loop, rounds } = scene()
    loop.kick(1_000)
    loop.stop()
    await world.pass(600_000)
    expect(rounds).toHaveLength(0)
  })
})
