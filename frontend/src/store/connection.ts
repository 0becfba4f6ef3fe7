/**
 * A database that comes back. Phones close connections under memory pressure, and a tab with a newer version asks older
 * ones to let go; neither may cost an answer. Each transaction that meets a closed connection is run once more on a fresh
 * one, so the work inside must give the same result when it runs twice: it reads what it changes.
 */
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames, wrap } from 'idb'

export type Upgrade<S extends DBSchema> = (
  db: IDBPDatabase<S>,
  from: number,
  tx: IDBPTransaction<S, StoreNames<S>[], 'versionchange'>,
) => void

export interface Opening<S extends DBSchema> {
  factory: IDBFactory
  name: string
  version: number
  upgrade: Upgrade<S>
  /** A store that every writing transaction names, so that they run one after another. */
  queue: StoreNames<S>
  /** Another tab waits for us, or we for it. */
  onBlocked?: () => void
}

export type Reading<S extends DBSchema, N extends StoreNames<S>> = IDBPTransaction<S, N[], 'readonly'>
export type Writing<S extends DBSchema, N extends StoreNames<S>> = IDBPTransaction<S, N[], 'readwrite'>

export class Connection<S extends DBSchema> {
  /** Chromium found the store broken, deleted it, and says so once: to who opens the first database after that. */
  emptied = false
  private opened: Promise<IDBPDatabase<S>> | null = null

  constructor(private readonly opening: Opening<S>) {}

  get name(): string {
    return this.opening.name
  }

  /** Reads within one transaction. The work must await nothing but the database. */
  read<T, N extends StoreNames<S>>(stores: N[], work: (tx: Reading<S, N>) => Promise<T>): Promise<T> {
    return this.twice(async (db) => {
      const tx = db.transaction(stores, 'readonly')
      const [result] = await Promise.all([work(tx), tx.done])
      return result
    })
  }

  /**
   * Writes within one transaction and resolves when it is on the disk: "complete" alone may still be in a cache.
   * Writing transactions run one after another, whatever they write and in every tab: a kill that leaves two of them
   * open lets Chromium delete everything at its next start (docs/adr/0009).
   */
  write<T, N extends StoreNames<S>>(stores: N[], work: (tx: Writing<S, N>) => Promise<T>): Promise<T> {
    return this.twice(async (db) => {
      const queued = [...stores, this.opening.queue] as N[]
      const tx = db.transaction(queued, 'readwrite', { durability: 'strict' })
      try {
        const result = await work(tx)
        await tx.done
        return result
      } catch (error) {
        abort(tx)
        await tx.done.catch(() => undefined)
        throw tx.error ?? error
      }
    })
  }

  async close(): Promise<void> {
    const db = await this.opened?.catch(() => null)
    this.opened = null
    db?.close()
  }

  private async twice<T>(work: (db: IDBPDatabase<S>) => Promise<T>): Promise<T> {
    try {
      return await work(await this.database())
    } catch (error) {
      if (!isClosed(error)) throw error
      this.opened = null
      return work(await this.database())
    }
  }

  private database(): Promise<IDBPDatabase<S>> {
    this.opened ??= this.open(this.opening.version).catch((error: unknown) => {
      this.opened = null
      throw error
    })
    return this.opened
  }

  /** An older app on a newer database opens it as it is: shapes are only ever added to. */
  private async open(version: number | undefined): Promise<IDBPDatabase<S>> {
    try {
      return await this.request(version)
    } catch (error) {
      if (version === undefined || !named(error, 'VersionError')) throw error
      return this.request(undefined)
    }
  }

  private async request(version: number | undefined): Promise<IDBPDatabase<S>> {
    const request = this.opening.factory.open(this.opening.name, version)
    request.onupgradeneeded = (event) => {
      this.emptied = (event as { dataLoss?: string }).dataLoss === 'total'
      const tx = wrap(request.transaction!) as unknown as IDBPTransaction<S, StoreNames<S>[], 'versionchange'>
      this.opening.upgrade(wrap(request.result) as unknown as IDBPDatabase<S>, event.oldVersion, tx)
    }
    request.onblocked = () => this.opening.onBlocked?.()
    const db = (await wrap(request)) as unknown as IDBPDatabase<S>
    db.onversionchange = () => this.letGo(db)
    db.onclose = () => this.letGo(db)
    return db
  }

  /** So that a newer tab is never blocked; our next transaction opens the database again. */
  private letGo(db: IDBPDatabase<S>): void {
    this.opened = null
    db.close()
  }
}

function abort(tx: { abort(): void }): void {
  try {
    tx.abort()
  } catch {
    // It is over already.
  }
}

/** What browsers say when a connection went away before or in the middle of a transaction. */
const CLOSED = ['InvalidStateError', 'UnknownError', 'AbortError', 'TransactionInactiveError']

function isClosed(error: unknown): boolean {
  return CLOSED.some((name) => named(error, name))
}

export function named(error: unknown, name: string): boolean {
  return typeof error === 'object' && error !== null && (error as { name?: unknown }).name === name
}
