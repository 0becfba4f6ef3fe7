/**
 * A whole outbox as a file: its stores as they were made, and what lay in them. One is kept of every schema version that
 * was ever released; none is ever written anew, for phones in the field have not changed either.
 */
import { IDBFactory } from 'fake-indexeddb'

export interface Fixture {
  version: number
  stores: { name: string; keyPath: string | string[] | null; autoIncrement: boolean; indexes: { name: string; keyPath: string | string[] }[] }[]
  records: Record<string, { key: IDBValidKey; value: unknown }[]>
}

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' }
/** Too heavy to keep, and made anew by itself. */
const LEFT_OUT = ['ballast', 'log']

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((yes, no) => {
    request.onsuccess = () => yes(request.result)
    request.onerror = () => no(request.error!)
  })

/** The outbox of a phone whose key can be read, as the test that keeps one makes it. */
export async function keep(idb: IDBFactory, name = 'outbox'): Promise<Fixture> {
  const { version, stores, records } = await shape(idb, name)
  const fixture: Fixture = { version, stores, records: {} }
  for (const [storeName, all] of Object.entries(records)) {
    const written = await Promise.all(all.map(async ({ key, value }) => ({ key, value: await withoutKeys(value) })))
    fixture.records[storeName] = LEFT_OUT.includes(storeName) ? [] : written
  }
  return fixture
}

async function shape(idb: IDBFactory, name: string): Promise<Fixture> {
  const db = await done(idb.open(name))
  const found: Fixture = { version: db.version, stores: [], records: {} }
  for (const storeName of db.objectStoreNames) {
    const store = db.transaction(storeName).objectStore(storeName)
    const indexes = [...store.indexNames].map((index) => ({ name: index, keyPath: store.index(index).keyPath }))
    found.stores.push({ name: storeName, keyPath: store.keyPath, autoIncrement: store.autoIncrement, indexes })
    const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll() as IDBRequest<unknown[]>)])
    found.records[storeName] = keys.map((key, i) => ({ key, value: values[i] }))
  }
  db.close()
  return found
}

/** Lays the outbox on a disk, by none of the app's own code. */
export async function lay(idb: IDBFactory, fixture: Fixture, name = 'outbox'): Promise<void> {
  const request = idb.open(name, fixture.version)
  request.onupgradeneeded = () => {
    for (const { name: storeName, keyPath, autoIncrement, indexes } of fixture.stores) {
      const store = request.result.createObjectStore(storeName, { keyPath, autoIncrement })
      for (const index of indexes) store.createIndex(index.name, index.keyPath)
    }
  }
  const db = await done(request)
  for (const { name: storeName, keyPath } of fixture.stores) {
    const records = await Promise.all(fixture.records[storeName]!.map(async ({ key, value }) => ({ key, value: await withKeys(value) })))
    const store = db.transaction(storeName, 'readwrite').objectStore(storeName)
    for (const { key, value } of records) await done(keyPath === null ? store.put(value, key) : store.put(value))
  }
  db.close()
}

/** All databases of a disk as they are, keys and all, on another disk. */
export async function copyOf(idb: IDBFactory): Promise<IDBFactory> {
  const copy = new IDBFactory()
  for (const { name } of await idb.databases()) await lay(copy, await shape(idb, name!), name)
  return copy
}

const isPlain = (value: unknown): value is Record<string, unknown> => Object.prototype.toString.call(value) === '[object Object]'

async function withoutKeys(value: unknown): Promise<unknown> {
  if (value instanceof CryptoKey) return { $key: await crypto.subtle.exportKey('jwk', value) }
  if (!isPlain(value)) return value
  return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([name, part]) => [name, await withoutKeys(part)])))
}

async function withKeys(value: unknown): Promise<unknown> {
  if (!isPlain(value)) return value
  if ('$key' in value) return crypto.subtle.importKey('jwk', value.$key as JsonWebKey, ECDSA, false, ['sign'])
  return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([name, part]) => [name, await withKeys(part)])))
}

/** The other half of the phone's key, to look at signatures with. */
export function publicKey(fixture: Fixture): Promise<CryptoKey> {
  const identity = fixture.records['meta']!.find(({ key }) => key === 'identity')!.value as { key: { $key: JsonWebKey } }
  const { d: _, key_ops: __, ext: ___, ...jwk } = identity.key.$key
  return crypto.subtle.importKey('jwk', jwk, ECDSA, true, ['verify'])
}
