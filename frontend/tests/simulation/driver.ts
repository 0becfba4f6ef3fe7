/**
 * The phone's own core inside the worlds of tests/simulation: many phones in one process, each over a database of its own,
 * with a clock, chance, network and death that come from outside. Each line on stdin is [command, phone, now_ms, off_ms,
 * ...arguments]; each line on stdout says how the phone stands once nothing in it moves any more.
 */
import 'fake-indexeddb/auto'
import { createHash, sign as signBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { IDBFactory } from 'fake-indexeddb'
import { type UrnaPhone, startPhone } from '../../src/phone'
import type { Place } from '../../src/store/api'
import type { Board } from '../../src/store/board'
import { Connection } from '../../src/store/connection'
import { openOutbox, openRef } from '../../src/store/databases'
import { isDirty } from '../../src/store/drafts'
import type { Effects } from '../../src/store/effects'
import { seenOf } from '../../src/store/pulled'
import type { OperationRecord, Pulled } from '../../src/store/records'
import { toWire } from '../../src/sync/wire-shapes'

/* ------------------------------------------------------------ when nothing moves */

let moving = 0
const immediate = globalThis.setImmediate
globalThis.setImmediate = ((run: (...given: unknown[]) => void, ...given: unknown[]) => {
  moving++
  return immediate(() => {
    moving--
    run(...given)
  })
}) as typeof setImmediate

/** Databases work by immediates and everything else by promises: when no immediate is due, all is at rest. */
async function rest(): Promise<void> {
  do await new Promise<void>((done) => void immediate(() => done()))
  while (moving > 0)
}

/* ------------------------------------------------------------ one run of the app, until it dies */

class Killed extends Error {}

class Life {
  dead = false
  kill: { nth: number; stage: string } | null = null
  constructor(readonly hand: Hand) {}
}

/** The database as one run of the app sees it. */
class Factory {
  constructor(
    readonly life: Life,
    private readonly real: IDBFactory,
  ) {}
  open(name: string, version?: number): IDBOpenDBRequest {
    return this.real.open(name, version)
  }
  deleteDatabase(name: string): IDBOpenDBRequest {
    return this.real.deleteDatabase(name)
  }
}

type Work = (tx: unknown) => Promise<unknown>
const { read, write } = Connection.prototype

const lifeOf = (connection: unknown): Life | undefined =>
  (connection as { opening: { factory: Partial<Factory> } }).opening.factory.life

Connection.prototype.read = function (this: Connection<never>, stores: never[], work: never) {
  if (lifeOf(this)?.dead) return Promise.reject(new Killed())
  return read.call(this, stores, work)
} as typeof read

Connection.prototype.write = async function (this: Connection<never>, stores: string[], work: Work) {
  const life = lifeOf(this)
  if (!life) return write.call(this, stores as never, work as never)
  if (life.dead) throw new Killed()
  const stage = due(life)
  if (stage !== null) life.dead = true
  if (stage === 'before') throw new Killed()
  if (life.hand.full && !stores.includes('ballast')) throw new DOMException('full', 'QuotaExceededError')
  const result = await write.call(this, stores as never, work as never)
  if (stage !== null) throw new Killed()
  return result
} as typeof write

function due(life: Life): string | null {
  if (life.kill === null) return null
  const { nth, stage } = life.kill
  life.kill = nth > 0 ? { nth: nth - 1, stage } : null
  return nth === 0 ? stage : null
}

/* ------------------------------------------------------------ a phone */

interface Timer {
  at_ms: number
  run: () => void
  life: Life
}
interface Asked {
  key: number
  method: string
  path: string
  body: string | null
  etag: string | null
}
interface Came {
  status: number
  body: string
  is_json: boolean
  retry_after: string | null
}
interface Owner {
  name: string
  device_id: string
  mission: string
  team: string
  pem: string
}
interface Tab {
  phone: UrnaPhone
  life: Life
}

class Hand {
  now_ms = 0
  off_ms = 0
  full = false
  readonly idb = new IDBFactory()
  readonly told = new Set<string>()
  asked: Asked[] = []
  private keys = 0
  private timers = new Set<Timer>()
  private waiting = new Map<number, { life: Life; done: (came: Response) => void; failed: (error: Error) => void }>()
  private listeners = new Set<{ life: Life; receive: (message: unknown) => void }>()
  private tabs: Tab[] = []
  private chance: number
  private version = '1'

  constructor(
    readonly owner: Owner,
    seed: number,
  ) {
    this.chance = createHash('sha256').update(`${seed} ${owner.name}`).digest().readUInt32LE()
  }

  get first(): Tab | undefined {
    return this.tabs.find((tab) => !tab.life.dead)
  }

  async boot(): Promise<void> {
    const life = new Life(this)
    const phone = startPhone({ effects: this.effects(life), engine, version: this.version, languages: ['en'] })
    void phone.then(
      (started) => this.tabs.push({ phone: started, life }),
      () => undefined,
    )
    await rest()
  }

  async die(): Promise<void> {
    for (const { life, phone } of this.tabs) {
      life.dead = true
      void phone.stop().catch(() => undefined)
    }
    this.tabs = []
    await rest()
  }

  async start(version: string | null): Promise<void> {
    await this.die()
    this.version = version ?? this.version
    await this.boot()
  }

  killAt(nth: number, stage: string): void {
    for (const { life } of this.tabs) life.kill = nth < 1000 ? { nth, stage } : null
  }

  async wake(): Promise<void> {
    for (;;) {
      await rest()
      const next = [...this.timers].filter((timer) => timer.at_ms <= this.now_ms).sort((a, b) => a.at_ms - b.at_ms)[0]
      if (!next) return
      this.timers.delete(next)
      if (!next.life.dead) next.run()
    }
  }

  receive(key: number, came: Came | 'nothing'): void {
    const one = this.waiting.get(key)
    this.waiting.delete(key)
    if (!one || one.life.dead) return
    if (came === 'nothing') one.failed(new TypeError('nothing came'))
    else one.done(response(came))
  }

  nextWake(): number | null {
    const times = [...this.timers].filter((timer) => !timer.life.dead).map((timer) => timer.at_ms)
    return times.length === 0 ? null : Math.min(...times)
  }

  private effects(life: Life): Effects {
    return {
      indexedDB: new Factory(life, this.idb) as unknown as globalThis.IDBFactory,
      fetch: (path, init) => this.fetch(life, path, init),
      now: () => this.now_ms + this.off_ms,
      tzMin: () => 300,
      random: () => this.random(),
      randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(this.random() * 256)),
      subtle,
      after: (ms, run) => {
        const timer = { at_ms: this.now_ms + Math.max(0, ms), run, life }
        this.timers.add(timer)
        return () => void this.timers.delete(timer)
      },
      locks: null,
      channel: (_, receive) => {
        const own = { life, receive }
        this.listeners.add(own)
        return { post: (message) => this.tell(own, message) }
      },
      storage: { estimate: () => Promise.resolve({ quota: 0, usage: 0 }) } as unknown as StorageManager,
      online: () => true,
      canGzip: false,
    }
  }

  private tell(from: { life: Life }, message: unknown): void {
    for (const other of this.listeners) if (other !== from && !other.life.dead) other.receive(message)
  }

  private fetch(life: Life, path: string, init: RequestInit): Promise<Response> {
    if (life.dead) return Promise.reject(new Killed())
    const key = ++this.keys
    const headers = (init.headers ?? {}) as Record<string, string>
    const body = init.body ? new TextDecoder().decode(init.body as Uint8Array) : null
    const etag = headers['If-None-Match']?.replaceAll('"', '') ?? null
    this.asked.push({ key, method: init.method ?? 'GET', path, body, etag })
    return new Promise((done, failed) => {
      this.waiting.set(key, { life, done, failed })
      init.signal?.addEventListener('abort', () => failed(new DOMException('aborted', 'AbortError')))
    })
  }

  private random(): number {
    this.chance = (Math.imul(this.chance, 1664525) + 1013904223) >>> 0
    return this.chance / 2 ** 32
  }

  /* ---------------------------------------------------------- how it stands */

  async look(): Promise<object> {
    const disk = await this.disk()
    const fresh = disk.ops.filter((op) => !this.told.has(op.op_id))
    for (const op of fresh) this.told.add(op.op_id)
    const asked = this.asked
    this.asked = []
    const screen = this.first && screenOf(this.first.phone, this.owner.device_id)
    return {
      dead: !this.first,
      next_wake_ms: this.nextWake(),
      asked,
      op_ids: disk.ops.map((op) => op.op_id),
      ops: fresh.map((op) => toWire(op, this.owner.device_id)),
      answers: Object.fromEntries(disk.drafts.map((draft) => [draft.report_id, draft.answers])),
      dirty: disk.drafts.some(isDirty),
      ...screen,
    }
  }

  private async disk() {
    const outbox = openOutbox({ indexedDB: this.idb } as unknown as Effects)
    const found = await outbox.read(['ops', 'drafts'], async (tx) => ({
      ops: await tx.objectStore('ops').index('number').getAll(),
      drafts: await tx.objectStore('drafts').getAll(),
    }))
    await outbox.close()
    return found
  }

  /* ---------------------------------------------------------- what goes wrong on its disk */

  async rot(op_id: string): Promise<void> {
    const outbox = openOutbox({ indexedDB: this.idb } as unknown as Effects)
    await outbox.write(['ops'], async (tx) => {
      const op = (await tx.objectStore('ops').get(op_id)) as OperationRecord
      await tx.objectStore('ops').put({ ...op, body: op.body.replace('"form":"B"', '"form":"b"') })
    })
    await outbox.close()
  }

  async spoilCursor(): Promise<void> {
    const outbox = openOutbox({ indexedDB: this.idb } as unknown as Effects)
    const name = await outbox.read(['meta'], (tx) => tx.objectStore('meta').get('ref'))
    await outbox.close()
    const ref = openRef({ indexedDB: this.idb } as unknown as Effects, typeof name === 'string' ? name : 'ref-0')
    await ref.write(['meta'], async (tx) => {
      const cursor = await tx.objectStore('meta').get('cursor')
      if (typeof cursor === 'string') await tx.objectStore('meta').put(cursor.slice(0, -4), 'cursor')
    })
    await ref.close()
  }

  async enrol(): Promise<void> {
    const { device_id, mission, team, pem } = this.owner
    const identity = { device_id, mission, team, label: '', grant: null, key: { pem }, enrolled_at: '' }
    const outbox = openOutbox({ indexedDB: this.idb } as unknown as Effects)
    await outbox.write(['meta'], async (tx) => {
      await tx.objectStore('meta').put(identity, 'identity')
      await tx.objectStore('meta').put({ device_id, device_seq: 0, link: null }, 'head')
    })
    await outbox.close()
  }

  async saved(): Promise<Saved> {
    const [meta, things] = await Promise.all([this.all('outbox', ['meta']), this.all('ref-0', ['things', 'blobs', 'meta'])])
    return { outbox: meta, ref: things }
  }

  async put(saved: Saved): Promise<void> {
    const outbox = openOutbox({ indexedDB: this.idb } as unknown as Effects)
    const ref = openRef({ indexedDB: this.idb } as unknown as Effects, 'ref-0')
    for (const [connection, stores] of [[outbox, saved.outbox], [ref, saved.ref]] as const) {
      const names = Object.keys(stores)
      await (connection as unknown as Connection<never>).write(names as never[], async (tx) => {
        const open = tx as unknown as IDBTransaction
        for (const name of names) for (const [key, value] of stores[name]!) putOne(open.objectStore(name), key, value)
      })
      await connection.close()
    }
  }

  private async all(name: string, stores: string[]): Promise<Stores> {
    const connection: Connection<never> =
      name === 'outbox'
        ? (openOutbox({ indexedDB: this.idb } as unknown as Effects) as never)
        : (openRef({ indexedDB: this.idb } as unknown as Effects, name) as never)
    const found: Stores = {}
    await connection.read(stores as never[], async (tx) => {
      for (const store of stores) {
        const open = (tx as unknown as { objectStore(name: string): { getAllKeys(): Promise<unknown[]>; getAll(): Promise<unknown[]> } }).objectStore(store)
        const keys = await open.getAllKeys()
        const values = await open.getAll()
        found[store] = keys.map((key, i) => [key, values[i]])
      }
    })
    await connection.close()
    return found
  }
}

type Stores = Record<string, [unknown, unknown][]>
interface Saved {
  outbox: Stores
  ref: Stores
}

function putOne(store: IDBObjectStore, key: unknown, value: unknown): void {
  if (store.keyPath === null) store.put(value, key as IDBValidKey)
  else store.put(value)
}

interface Inside {
  board: Board
}

function screenOf(phone: UrnaPhone, device_id: string): object {
  const { board } = phone as unknown as Inside
  const receipts = board.receipts.peek()
  const shown = phone.outbox.peek().filter(({ state }) => state !== 'kept' && state !== 'sending')
  const reports = [...board.reports.peek().values()]
  const pulled = (board.things.peek().get('report') ?? []) as Pulled[]
  return {
    shown: Object.fromEntries(shown.map(({ op_id, state }) => [op_id, [state, receipts.get(op_id)?.epoch ?? null]])),
    waiting: phone.sync.peek().waiting,
    visible: phone.reports.peek().map((report) => report.report_id),
    seen: Object.fromEntries(reports.map((report) => [report.report_id, seenOf(report, device_id)])),
    pulled: Object.fromEntries(pulled.map(({ id, data }) => [id, data])),
  }
}

const engine = { irrelevant: () => new Set<string>(), findings: () => [] }

/** Digest and signature at once, so that no thread decides what comes first. */
const subtle = {
  digest: (_: string, bytes: Uint8Array) => {
    const digest = createHash('sha256').update(bytes).digest()
    return Promise.resolve(new Uint8Array(digest).buffer)
  },
  sign: (_: unknown, key: { pem: string }, bytes: Uint8Array) => {
    const raw = signBytes('sha256', bytes, { key: key.pem, dsaEncoding: 'ieee-p1363' })
    return Promise.resolve(new Uint8Array(raw).buffer)
  },
} as unknown as SubtleCrypto

function response({ status, body, is_json, retry_after }: Came): Response {
  const headers: Record<string, string | null> = {
    'content-type': is_json ? 'application/json' : 'text/html',
    'retry-after': retry_after,
  }
  return {
    status,
    headers: { get: (name: string) => headers[name.toLowerCase()] ?? null },
    text: () => Promise.resolve(body),
    arrayBuffer: () => Promise.resolve(new TextEncoder().encode(body).buffer),
  } as unknown as Response
}

/* ------------------------------------------------------------ commands */

const hands = new Map<string, Hand>()
const templates = new Map<string, Saved>()

/** Whether it is kept: what a phone that died of it had promised, nobody knows. */
async function outcome<T>(work: Promise<T>): Promise<T | null> {
  let result: T | null = null
  work.then(
    (value) => (result = value),
    () => undefined,
  )
  await rest()
  return result
}

const screen = (hand: Hand): UrnaPhone => hand.first!.phone

const COMMANDS: Record<string, (hand: Hand, ...given: never[]) => unknown> = {
  boot: async (hand) => {
    const saved = templates.get(hand.owner.name)
    await (saved ? hand.put(saved) : hand.enrol())
    await hand.boot()
    return saved !== undefined
  },
  keep: async (hand) => void templates.set(hand.owner.name, await hand.saved()),
  look: () => null,
  begin: async (hand, place: Place) => (await outcome(screen(hand).startReport('B', place)))?.report_id ?? null,
  say: async (hand, id: string, code: string, value: string) => {
    const kept = screen(hand).openReport(id).then((report) => report.setAnswer(code, value)).then(() => true)
    return (await outcome(kept)) ?? false
  },
  finish: async (hand, id: string) => {
    const kept = screen(hand).openReport(id).then((report) => report.finish()).then(() => true)
    return (await outcome(kept)) ?? false
  },
  tap: (hand) => void screen(hand).syncNow().catch(() => undefined),
  wake: (hand) => hand.wake(),
  receive: (hand, key: number, came: Came | 'nothing') => hand.receive(key, came),
  kill_at: (hand, nth: number, stage: string) => hand.killAt(nth, stage),
  kill: (hand) => hand.die(),
  start: (hand, version: string | null) => hand.start(version),
  fill: (hand, full: boolean) => void (hand.full = full),
  rot: (hand, op_id: string) => hand.rot(op_id),
  spoil_cursor: (hand) => hand.spoilCursor(),
  open_tab: (hand) => hand.boot(),
}

type Line = [command: string, phone: string, now_ms: number, off_ms: number, ...given: never[]]

async function obey([command, name, now_ms, off_ms, ...given]: Line): Promise<object> {
  if (command === 'world') {
    const [seed, owners] = given as unknown as [number, Owner[]]
    hands.clear()
    for (const owner of owners) hands.set(owner.name, new Hand(owner, seed))
    return {}
  }
  const hand = hands.get(name)!
  hand.now_ms = now_ms
  hand.off_ms = off_ms
  const value = await COMMANDS[command]!(hand, ...given)
  await rest()
  return { value: value ?? null, ...(await hand.look()) }
}

process.on('unhandledRejection', (error) => {
  if (!(error instanceof Killed)) throw error
})
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await obey(JSON.parse(line) as Line))}\n`)
}
process.exit(0)
