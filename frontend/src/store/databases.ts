/** The two databases and how each version of them comes about. */
import { Connection } from './connection'
import type { Effects } from './effects'
import type { OutboxSchema, RefSchema } from './records'

export const OUTBOX_VERSION = 1
const REF_VERSION = 1

export type Outbox = Connection<OutboxSchema>
export type Ref = Connection<RefSchema>

/** Steps are added, never changed: a phone may come from any released version with unsent work. */
export function openOutbox(effects: Effects, name = 'outbox'): Outbox {
  return new Connection<OutboxSchema>({
    factory: effects.indexedDB,
    name,
    version: OUTBOX_VERSION,
    queue: 'ballast',
    upgrade(db, from) {
      if (from < 1) {
        db.createObjectStore('drafts', { keyPath: 'report_id' })
        const ops = db.createObjectStore('ops', { keyPath: 'op_id' })
        ops.createIndex('number', ['device_id', 'device_seq'])
        ops.createIndex('report', 'report_id')
        const receipts = db.createObjectStore('receipts', { keyPath: ['epoch', 'op_id'] })
        receipts.createIndex('op', 'op_id')
        db.createObjectStore('aside', { keyPath: 'op_id' })
        db.createObjectStore('meta')
        db.createObjectStore('log', { autoIncrement: true })
        db.createObjectStore('ballast')
      }
    },
  })
}

export function openRef(effects: Effects, name: string): Ref {
  return new Connection<RefSchema>({
    factory: effects.indexedDB,
    name,
    version: REF_VERSION,
    queue: 'meta',
    upgrade(db) {
      db.createObjectStore('things', { keyPath: ['type', 'id'] })
      db.createObjectStore('blobs', { keyPath: 'sha256' })
      db.createObjectStore('meta')
    },
  })
}

/**
 * Lets Chromium begin a new log. A kill in the middle of a write leaves half a record at its end; the next start skips
 * it, writes on behind it, and the start after that takes the log for rot and deletes every database (docs/adr/0007).
 * Deleting a database is the one thing a page can do that ends a log. Other browsers lose nothing by it.
 */
export function turnLog({ indexedDB }: Effects): void {
  const request = indexedDB.open('turn')
  request.onsuccess = () => {
    request.result.close()
    indexedDB.deleteDatabase('turn')
  }
}
