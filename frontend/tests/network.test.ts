/** Everything that can come between a phone and its mission. Whatever it is: one report arrives, once. */
import { describe, expect, it } from 'vitest'
import type { OpenReport, OutboxItem } from '../src/store/api'
import type { UrnaPhone } from '../src/phone'
import { type Fate, FakeServer } from './fake-server'
import { IDBFactory, STATION, World, boot, ready, settle } from './harness'

interface Day {
  world: World
  server: FakeServer
  idb: IDBFactory
  phone: UrnaPhone
  report: OpenReport
}

/** A phone with one finished report that no server has heard of. */
async function finished(): Promise<Day> {
  const [world, server, idb] = [new World(), new FakeServer(), new IDBFactory()]
  const phone = await ready(world, server, idb)
  server.otherwise = 'drop'
  const report = await phone.startReport('B', STATION)
  await report.setAnswer('b01_access', 'full')
  await report.finish()
  server.otherwise = 'ok'
  return { world, server, idb, phone, report }
}

const stateOf = (report: OpenReport): string => report.view.value.summary.state

describe('whatever answers instead of the mission', () => {
  const fates: [string, Fate][] = [
    ['nobody', 'drop'],
    ['an answer that is lost', 'lose'],
    ['a page of a portal', 'portal'],
    ['half an answer', 'garbage'],
    ['a body that is cut off', 'cut'],
    ['an answer to another attempt', 'stale'],
    ['401 of a proxy', { status: 401 }],
    ['403 of a proxy', { status: 403 }],
    ['404', { status: 404, code: 'not_found' }],
    ['500', { status: 500, code: 'internal' }],
    ['502 of a proxy', { status: 502 }],
    ['503', { status: 503, code: 'busy', retry_after: '1' }],
    ['507', { status: 507, code: 'storage_full' }],
    ['400 of a proxy', { status: 400 }],
  ]
  it.each(fates)('%s: the report stays kept, goes out later, once', async (_, fate) => {
    const { server, phone, report } = await finished()
    server.fates = [fate, fate]
    await phone.syncNow()
    expect(stateOf(report)).toBe('kept')
    expect(phone.sync.value.problem).not.toBeNull()
    server.fates = []
    await phone.syncNow()
    expect(stateOf(report)).toBe('received')
    expect(server.log).toHaveLength(1)
    expect(phone.sync.value).toMatchObject({ waiting: 0, problem: null })
  })
})

describe('a server with wishes', () => {
  it('is not asked again by itself before Retry-After, but by a tap', async () => {
    const { world, server, phone, report } = await finished()
    server.fates = [{ status: 503, code: 'busy', retry_after: '120' }]
    await phone.syncNow()
    const before = server.requests.length
    await world.pass(100_000)
    phone.kick(0)
    await world.pass(10_000)
    expect(server.requests.length).toBe(before)
    await phone.syncNow()
    expect(stateOf(report)).toBe('received')
  })

  it('backs off by itself and comes back by itself', async () => {
    const { world, server, phone, report } = await finished()
    server.fates = ['drop', 'drop', 'drop']
    await phone.syncNow()
    for (let i = 0; i < 10 && stateOf(report) !== 'received'; i++) await world.pass(60_000)
    expect(stateOf(report)).toBe('received')
  })

  it('that takes no gzip gets the same text plain', async () => {
    const { server, phone, report } = await finished()
    await report.setNote('b01_access', 'long '.repeat(400))
    await report.finish()
    server.fates = [{ status: 415, code: 'unsupported_encoding' }]
    await phone.syncNow()
    expect(server.requests.filter((r) => r.path === '/v1/sync/push').map((r) => r.gzip).slice(-2)).toEqual([true, false])
    expect(stateOf(report)).toBe('received')
  })

  it('that takes only one operation at a time gets them one by one, in order', async () => {
    const { server, phone } = await finished()
    server.otherwise = 'drop'
    for (let i = 0; i < 6; i++) await (await phone.startReport('B', { kind: 'none', id: null })).finish()
    server.otherwise = 'ok'
    server.ops_max = 1
    await phone.syncNow()
    expect(server.log.map((op) => op.device_seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('that cannot read one operation gets all the others, and that one again ever more rarely', async () => {
    const { world, server, phone, report } = await finished()
    server.otherwise = 'drop'
    for (let i = 0; i < 9; i++) await (await phone.startReport('B', { kind: 'none', id: null })).finish()
    server.otherwise = 'ok'
    server.poison = (op) => op['report_id'] === report.report_id
    await phone.syncNow()
    expect(server.log.map((op) => op.device_seq)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(stateOf(report)).toBe('kept')
    const item = (): OutboxItem => phone.outbox.value.find(({ report_id }) => report_id === report.report_id)!
    const [tries, next] = [item().tries, Date.parse(item().next_at!)]
    expect(next - world.now_ms).toBe(2 * 60_000)
    await world.pass(3 * 60_000)
    await phone.syncNow()
    expect(stateOf(report)).toBe('lost')
    expect(item().tries).toBeGreaterThan(tries)
    expect(Date.parse(item().next_at!)).toBeGreaterThan(next)
    expect(report.view.value.summary.code).toBe('invalid_json')
    server.poison = null
    await world.pass(60 * 60_000)
    await phone.syncNow()
    expect(stateOf(report)).toBe('received')
  })

  it('that can read nothing at all blames no operation', async () => {
    const { server, phone, report } = await finished()
    server.otherwise = { status: 400, code: 'bad_host' }
    for (let i = 0; i < 4; i++) await phone.syncNow()
    expect(stateOf(report)).toBe('kept')
    server.otherwise = 'ok'
    await phone.syncNow()
    expect(stateOf(report)).toBe('received')
  })

  it('may say retry, and the same id comes again', async () => {
    const { server, phone, report } = await finished()
    server.outcomeOf = () => ({ outcome: 'retry' })
    await phone.syncNow()
    expect(stateOf(report)).toBe('kept')
    server.outcomeOf = () => null
    await phone.syncNow()
    expect(stateOf(report)).toBe('received')
  })
})

describe('what the mission decides about a report', () => {
  it('shows held with its reason, then received once it is released by pull', async () => {
    const { server, phone, report } = await finished()
    server.outcomeOf = () => ({ outcome: 'held', code: 'unknown_station', server_seq: 9 })
    await phone.syncNow()
    expect(report.view.value.summary).toMatchObject({ state: 'held', code: 'unknown_station' })
    expect(phone.sync.value.worst).toBe('held')
    const { op_id } = phone.outbox.value[0]!
    server.things.push({ type: 'op', id: op_id, data: { state: 'accepted', code: null } })
    await phone.syncNow()
    expect(report.view.value.summary).toMatchObject({ state: 'received', code: null })
  })

  it('shows lost for what cannot be kept, and offers it again to a server of another epoch', async () => {
    const { server, phone, report } = await finished()
    server.outcomeOf = () => ({ outcome: 'rejected', code: 'hash_mismatch' })
    await phone.syncNow()
    expect(report.view.value.summary).toMatchObject({ state: 'lost', code: 'hash_mismatch' })
    expect(phone.sync.value.waiting).toBe(1)
    await expect(phone.leave()).rejects.toMatchObject({ code: 'unsent' })
    server.outcomeOf = () => null
    await phone.syncNow()
    expect(stateOf(report)).toBe('lost')
    server.epoch = 'epoch-2'
    await phone.syncNow()
    await phone.syncNow()
    expect(stateOf(report)).toBe('received')
  })

  it('is asked to forget, sends everything first, and never forgets what was not received', async () => {
    const { server, phone, report } = await finished()
    server.directive = 'flush_then_forget'
    server.outcomeOf = () => ({ outcome: 'rejected', code: 'hash_mismatch' })
    await phone.syncNow()
    expect(stateOf(report)).toBe('lost')
    expect(phone.session.value).not.toBeNull()
    server.outcomeOf = () => null
    server.epoch = 'epoch-2'
    await phone.syncNow()
    await phone.syncNow()
    expect(server.log).toHaveLength(1)
    expect(phone.session.value).toBeNull()
  })

  it('counts a late revision that was refused for nothing once a later one lies there', async () => {
    const { server, phone } = await finished()
    const other = await phone.startReport('B', { kind: 'none', id: null })
    server.outcomeOf = (op) => (op['report_id'] === other.report_id ? { outcome: 'rejected', code: 'malformed' } : null)
    await phone.syncNow()
    expect(stateOf(other)).toBe('lost')
    server.outcomeOf = () => null
    await other.setAnswer('b01_access', 'full')
    await other.finish()
    await phone.syncNow()
    expect(stateOf(other)).toBe('received')
  })
})

describe('a server that went back in time', () => {
  it('learns it from the receipt that the phone shows, and gets everything again', async () => {
    const { server, phone, report } = await finished()
    await phone.syncNow()
    expect(stateOf(report)).toBe('received')
    server.restore(0)
    const second = await phone.startReport('B', { kind: 'none', id: null })
    await second.finish()
    await phone.syncNow()
    expect(server.epoch).toBe('epoch-1+')
    expect(server.log.map((op) => op.device_seq).sort()).toEqual([1, 2])
    expect([stateOf(report), stateOf(second)]).toEqual(['received', 'received'])
  })

  it('is believed by an idle phone too, which pulls anew and offers everything', async () => {
    const { server, phone, report, world } = await finished()
    await phone.syncNow()
    server.restore(0)
    server.epoch = 'epoch-2'
    await phone.syncNow()
    expect(stateOf(report)).toBe('kept')
    expect(phone.stations.count.value).toBe(3)
    await world.pass(1)
    await phone.syncNow()
    expect(stateOf(report)).toBe('received')
    expect(server.log).toHaveLength(1)
  })

  it('takes a phone back that it does not know, on the grant that it once signed', async () => {
    const { world, server, phone, report } = await finished()
    await world.pass(3_600_000)
    server.restore(0)
    server.token_known = false
    await phone.startReport('B', STATION)
    await phone.syncNow()
    expect(server.requests.map((r) => r.path)).toContain('/v1/grant')
    await phone.syncNow()
    expect(stateOf(report)).toBe('received')
    expect(phone.session.value?.access).toBe('ok')
  })

  it('that forgot an idle phone takes it back as well', async () => {
    const { world, server, phone } = await finished()
    await phone.syncNow()
    await world.pass(3_600_000)
    await phone.syncNow()
    server.token_known = false
    await phone.syncNow()
    expect(phone.session.value?.access).toBe('ok')
    expect(phone.sync.value.problem).toBeNull()
  })

  it('that keeps saying 401 costs nothing but a new card', async () => {
    const { server, phone, report } = await finished()
    server.otherwise = { status: 401, code: 'invalid_credentials' }
    await phone.syncNow()
    expect(phone.session.value?.access).toBe('unknown')
    expect(stateOf(report)).toBe('kept')
    expect(phone.stations.count.value).toBe(3)
    server.otherwise = 'ok'
    await phone.enrol('another-card', 'Red phone')
    await phone.syncNow()
    expect(phone.session.value?.access).toBe('ok')
    expect(stateOf(report)).toBe('received')
  })
})

describe('a phone that was put back from a copy', () => {
  it('goes on above the numbers that the server knows, with no link before', async () => {
    const { server, phone, report } = await finished()
    server.device_seq_told = 40
    await phone.syncNow()
    await report.setAnswer('b02_queue', 'long')
    await report.finish()
    await phone.syncNow()
    const [, second] = server.log
    expect(second).toMatchObject({ device_seq: 41, prev: null })
  })
})

describe('an answer that names a number which no phone can have reached', () => {
  it.each([1e9, 2 ** 53 - 1, 2 ** 53, 1.5, -3])('%d lifts nothing', async (told) => {
    const { server, phone, report } = await finished()
    server.device_seq_told = told
    await phone.syncNow()
    await report.setAnswer('b02_queue', 'long')
    await report.finish()
    await phone.syncNow()
    expect(server.log.map((op) => op.device_seq)).toEqual([1, 2])
  })
})

describe('two tabs', () => {
  it('on one report add to each other, and mint one chain', async () => {
    const [world, server, idb] = [new World(), new FakeServer(), new IDBFactory()]
    const first = await ready(world, server, idb)
    const report = await first.startReport('B', STATION)
    const second = await boot(world, server, idb)
    const same = await second.openReport(report.report_id)
    await Promise.all([report.setAnswer('b01_access', 'full'), same.setAnswer('b02_queue', 'long')])
    await settle(40)
    expect(report.view.value.answers).toEqual({ b01_access: 'full', b02_queue: 'long' })
    expect(same.view.value.answers).toEqual(report.view.value.answers)
    await Promise.all([report.finish(), same.finish(), first.syncNow(), second.syncNow()])
    await Promise.all([first.syncNow(), second.syncNow()])
    const seqs = server.log.map((op) => op.device_seq)
    expect(new Set(seqs).size).toBe(seqs.length)
    expect(Math.max(...seqs)).toBe(seqs.length)
    expect(new Set(server.log.map((op) => op.prev)).size).toBe(server.log.length)
  })

  it('that send the same batch at once get one report', async () => {
    const { world, server, idb, phone } = await finished()
    const second = await boot(world, server, idb)
    await Promise.all([phone.syncNow(), second.syncNow()])
    expect(server.log).toHaveLength(1)
    await settle(40)
    expect(second.reports.value[0]?.state).toBe('received')
    expect(phone.reports.value[0]?.state).toBe('received')
  })
})

describe('pulling', () => {
  it('never takes bytes for a form whose hash is another', async () => {
    const [world, server] = [new World(), new FakeServer()]
    await server.publish('form', 'B:3', { code: 'B' })
    for (const hash of server.blobs.keys()) server.blobs.set(hash, '{"code":"forged"}')
    const phone = await ready(world, server)
    expect(phone.forms.value).toEqual([])
    expect(phone.preparation.value.ready).toBe(false)
  })

  it('keeps the old lists on the screen while a reset that fails is under way', async () => {
    const { server, phone } = await finished()
    server.epoch = 'epoch-2'
    server.fates = ['ok', 'ok', 'drop']
    await phone.syncNow()
    expect(phone.stations.count.value).toBe(3)
    await phone.syncNow()
    expect(phone.stations.count.value).toBe(3)
    expect(phone.sync.value.problem).toBeNull()
  })

  it('takes up a report of the team: only what is touched here is said here', async () => {
    const { server, phone } = await finished()
    const latest = {
      form: 'B', form_version: 3, place: STATION, visit_no: 1, arrived_at: '2026-11-24T09:00',
      answers: { b01_access: 'full', b02_queue: 'short' }, notes: {}, confirmed: [], disagreement: {}, heads: { 'device-2': 4 },
    } // prettier-ignore
    server.things.push({ type: 'report', id: 'team-report', data: { status: 'draft', finishes: [], latest } })
    await phone.syncNow()
    const opened = await phone.openReport('team-report')
    expect(opened.view.value.answers).toEqual({ b01_access: 'full', b02_queue: 'short' })
    expect(opened.view.value.summary).toMatchObject({ mine: false, state: 'draft' })
    await opened.setAnswer('b02_queue', 'long')
    await opened.finish()
    await phone.syncNow()
    const op = server.log.find((stored) => stored.report_id === 'team-report')!
    expect(JSON.parse(op.body)).toMatchObject({ answers: { b02_queue: 'long' }, seen: { 'device-2': 4 } })
    expect(JSON.parse(op.body)).not.toHaveProperty('place')
    expect(op.kind).toBe('report.finish')
  })

  it('shows a draft as received once another phone of the team finished it and nothing of ours is left out', async () => {
    const { server, phone } = await finished()
    const report = await phone.startReport('B', { kind: 'none', id: null })
    await phone.syncNow()
    expect(stateOf(report)).toBe('draft')
    const latest = { form: 'B', form_version: 3, answers: {}, heads: { 'device-1': 2, 'device-2': 5 } }
    const data = { status: 'finished', finishes: [['device-2', 5]], open_edit: false, latest }
    server.things.push({ type: 'report', id: report.report_id, data })
    await phone.syncNow()
    expect(report.view.value.summary).toMatchObject({ state: 'received', finished: true })
    await report.setAnswer('b01_access', 'full')
    expect(stateOf(report)).toBe('draft')
    server.things.push({ type: 'report', id: report.report_id, data: { ...data, open_edit: true } })
    await phone.syncNow()
    expect(stateOf(report)).toBe('draft')
  })

  it('joins the same visit begun on two phones by saying here what was typed, as seen by nobody, and withdrawing it', async () => {
    const { server, phone, report } = await finished()
    await report.setAnswer('b02_queue', 'long')
    await report.setNote('b01_access', 'mine')
    await report.setNote('b02_queue', 'only mine')
    const latest = {
      form: 'B', form_version: 3, place: STATION, visit_no: 1, answers: { b01_access: 'full', b02_queue: 'short' },
      notes: { b01_access: 'theirs' }, heads: { 'device-2': 4 },
    } // prettier-ignore
    server.things.push({ type: 'report', id: '0000', data: { status: 'draft', finishes: [], latest } })
    await phone.syncNow()
    const before = server.log.length
    const joined = await phone.join(report.report_id, '0000')
    await phone.syncNow()
    const said = server.log.slice(before).map((op) => [op.kind, op.report_id === '0000', JSON.parse(op.body)] as const)
    expect(said.map(([kind, into]) => [kind, into])).toEqual([['report.revision', true], ['report.void', false], ['report.revision', true]])
    expect(said[0]![2]).toMatchObject({ answers: { b01_access: 'full', b02_queue: 'long' }, seen: {} })
    expect(said[1]![2]).toMatchObject({ reason: 'joined', into: '0000' })
    expect(said[2]![2]).toMatchObject({ notes: { b01_access: 'theirs\nmine', b02_queue: 'only mine' }, seen: { 'device-2': 4 } })
    expect(said[2]![2].settled).toEqual([])
    expect(joined.view.value.answers).toEqual({ b01_access: 'full', b02_queue: 'long' })
    expect(report.view.value.summary.void).toBe(true)
    expect(phone.twinsOf('0000')).toEqual([])
  })

  it('gives one of two visits with the same number the next one', async () => {
    const { server, phone, report } = await finished()
    const latest = { form: 'B', form_version: 3, place: STATION, visit_no: 1, answers: {}, heads: { 'device-2': 1 } }
    server.things.push({ type: 'report', id: '0000', data: { status: 'draft', finishes: [], latest } })
    await phone.syncNow()
    await phone.separate(report.report_id)
    expect(report.view.value.summary.header.visit_no).toBe(2)
    expect(phone.twinsOf(report.report_id)).toEqual([])
  })

  it('recognises the same visit begun on two phones', async () => {
    const { server, phone, report } = await finished()
    const latest = { form: 'B', form_version: 3, place: STATION, visit_no: 1, answers: {}, heads: { 'device-2': 1 } }
    server.things.push({ type: 'report', id: 'twin', data: { status: 'draft', finishes: [], latest } })
    await phone.syncNow()
    expect(phone.twinsOf(report.report_id).map((twin) => twin.report_id)).toEqual(['twin'])
  })
})
