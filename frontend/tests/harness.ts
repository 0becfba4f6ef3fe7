/** Phones over fake-indexeddb and a fake server, with a clock that only moves when it is told to. */
import { IDBFactory } from 'fake-indexeddb'
import { type Engine } from '../src/open-report'
import { type UrnaPhone, startPhone } from '../src/phone'
import type { Checklist } from '../src/store/api'
import type { Effects } from '../src/store/effects'
import { FakeServer } from './fake-server'
import { copyOf } from './outboxes/fixture'

export const NOON = Date.UTC(2026, 10, 24, 7, 0)

export const FORM: Checklist = {
  code: 'B',
  stage: 'voting',
  version: 3,
  languages: ['en'],
  title: { en: 'Voting' },
  place: 'station',
  sections: [
    {
      code: 's1',
      label: { en: 'One' },
      items: ['b01_access', 'b02_queue', 'b03_note'].map((code) => ({
        code,
        id: code.slice(0, 3).toUpperCase(),
        type: 'text' as const,
        label: { en: code },
        measure: 'text',
      })),
    },
  ],
}

export const REGION = {
  kind: 'urna.stations',
  region: 'KZ-75',
  name: { en: 'Almaty', ru: 'Алматы', kk: 'Алматы' },
  zone: null,
  commissions: [{ code: 'TEC-1', name: { en: 'First commission' } }],
  columns: ['code', 'number', 'name', 'address', 'lat', 'lon'],
  rows: [
    ['0123', '0123', 'Мектеп-гимназия № 8', 'Абай даңғылы 12', 43.25, 76.9],
    ['0127', '0127', 'Балабақша 15', 'Қызылорда көшесі 3', 43.3, 76.95],
    ['1123', '1123', 'Театр', 'Жамбыл көшесі 1', null, null],
  ],
}

const engine: Engine = { irrelevant: () => new Set(), findings: () => [] }

interface Timer {
  at_ms: number
  run: () => void
}

/** The world that several tabs and phones of one test share: time, timers, messages between tabs. */
export class World {
  now_ms = NOON
  private timers = new Set<Timer>()
  private channels = new Map<string, Set<(message: unknown) => void>>()
  private seed: number

  constructor(seed = 1) {
    this.seed = seed
  }

  random(): number {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0
    return this.seed / 2 ** 32
  }

  randomBytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at++) bytes[at] = Math.floor(this.random() * 256)
    return bytes
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at_ms: this.now_ms + ms, run }
    this.timers.add(timer)
    return () => void this.timers.delete(timer)
  }

  /** Moves the clock and runs what falls due, letting promises settle in between. */
  async pass(ms: number): Promise<void> {
    const until = this.now_ms + ms
    for (;;) {
      await settle()
      const due = [...this.timers].filter((timer) => timer.at_ms <= until).sort((a, b) => a.at_ms - b.at_ms)[0]
      if (!due) break
      this.timers.delete(due)
      this.now_ms = Math.max(this.now_ms, due.at_ms)
      due.run()
    }
    this.now_ms = until
  }

  /** Sets the clock back; what was to happen in so many seconds still happens in so many seconds. */
  turnBack(ms: number): void {
    this.now_ms -= ms
    for (const timer of this.timers) timer.at_ms -= ms
  }

  channel(name: string, receive: (message: unknown) => void): { post(message: unknown): void } {
    const members = this.channels.get(name) ?? new Set()
    this.channels.set(name, members.add(receive))
    return {
      post: (message) => {
        for (const member of members) if (member !== receive) member(message)
      },
    }
  }

  /** Each phone has a way of its own to the one disk, so that a test can end one and not the other. */
  effects(server: FakeServer, indexedDB: IDBFactory): Effects {
    return {
      indexedDB: Object.create(indexedDB) as IDBFactory,
      fetch: (path, init) => server.fetch(path, init),
      now: () => this.now_ms,
      tzMin: () => 300,
      random: () => this.random(),
      randomBytes: (length) => this.randomBytes(length),
      subtle: crypto.subtle,
      after: (ms, run) => this.after(ms, run),
      locks: null,
      channel: (name, receive) => this.channel(name, receive),
      storage: null,
      online: () => true,
      canGzip: true,
    }
  }
}

/** Long enough for fake-indexeddb and WebCrypto, which both work behind the event loop's back. */
export async function settle(turns = 12): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((done) => setTimeout(done, 0))
}

export async function boot(world: World, server: FakeServer, idb = new IDBFactory()): Promise<UrnaPhone> {
  return startPhone({ effects: world.effects(server, idb), engine, version: 'test', languages: ['ru-KZ', 'en'] })
}

/** A phone with a card, the form and the stations. */
export async function ready(world: World, server: FakeServer, idb = new IDBFactory()): Promise<UrnaPhone> {
  if (server.things.length === 0) {
    server.things.push({ type: 'mission', id: 'M', data: { name: 'Mission', languages: ['en', 'ru'], day: '2026-11-24' } })
    await server.publish('form', 'B:3', FORM)
    await server.publish('stations', 'KZ-75', REGION)
  }
  const phone = await boot(world, server, idb)
  await phone.enrol('abcd-efgh-jkmn', 'Red phone')
  await phone.syncNow()
  return phone
}

let template: Promise<[FakeServer, IDBFactory]> | null = null

/** What `ready` gives, as a disk and a server of their own: made once and copied, for a phone that starts many times. */
export async function enrolled(): Promise<[FakeServer, IDBFactory]> {
  template ??= (async () => {
    const [server, idb] = [new FakeServer(), new IDBFactory()]
    const phone = await ready(new World(), server, idb)
    await settle(30)
    await phone.stop()
    return [server, idb]
  })()
  const [server, idb] = await template
  return [Object.assign(new FakeServer(), { things: [...server.things], blobs: server.blobs }), await copyOf(idb)]
}

export const STATION = { kind: 'station' as const, id: '0123' }
export { IDBFactory }
