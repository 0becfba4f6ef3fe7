/** A world that the simulation found: the server goes back behind a change of epoch, and nobody at the mission sees it. */
import { describe, expect, it } from 'vitest'
import { FakeServer } from '../fake-server'
import { STATION, World, ready } from '../harness'

describe('an epoch that comes back', () => {
  it('says nothing of what it once received', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    const report = await phone.startReport('B', STATION)
    await report.finish()
    await phone.syncNow()
    const received = server.log.length
    server.epoch = 'epoch-2'
    await phone.syncNow()
    await phone.syncNow()
    expect(phone.sync.value.waiting).toBe(0)
    server.restore(0)
    server.epoch = 'epoch-1'
    await world.pass(1)
    await phone.syncNow()
    await phone.syncNow()
    expect(server.log.length).toBe(received)
    expect(phone.sync.value).toMatchObject({ waiting: 0, problem: null })
    await phone.stop()
  })
})
