/** The databases under a phone: full, closed under us, older and newer than the code, and what each operation may claim. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { PhoneError } from '../src/store/api'
import { Connection } from '../src/store/connection'
import { openOutbox, type Outbox } from '../src/store/databases'
import { sha256, utf8 } from '../src/store/link'
import { settle as settleReceipts } from '../src/store/receipts'
import type { OperationRecord } from '../src/store/records'
import { FakeServer } from './fake-server'
import { FORM, IDBFactory, STATION, World, boot, ready, settle } from './harness'

afterEach(() => vi.restoreAllMocks())

const body = (op: { body: string }): Record<string, unknown> => JSON.parse(op.body) as Record<string, unknown>

/** Lets writes to the drafts fail as on a full disk while `full` is true and, if asked, the ballast is aboard. */
function fullDisk(state: { full: boolean; untilBallast?: boolean }): void {
  const { write } = Connection.prototype
  vi.spyOn(Connection.prototype, 'write').mockImplementation(async function (this: Connection<never>, stores: string[], work) {
    if (state.full && (stores.includes('drafts') || stores.includes('ops'))) throw new DOMException('', 'QuotaExceededError')
    if (state.untilBallast && stores.includes('ballast')) state.full = false
    return write.call(this, stores as never, work as never) as never
  })
}

describe('two writes at once', () => {
  it('run one after the other, even where they write different things in two tabs', async () => {
    const [world, server, idb] = [new World(), new FakeServer(), new IDBFactory()]
    const tabs = [openOutbox(world.effects(server, idb)), openOutbox(world.effects(server, idb))]
    const [first, second] = tabs as [Outbox, Outbox]
    const told: string[] = []
    const draft = first.write(['drafts'], async (tx) => {
      for (let n = 0; n < 5; n++) await tx.objectStore('drafts').count()
      told.push('first')
    })
    const log = second.write(['log'], async (tx) => {
      await tx.objectStore('log').count()
      told.push('second')
    })
    await Promise.all([draft, log])
    expect(told).toEqual(['first', 'second'])
    await Promise.all(tabs.map((tab) => tab.close()))
  })
})

describe('a full disk', () => {
  it('costs the ballast, not the finish', async () => {
    const phone = await ready(new World(), new FakeServer())
    const report = await phone.startReport('B', STATION)
    fullDisk({ full: true, untilBallast: true })
    await report.setAnswer('b01_access', 'full')
    await report.finish()
    expect(report.view.value).toMatchObject({ saving: 'saved', summary: { finished: true } })
  })

  it('finds ballast that no browser can press to nothing', async () => {
    const [world, server, idb] = [new World(), new FakeServer(), new IDBFactory()]
    const phone = await ready(world, server, idb)
    await settle(40)
    const { db } = phone as unknown as { db: Outbox }
    const [ballast] = await db.read(['ballast'], (tx) => tx.objectStore('ballast').getAll())
    const pressed = new Blob([ballast as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('gzip'))
    expect((await new Response(pressed).arrayBuffer()).byteLength).toBeGreaterThan(1024 * 1024 * 0.95)
  })

  it('is said at once, keeps the answer on the screen, and is tried again', async () => {
    const [world, server, idb] = [new World(), new FakeServer(), new IDBFactory()]
    const phone = await ready(world, server, idb)
    const report = await phone.startReport('B', STATION)
    const state = { full: true }
    fullDisk(state)
    await expect(report.setAnswer('b01_access', 'full')).rejects.toMatchObject({ code: 'storage' })
    await expect(report.finish()).rejects.toMatchObject({ code: 'storage' })
    expect(report.view.value).toMatchObject({ answers: { b01_access: 'full' }, saving: 'failed' })
    expect(phone.storage.value.problem).toBe('full')
    state.full = false
    await report.setAnswer('b02_queue', 'long')
    expect(report.view.value.saving).toBe('saved')
    expect(phone.storage.value.problem).toBeNull()
    const again = await (await boot(world, server, idb)).openReport(report.report_id)
    expect(again.view.value.answers).toEqual({ b01_access: 'full', b02_queue: 'long' })
  })
})

describe('a disk that stays full', () => {
  it('gives a copy with what is on the screen alone, and nobody leaves without it', async () => {
    const phone = await ready(new World(), new FakeServer())
    const [one, other] = [await phone.startReport('B', STATION), await phone.startReport('B', STATION)]
    await phone.syncNow()
    fullDisk({ full: true })
    for (const report of [one, other]) await report.setAnswer('b01_access', 'full').catch(() => undefined)
    await expect(phone.leave()).rejects.toMatchObject({ code: 'unsent' })
    const lines = (await (await phone.saveCopy('unsent')).text()).trim().split('\n')
    const ops = lines.map((line) => JSON.parse(line) as OperationRecord).filter((op) => 'op_id' in op)
    expect(ops.map(({ report_id, device_seq }) => [report_id, device_seq])).toEqual([[one.report_id, 3], [other.report_id, 4]])
    for (const op of ops) {
      expect(body(op)).toMatchObject({ answers: { b01_access: 'full' } })
      expect(await sha256(crypto.subtle, utf8(op.body))).toBe(op.hash)
      expect(op.sig).toMatch(/./)
    }
    await phone.leave()
  })

  it('keeps nothing from being sent that was minted before', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    const report = await phone.startReport('B', STATION)
    server.otherwise = 'drop'
    await report.finish()
    await report.setAnswer('b01_access', 'full')
    server.otherwise = 'ok'
    fullDisk({ full: true })
    await phone.syncNow()
    expect(server.log.map((op) => op.kind)).toEqual(['report.finish'])
    expect(report.view.value.answers).toEqual({ b01_access: 'full' })
  })
})

describe('a connection', () => {
  const outbox = (idb: IDBFactory): Outbox => openOutbox(new World().effects(new FakeServer(), idb))

  it('that the browser closed is opened again, and the work is done once more', async () => {
    const idb = new IDBFactory()
    const db = outbox(idb)
    await db.write(['meta'], (tx) => tx.objectStore('meta').put(1, 'k'))
    ;((await (db as unknown as { opened: Promise<IDBDatabase> }).opened) as IDBDatabase).close()
    await db.write(['meta'], (tx) => tx.objectStore('meta').put(2, 'k'))
    expect(await db.read(['meta'], (tx) => tx.objectStore('meta').get('k'))).toBe(2)
  })

  it('lets go when a newer app wants to raise the version, and opens what that one left', async () => {
    const idb = new IDBFactory()
    const db = outbox(idb)
    await db.write(['meta'], (tx) => tx.objectStore('meta').put('kept', 'k'))
    await new Promise<void>((done, failed) => {
      const request = idb.open('outbox', 9)
      request.onupgradeneeded = () => void request.result.createObjectStore('later')
      request.onblocked = () => failed(new Error('blocked'))
      request.onsuccess = () => {
        request.result.close()
        done()
      }
    })
    expect(await db.read(['meta'], (tx) => tx.objectStore('meta').get('k'))).toBe('kept')
  })

  it('writes all of a transaction or nothing of it', async () => {
    const db = outbox(new IDBFactory())
    const broken = db.write(['meta', 'aside'], async (tx) => {
      await tx.objectStore('meta').put(1, 'k')
      throw new RangeError('in the middle')
    })
    await expect(broken).rejects.toThrow('in the middle')
    expect(await db.read(['meta'], (tx) => tx.objectStore('meta').get('k'))).toBeUndefined()
  })

  it('gives a write strict durability', async () => {
    const db = outbox(new IDBFactory())
    const durability = await db.write(['meta'], (tx) => Promise.resolve((tx as unknown as IDBTransaction).durability))
    expect(durability).toBe('strict')
  })
})

describe('receipts', () => {
  it('never fall back from received to held within an epoch', async () => {
    const db = openOutbox(new World().effects(new FakeServer(), new IDBFactory()))
    const receipt = (state: 'received' | 'held') => ({ epoch: 'e', op_id: 'o', state, code: null, server_seq: 1, at: 't' })
    const answer = { epoch: 'e', device_seq: null, device_id: 'd', known: null }
    await settleReceipts(db, { ...answer, receipts: [receipt('received')] })
    await settleReceipts(db, { ...answer, receipts: [receipt('held')] })
    expect((await db.read(['receipts'], (tx) => tx.objectStore('receipts').get(['e', 'o'])))?.state).toBe('received')
  })
})

describe('what an operation claims', () => {
  const team = (number: number, more: object = {}) => ({
    type: 'report',
    id: 'r',
    data: {
      status: 'draft',
      finishes: [],
      latest: { form: 'B', form_version: 3, place: STATION, answers: {}, heads: { 'device-2': number }, ...more },
    },
  })

  it('about others is what stood on the screen when the change was made, also at the finish', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    server.things.push(team(4))
    await phone.syncNow()
    const report = await phone.openReport('r')
    const db = (phone as unknown as { db: Outbox }).db
    await report.setAnswer('b01_access', 'full')
    const { board } = phone as unknown as { board: { reports: { value: Map<string, object> } } }
    const now = board.reports.value.get('r')!
    board.reports.value = new Map([['r', { ...now, heads: { 'device-2': 6 } }]])
    await report.finish()
    const ops = await db.read(['ops'], (tx) => tx.objectStore('ops').index('number').getAll())
    expect(ops.map((op) => [op.kind, body(op)['seen']])).toEqual([
      ['report.revision', { 'device-2': 4 }],
      ['report.finish', { 'device-2': 6 }],
    ])
  })

  it('about an answer of before a pull is minted before the pull', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    server.things.push(team(4))
    await phone.syncNow()
    const report = await phone.openReport('r')
    await report.setAnswer('b01_access', 'full')
    server.things.push(team(9))
    await phone.syncNow()
    await report.setAnswer('b02_queue', 'long')
    await phone.syncNow()
    expect(server.log.map((op) => body(op)['seen'])).toEqual([{ 'device-2': 4 }, { 'device-2': 9 }])
  })

  it('after a new card is everything again, by a new device that has seen the old one', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    const report = await phone.startReport('B', STATION)
    await report.setAnswer('b01_access', 'full')
    await phone.syncNow()
    server.device_id = 'device-7'
    await phone.enrol('next-card', 'Red phone')
    await report.close()
    const again = await phone.openReport(report.report_id)
    await again.setAnswer('b02_queue', 'long')
    await phone.syncNow()
    const last = server.log[server.log.length - 1]!
    expect(last).toMatchObject({ device_id: 'device-7', device_seq: 1, prev: null })
    expect(body(last)).toMatchObject({ answers: { b01_access: 'full', b02_queue: 'long' }, seen: { 'device-1': 1 } })
  })

  it('under an earlier card keeps that device and is carried by the new one', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    server.otherwise = 'drop'
    await (await phone.startReport('B', STATION)).finish()
    server.otherwise = 'ok'
    server.device_id = 'device-7'
    await phone.enrol('next-card', 'Red phone')
    await phone.syncNow()
    expect(server.log).toMatchObject([{ device_id: 'device-1', device_seq: 1 }])
  })
})

describe('a report that is withdrawn', () => {
  it('before anything of it was sent stays withdrawn, and what was typed is said before', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    const report = await phone.startReport('B', STATION)
    await report.setAnswer('b01_access', 'full')
    await report.void({ reason: 'mistake' })
    for (let round = 0; round < 2; round++) await phone.syncNow()
    expect(server.log.map((op) => op.kind)).toEqual(['report.revision', 'report.void'])
    expect(phone.reports.value[0]).toMatchObject({ void: true, state: 'received' })
  })
})

describe('a newer version of a form', () => {
  it('takes over an open draft when it asks all that the older asked', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    const report = await phone.startReport('B', STATION)
    await report.setAnswer('b01_access', 'full')
    await phone.syncNow()
    const more = { ...FORM.sections[0]!.items[0]!, code: 'b04_new' }
    await server.publish('form', 'B:4', { ...FORM, version: 4, sections: [...FORM.sections, { code: 's2', label: {}, items: [more] }] })
    await phone.syncNow()
    const again = await phone.openReport(report.report_id)
    expect(again.form.version).toBe(4)
    await again.setAnswer('b04_new', 'x')
    await phone.syncNow()
    expect(server.log.map((op) => body(op)['form_version'])).toEqual([3, 4])
  })

  it('leaves a draft where it is when it asks less', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    const report = await phone.startReport('B', STATION)
    await server.publish('form', 'B:4', { ...FORM, version: 4, sections: [] })
    await phone.syncNow()
    expect((await phone.openReport(report.report_id)).form.version).toBe(3)
  })
})

describe('what cannot stand in a body', () => {
  it('is refused or mended while it is typed, so that the server holds nothing for it', async () => {
    const phone = await ready(new World(), new FakeServer())
    const report = await phone.startReport('B', STATION)
    await report.setAnswer('b01_access', 'a\0b\ud83d')
    expect(report.view.value.answers['b01_access']).toBe('ab\ufffd')
    await expect(report.setAnswer('b02_queue', 'x'.repeat(4001))).rejects.toBeInstanceOf(PhoneError)
    await expect(report.setAnswer('b02_queue', Infinity)).rejects.toMatchObject({ code: 'number_out_of_range' })
    const long = 'ә'.repeat(4000)
    for (let i = 0; i < 6; i++) await report.setNote(`n${i}`, long)
    await expect(report.setNote('n6', long)).rejects.toMatchObject({ code: 'too_long' })
  })
})

describe('messages and settings', () => {
  it('are acknowledged by an operation and stay so after a restart', async () => {
    const [world, server, idb] = [new World(), new FakeServer(), new IDBFactory()]
    const phone = await ready(world, server, idb)
    server.things.push({ type: 'message', id: 'm1', data: { text: 'Storm', urgent: true, sent_at: '2026-11-24T05:00:00Z' } })
    await phone.syncNow()
    await phone.acknowledge('m1')
    await phone.setLanguage('kk')
    await phone.setTheme('night')
    await phone.syncNow()
    expect(server.log.map((op) => [op.kind, op.report_id, op.body])).toEqual([['message.ack', null, '{"message_id":"m1"}']])
    const again = await boot(world, server, idb)
    expect(again.messages.value).toMatchObject([{ id: 'm1', acknowledged: true, urgent: true }])
    expect([again.language.value, again.theme.value]).toEqual(['kk', 'night'])
    await settle()
  })
})
