import { describe, expect, it } from 'vitest'
import { FakeServer } from './fake-server'
import { IDBFactory, STATION, World, boot, ready, settle } from './harness'

describe('a phone on its first morning', () => {
  it('enrols, fetches forms and stations, and is ready', async () => {
    const phone = await ready(new World(), new FakeServer())
    expect(phone.session.value).toMatchObject({ device_id: 'device-1', team: 'T1', mission: { code: 'M', name: 'Mission' } })
    expect(phone.preparation.value).toEqual({ forms: { done: 1, total: 1 }, stations: { done: 1, total: 1 }, ready: true })
    expect(phone.forms.value.map((form) => form.code)).toEqual(['B'])
    expect(phone.stations.count.value).toBe(3)
    expect(phone.language.value).toBe('ru')
  })

  it('keeps an answer before it says so, and finds it after a restart without a server', async () => {
    const [world, server, idb] = [new World(), new FakeServer(), new IDBFactory()]
    const phone = await ready(world, server, idb)
    const report = await phone.startReport('B', STATION)
    await report.setAnswer('b01_access', 'full')
    server.otherwise = 'drop'
    await phone.stop()
    const again = await boot(world, server, idb)
    const opened = await again.openReport(report.report_id)
    expect(opened.view.value.answers).toEqual({ b01_access: 'full' })
    expect(opened.view.value.summary.header).toMatchObject({ place: STATION, visit_no: 1, arrived_at: '2026-11-24T12:00' })
    expect(again.sync.value).toMatchObject({ kept: 1, waiting: 1, worst: 'kept' })
  })

  it('finishes without a network, then sends once and shows the receipt', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    const report = await phone.startReport('B', STATION)
    await report.setAnswer('b01_access', 'full')
    server.otherwise = 'drop'
    const receipt = await report.finish()
    expect(receipt.code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}$/)
    await phone.syncNow()
    expect(report.view.value.summary.state).toBe('kept')
    expect(phone.sync.value.problem).toBe('no_answer')
    await phone.syncNow()
    expect(phone.outbox.value[0]).toMatchObject({ state: 'kept', tries: 2, next_at: null })
    server.otherwise = 'ok'
    await phone.syncNow()
    expect(phone.outbox.value[0]).toMatchObject({ state: 'received', tries: 0 })
    const { summary } = report.view.value
    expect(summary).toMatchObject({ state: 'received', receipt: { code: receipt.code, server_seq: 1 } })
    expect(server.log.map((op) => op.kind)).toEqual(['report.finish'])
    expect(phone.sync.value).toMatchObject({ kept: 0, waiting: 0, worst: 'received', problem: null })
  })

  it('sends a draft as a revision at each round in which it changed, and not otherwise', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    const report = await phone.startReport('B', STATION)
    await phone.syncNow()
    await phone.syncNow()
    await report.setAnswer('b01_access', 'full')
    await phone.syncNow()
    expect(server.log.map((op) => [op.kind, op.device_seq])).toEqual([
      ['report.revision', 1],
      ['report.revision', 2],
    ])
    expect(report.view.value.summary).toMatchObject({ state: 'draft', draft_received: true })
  })

  it('numbers the second visit of a station', async () => {
    const phone = await ready(new World(), new FakeServer())
    await phone.startReport('B', STATION)
    const second = await phone.startReport('B', STATION)
    expect(second.view.value.summary.header.visit_no).toBe(2)
  })

  it('begins rounds by itself, seconds after a finish', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    const report = await phone.startReport('B', STATION)
    await report.finish()
    await world.pass(3_000)
    await settle(40)
    expect(report.view.value.summary.state).toBe('received')
  })

  it('refuses to leave while something lies here alone, until a copy was saved', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    server.otherwise = 'drop'
    const report = await phone.startReport('B', STATION)
    await report.finish()
    await expect(phone.leave()).rejects.toMatchObject({ code: 'unsent' })
    const [copy] = (await (await phone.saveCopy('unsent')).text()).split('\n')
    expect(JSON.parse(copy!)).toMatchObject({ kind: 'report.finish', mission: 'M', device_id: 'device-1' })
    await phone.leave()
    expect(phone.session.value).toBeNull()
  })

  it('saves a copy of what was typed since the last operation too, and a copy is good until the next word', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    server.otherwise = 'drop'
    const report = await phone.startReport('B', STATION)
    await report.setAnswer('b01_access', 'full')
    const [copy, ...papers] = (await (await phone.saveCopy('unsent')).text()).trim().split('\n')
    expect(papers).toHaveLength(1)
    expect(JSON.parse(JSON.parse(copy!).body as string)).toMatchObject({ answers: { b01_access: 'full' } })
    await report.setAnswer('b02_queue', 'long')
    await expect(phone.leave()).rejects.toMatchObject({ code: 'unsent' })
    await phone.saveCopy('unsent')
    await report.finish()
    await expect(phone.leave()).rejects.toMatchObject({ code: 'unsent' })
    await phone.saveCopy('unsent')
    await phone.leave()
    expect(phone.session.value).toBeNull()
  })

  it('saves beside its operations what the server signed of them, and the newest checkpoint of an idle pull too', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    const report = await phone.startReport('B', STATION)
    await report.finish()
    await phone.syncNow()
    await phone.syncNow()
    const lines = (await (await phone.saveCopy('unsent')).text()).trim().split('\n')
    const [op] = server.log
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        kind: 'urna.papers',
        known: { epoch: 'epoch-1', server_seq: 1, receipt: { op_id: op!.op_id, server_seq: 1, entry: 'e', sig: 's' } },
        checkpoint: 'M epoch-1 1 e 1 a t s',
      },
    ])
  })
})
