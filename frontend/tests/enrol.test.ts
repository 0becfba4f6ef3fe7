import { describe, expect, it } from 'vitest'
import { startPhone } from '../src/phone'
import { FakeServer } from './fake-server'
import { IDBFactory, STATION, World, boot, ready, settle } from './harness'

const keys = (server: FakeServer): unknown[] =>
  server.requests.filter((request) => request.path === '/v1/enrol').map((request) => request.body!['public_key'])

describe('the first screen', () => {
  it('learns whose observers the address awaits, and nothing from what is no answer of ours', async () => {
    const server = new FakeServer()
    const phone = await boot(new World(), server)
    expect(await phone.missions()).toEqual([{ name: 'Mission', organisation: 'ODIHR' }])
    server.missions = []
    expect(await phone.missions()).toEqual([])
    for (const fate of ['drop', 'portal', 'garbage', 'cut', { status: 500 }] as const) {
      server.fates = [fate]
      expect(await phone.missions(), JSON.stringify(fate)).toBeNull()
    }
    server.missions = [null, { name: 7 }]
    expect(await phone.missions()).toEqual([{ name: '', organisation: '' }, { name: '', organisation: '' }])
  })
})

describe('a card', () => {
  it('becomes a device with a key that cannot leave the phone', async () => {
    const [world, server, idb] = [new World(), new FakeServer(), new IDBFactory()]
    const phone = await boot(world, server, idb)
    await phone.enrol(' ab12-cd34 ef56 ', 'Red phone')
    expect(server.requests[0]!.body).toMatchObject({ code: 'AB12CD34EF56', label: 'Red phone', app: { version: 'test' } })
    expect(keys(server)[0]).toMatchObject({ kty: 'EC', crv: 'P-256' })
    expect(Object.keys(keys(server)[0] as object).sort()).toEqual(['crv', 'kty', 'x', 'y'])
    const { board } = phone as unknown as { board: { identity: { value: { key: CryptoKey } } } }
    expect(board.identity.value.key.extractable).toBe(false)
    const again = await boot(world, server, idb)
    expect(again.session.value?.device_id).toBe('device-1')
  })

  it('whose answer was lost is tried again with the same key, even after a restart', async () => {
    const [world, server, idb] = [new World(), new FakeServer(), new IDBFactory()]
    const phone = await boot(world, server, idb)
    server.fates = ['lose']
    await expect(phone.enrol('AB12-CD34-EF56', '')).rejects.toMatchObject({ code: 'no_answer' })
    const again = await boot(world, server, idb)
    await again.enrol('ab12cd34ef56', '')
    expect(keys(server)).toHaveLength(2)
    expect(keys(server)[0]).toEqual(keys(server)[1])
  })

  it('gives the credential back when the phone died before its cookie was on the disk, for ten minutes', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    const report = await phone.startReport('B', STATION)
    server.token_known = false
    server.grants = false
    server.grant_made = 'grant-2'
    await phone.syncNow()
    const { board } = phone as unknown as { board: { identity: { value: { grant: string } } } }
    expect(board.identity.value.grant).toBe('grant-2')
    expect(report.view.value.summary.draft_received).toBe(true)
    expect(keys(server)).toHaveLength(2)
    expect(keys(server)[0]).toEqual(keys(server)[1])
    await world.pass(11 * 60_000)
    server.token_known = false
    await phone.syncNow()
    expect(keys(server)).toHaveLength(2)
    expect(phone.session.value?.access).toBe('unknown')
  })

  it('with another code gets another key', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await boot(world, server)
    server.fates = [{ status: 404, code: 'code_unknown' }]
    await expect(phone.enrol('AAAA-AAAA-AAAA', '')).rejects.toMatchObject({ code: 'code_unknown' })
    await phone.enrol('BBBB-BBBB-BBBB', '')
    expect(keys(server)[0]).not.toEqual(keys(server)[1])
  })

  it.each([
    [{ status: 410, code: 'code_used' } as const, 'code_used', null],
    [{ status: 429, code: 'rate_limited', retry_after: '30' } as const, 'rate_limited', 30],
    ['portal' as const, 'no_answer', null],
    ['drop' as const, 'no_answer', null],
    [{ status: 500 } as const, 'no_answer', null],
  ])('that meets %j says %s and leaves the phone as it was', async (fate, code, retry_after_s) => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await boot(world, server)
    server.fates = [fate]
    await expect(phone.enrol('AAAA-AAAA-AAAA', '')).rejects.toMatchObject({ code, retry_after_s })
    expect(phone.session.value).toBeNull()
  })

  it('of another mission is refused while work of this one waits, until a copy was saved', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await ready(world, server)
    server.fates = ['drop']
    await (await phone.startReport('B', STATION)).finish()
    server.mission = 'OTHER'
    server.fates = []
    await expect(phone.enrol('AAAA-AAAA-AAAA', '')).rejects.toMatchObject({ code: 'unsent' })
    expect(phone.session.value?.mission.code).toBe('M')
    await phone.saveCopy('unsent')
    await phone.enrol('AAAA-AAAA-AAAA', '')
    expect(phone.session.value?.mission.code).toBe('OTHER')
    expect(phone.reports.value).toEqual([])
    expect(phone.outbox.value).toEqual([])
    await phone.syncNow()
    expect(server.log).toEqual([])
  })

  it('in a private window is refused, for everything would be gone with the window', async () => {
    const [world, server, idb] = [new World(), new FakeServer(), new IDBFactory()]
    const getDirectory = (): Promise<never> => Promise.reject(new DOMException('', 'SecurityError'))
    const effects = { ...world.effects(server, idb), storage: { getDirectory } as unknown as StorageManager }
    const phone = await startPhone({ effects, engine: { irrelevant: () => new Set(), findings: () => [] }, version: 'test' })
    await settle()
    expect(phone.storage.value.durable).toBe(false)
    await expect(phone.enrol('AAAA-AAAA-AAAA', '')).rejects.toMatchObject({ code: 'private' })
    expect(keys(server)).toEqual([])
  })

  it('on a page without https is refused in words of its own', async () => {
    const [world, server] = [new World(), new FakeServer()]
    const phone = await boot(world, server)
    const { options } = phone as unknown as { options: { effects: { subtle: unknown } } }
    options.effects.subtle = null
    await expect(phone.enrol('AAAA-AAAA-AAAA', '')).rejects.toMatchObject({ code: 'insecure' })
  })
})
