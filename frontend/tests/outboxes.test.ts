/** A phone may come from any released version with unsent work: the newest app takes its outbox up and sends all of it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { Connection } from '../src/store/connection'
import { OUTBOX_VERSION } from '../src/store/databases'
import { type Linked, linkText, utf8 } from '../src/store/link'
import type { OperationRecord, OutboxSchema } from '../src/store/records'
import { FakeServer } from './fake-server'
import { FORM, IDBFactory, REGION, STATION, World, boot, ready } from './harness'
import { type Fixture, keep, lay, publicKey } from './outboxes/fixture'

const pathOf = (version: number): URL => new URL(`./outboxes/schema-${version}.json`, import.meta.url)
const VERSIONS = Array.from({ length: OUTBOX_VERSION }, (_, i) => i + 1)
const read = (version: number): Fixture => JSON.parse(readFileSync(pathOf(version), 'utf8')) as Fixture
const opsOf = (fixture: Fixture): OperationRecord[] => fixture.records['ops']!.map(({ value }) => value as OperationRecord)

/** A morning that ends with everything that an outbox can hold: received, held, kept, dirty, withdrawn, set aside. */
async function morning(): Promise<Fixture> {
  const [world, server, idb] = [new World(7), new FakeServer(), new IDBFactory()]
  const { generateKey } = crypto.subtle
  vi.spyOn(crypto.subtle, 'generateKey').mockImplementation(((algorithm: never, _: boolean, usages: never) =>
    generateKey.call(crypto.subtle, algorithm, true, usages)) as never)
  const phone = await ready(world, server, idb)
  vi.restoreAllMocks()
  const received = await phone.startReport('B', STATION)
  await received.setAnswer('b01_access', 'full')
  await received.finish()
  await phone.syncNow()
  server.outcomeOf = () => ({ outcome: 'held', code: 'unknown_station', server_seq: 9 })
  await (await phone.startReport('B', { kind: 'station', id: '9999' })).finish()
  await phone.syncNow()
  server.otherwise = 'drop'
  const kept = await phone.startReport('B', { kind: 'station', id: null, text: 'Ауылдағы мектеп «№ 3»' })
  await kept.setAnswer('b02_queue', 'ұзақ кезек')
  await kept.setNote('b02_queue', 'екі есік\nбір кезек')
  await kept.finish()
  await (await phone.startReport('B', { kind: 'none', id: null })).void({ reason: 'mistake' })
  const dirty = await phone.startReport('B', STATION)
  await dirty.setAnswer('b01_access', 'restricted')
  await dirty.clear('b03_note')
  await phone.setLanguage('kk')
  await phone.stop()
  return keep(idb)
}

/** A server that knows this phone and has the forms, but nothing of what it sends. */
async function server(): Promise<FakeServer> {
  const made = new FakeServer()
  await made.publish('form', 'B:3', FORM)
  await made.publish('stations', 'KZ-75', REGION)
  return made
}

describe('a kept outbox', () => {
  it('is there of every schema version; a new version keeps one with KEEP=1', async () => {
    if (process.env['KEEP'] && !existsSync(pathOf(OUTBOX_VERSION))) {
      writeFileSync(pathOf(OUTBOX_VERSION), `${JSON.stringify(await morning(), null, 1)}\n`)
    }
    expect(VERSIONS.filter((version) => !existsSync(pathOf(version)))).toEqual([])
    for (const version of VERSIONS) expect(read(version).version).toBe(version)
  }, 60_000)

  it.each(VERSIONS)('of schema %d drains: every operation as it was minted, every draft, nothing twice', async (version) => {
    const fixture = read(version)
    const [world, idb, mission] = [new World(), new IDBFactory(), await server()]
    await lay(idb, fixture)
    const phone = await boot(world, mission, idb)
    expect(phone.language.value).toBe('kk')
    const before = opsOf(fixture)
    const drafts = new Map(fixture.records['drafts']!.map(({ key, value }) => [key as string, value as { answers: object }]))
    expect(phone.outbox.value.map((item) => item.op_id).sort()).toEqual(before.map((op) => op.op_id).sort())
    expect(phone.sync.value.waiting).toBeGreaterThan(1)
    await phone.syncNow()
    for (const [report_id, draft] of drafts) {
      expect((await phone.openReport(report_id)).view.value.answers).toMatchObject(draft.answers)
    }
    mission.epoch = 'another'
    await phone.syncNow()
    await phone.syncNow()
    expect(phone.sync.value).toMatchObject({ waiting: 0, kept: 0, problem: null })
    const arrived = new Map(mission.log.map((op) => [op.op_id, op]))
    expect(arrived.size).toBe(mission.log.length)
    for (const { op_id, device_seq, kind, report_id, prev, body, hash, sig } of before) {
      expect(arrived.get(op_id)).toMatchObject({ device_seq, kind, report_id, prev, body, hash, sig })
    }
    const newest = Math.max(...before.map((op) => op.device_seq))
    const fresh = mission.log.filter((op) => op.device_seq > newest).sort((a, b) => a.device_seq - b.device_seq)
    const end = before.find((op) => op.device_seq === newest)!.link
    expect(fresh[0]).toMatchObject({ device_seq: newest + 1, prev: end, kind: 'report.revision' })
    const key = await publicKey(fixture)
    for (const op of [...before, ...fresh.map((op) => ({ ...op, mission: before[0]!.mission }))] as unknown as OperationRecord[]) {
      const signature = Uint8Array.from(atob(op.sig!.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))
      const lines = utf8(linkText(op as Linked))
      expect(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, lines)).toBe(true)
    }
    await phone.stop()
  })

  it('that a newer app raised to its own schema is still sent by this one', async () => {
    const fixture = read(OUTBOX_VERSION)
    const [world, idb, mission] = [new World(), new IDBFactory(), await server()]
    await lay(idb, fixture)
    const newer = new Connection<OutboxSchema>({
      factory: idb as never,
      name: 'outbox',
      version: OUTBOX_VERSION + 1,
      queue: 'ballast',
      upgrade: (db) => void (db as unknown as IDBDatabase).createObjectStore('photos'),
    })
    const raised = await newer.read(['ops'], (tx) => tx.objectStore('ops').count())
    expect(raised).toBe(opsOf(fixture).length)
    const phone = await boot(world, mission, idb)
    await phone.syncNow()
    await phone.syncNow()
    expect(phone.sync.value).toMatchObject({ waiting: 0, kept: 0 })
    await phone.stop()
    await newer.close()
  })
})
