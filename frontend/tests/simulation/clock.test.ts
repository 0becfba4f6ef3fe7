/** Worlds that the simulation found: a clock that ran a year ahead is set right while the phone waits for a moment. */
import { describe, expect, it } from 'vitest'
import { FakeServer } from '../fake-server'
import { NOON, STATION, World, ready } from '../harness'

const YEAR_MS = 365 * 86_400_000

async function ahead() {
  const [world, server] = [new World(), new FakeServer()]
  world.now_ms = NOON + YEAR_MS
  const phone = await ready(world, server)
  return { world, server, phone }
}

describe('a clock that is set back', () => {
  it('does not keep a phone from showing what it knows of the server', async () => {
    const { world, server, phone } = await ahead()
    world.turnBack(YEAR_MS)
    const before = server.requests.filter((request) => request.path === '/v1/sync/push').length
    await phone.syncNow()
    expect(server.requests.filter((request) => request.path === '/v1/sync/push').length).toBe(before + 1)
    await phone.stop()
  })

  it('does not keep what was set aside for a year', async () => {
    const { world, server, phone } = await ahead()
    server.poison = () => true
    const report = await phone.startReport('B', STATION)
    await report.finish()
    await phone.syncNow()
    expect(server.log).toHaveLength(0)
    world.turnBack(YEAR_MS)
    server.poison = null
    await phone.syncNow()
    expect(server.log).toHaveLength(1)
    await phone.stop()
  })
})
