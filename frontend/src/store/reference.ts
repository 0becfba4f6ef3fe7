/**
 * What was pulled. All of it can be fetched again, so a reset fills a fresh database beside the old one, then changes
 * over and lets the old one go: the screens never stand before an empty list.
 */
import type { Outbox, Ref } from './databases'
import { openRef } from './databases'
import type { Effects } from './effects'
import { object, text } from './pulled'
import type { Pulled } from './records'

export interface PulledChange extends Pulled {
  deleted: boolean
}

/** The database in use; `use` changes over to another. */
export class Reference {
  private constructor(
    private readonly effects: Effects,
    private readonly outbox: Outbox,
    private readonly base: string,
    public current: Ref,
  ) {}

  static async open(effects: Effects, outbox: Outbox, base = 'ref'): Promise<Reference> {
    const name = await outbox.read(['meta'], (tx) => tx.objectStore('meta').get('ref'))
    const current = openRef(effects, typeof name === 'string' ? name : `${base}-0`)
    return new Reference(effects, outbox, base, current)
  }

  /** A database with nothing in it. */
  empty(): Ref {
    return openRef(this.effects, `${this.base}-${this.effects.now().toString(36)}`)
  }

  /** An empty database for a pull from the beginning, with the blobs that are here already. */
  async fresh(): Promise<Ref> {
    const next = this.empty()
    const blobs = await this.current.read(['blobs'], (tx) => tx.objectStore('blobs').getAll())
    await next.write(['blobs'], async (tx) => {
      for (const blob of blobs) await tx.objectStore('blobs').put(blob)
    })
    return next
  }

  /** From now on `next`; the one before is deleted once nothing holds it open. */
  async use(next: Ref): Promise<void> {
    const old = this.current
    await this.outbox.write(['meta'], (tx) => tx.objectStore('meta').put(next.name, 'ref'))
    this.current = next
    await this.discard(old)
  }

  /** Lets a database go for good. */
  async discard(ref: Ref): Promise<void> {
    await ref.close()
    this.effects.indexedDB.deleteDatabase(ref.name)
  }

  /** Another tab changed over: follow it. */
  async follow(): Promise<void> {
    const name = await this.outbox.read(['meta'], (tx) => tx.objectStore('meta').get('ref'))
    if (typeof name !== 'string' || name === this.current.name) return
    await this.current.close()
    this.current = openRef(this.effects, name)
  }
}

/** A page and the cursor behind it, in one transaction. */
export function applyPage(ref: Ref, changes: PulledChange[], cursor: string): Promise<void> {
  return ref.write(['things', 'meta'], async (tx) => {
    const things = tx.objectStore('things')
    for (const { type, id, rev, deleted, data } of changes) {
      if (deleted) await things.delete([type, id])
      else await things.put({ type, id, rev, data })
    }
    await tx.objectStore('meta').put(cursor, 'cursor')
  })
}

export async function cursorOf(ref: Ref): Promise<string | null> {
  const cursor = await ref.read(['meta'], (tx) => tx.objectStore('meta').get('cursor'))
  return typeof cursor === 'string' ? cursor : null
}

export async function blobText(ref: Ref, sha256: string): Promise<string | null> {
  return (await ref.read(['blobs'], (tx) => tx.objectStore('blobs').get(sha256)))?.text ?? null
}

/** In one transaction; null for one that is not here. */
export function blobTexts(ref: Ref, hashes: string[]): Promise<(string | null)[]> {
  if (hashes.length === 0) return Promise.resolve([])
  return ref.read(['blobs'], (tx) =>
    Promise.all(hashes.map(async (hash) => (await tx.objectStore('blobs').get(hash))?.text ?? null)),
  )
}

export function putBlob(ref: Ref, sha256: string, text: string): Promise<unknown> {
  return ref.write(['blobs'], (tx) => tx.objectStore('blobs').put({ sha256, text }))
}

/** The hash of the exact bytes that a form or a station list names. */
export const hashOf = (pulled: Pulled): string | null => text(object(pulled.data)['hash']) || null

export interface Shelf {
  forms: { hash: string; here: boolean }[]
  stations: { hash: string; here: boolean }[]
  pulled: boolean
}

/** Which forms and station lists the pulled state names, whether their bytes are here, and whether a pull ever ended. */
export function shelf(ref: Ref): Promise<Shelf> {
  return ref.read(['things', 'blobs', 'meta'], async (tx) => {
    const things = (type: string) => tx.objectStore('things').getAll(IDBKeyRange.bound([type], [type, []]))
    const [keys, forms, stations, cursor] = await Promise.all([
      tx.objectStore('blobs').getAllKeys(),
      things('form'),
      things('stations'),
      tx.objectStore('meta').get('cursor'),
    ])
    const here = new Set(keys)
    const named = (pulled: Pulled[]) => {
      const hashes = pulled.map(hashOf).filter((hash): hash is string => hash !== null)
      return [...new Set(hashes)].map((hash) => ({ hash, here: here.has(hash) }))
    }
    return { forms: named(forms), stations: named(stations), pulled: typeof cursor === 'string' }
  })
}

/** Blobs that nothing names any more go, except those of form versions that a draft still uses. */
export function sweep(ref: Ref, keep: ReadonlySet<string>): Promise<void> {
  return ref.write(['things', 'blobs'], async (tx) => {
    const pulled = await tx.objectStore('things').getAll()
    const named = new Set([...pulled.map(hashOf), ...keep])
    const keys = await tx.objectStore('blobs').getAllKeys()
    for (const key of keys) if (!named.has(key)) await tx.objectStore('blobs').delete(key)
  })
}
