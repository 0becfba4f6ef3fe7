/**
 * What the disk holds, as signals. The disk is the truth: after each transaction of ours, and whenever another tab says
 * so, what may have changed is read again. Operations never change, so only new ones are read.
 */
import { type Signal, batch, signal } from '@preact/signals'
import type { Outbox } from './databases'
import { type PulledReport, readReport } from './pulled'
import { within } from './receipts'
import { type Reference, shelf } from './reference'
import type { AsideRecord, Draft, Identity, OperationRecord, Pulled, ReceiptRecord } from './records'

/** An operation without its text. */
export interface OpMeta {
  op_id: string
  kind: OperationRecord['kind']
  report_id: string | null
  device_id: string
  device_seq: number
  mission: string
  made_at: string
  bytes: number
}

export class Board {
  readonly identity: Signal<Identity | null> = signal(null)
  readonly drafts: Signal<ReadonlyMap<string, Draft>> = signal(new Map())
  readonly ops: Signal<ReadonlyMap<string, OpMeta>> = signal(new Map())
  /** Of the epoch that the server is in, as far as this phone knows. */
  readonly receipts: Signal<ReadonlyMap<string, ReceiptRecord>> = signal(new Map())
  readonly aside: Signal<ReadonlyMap<string, AsideRecord>> = signal(new Map())
  /** When operations were offered to the server, as far back as the log goes. */
  readonly offers: Signal<readonly string[]> = signal([])
  readonly reports: Signal<ReadonlyMap<string, PulledReport>> = signal(new Map())
  /** Pulled things that are not reports, by type. */
  readonly things: Signal<ReadonlyMap<string, Pulled[]>> = signal(new Map())
  readonly blobs: Signal<{ forms: [number, number]; stations: [number, number]; pulled: boolean }> = signal({
    forms: [0, 0],
    stations: [0, 0],
    pulled: false,
  })

  constructor(
    private readonly outbox: Outbox,
    private readonly reference: Reference,
  ) {}

  async load(): Promise<void> {
    await Promise.all([this.loadOutbox(), this.loadReference()])
  }

  async loadOutbox(): Promise<void> {
    const read = this.outbox.read(['meta', 'drafts'], async (tx) => {
      const [identity, drafts] = await Promise.all([tx.objectStore('meta').get('identity'), tx.objectStore('drafts').getAll()])
      batch(() => {
        this.identity.value = (identity as Identity | undefined) ?? null
        this.drafts.value = byKey(drafts, (draft) => draft.report_id)
      })
    })
    await Promise.all([read, this.loadOps(), this.loadOffers()])
  }

  async loadOps(): Promise<void> {
    await this.outbox.read(['ops', 'receipts', 'aside', 'meta'], async (tx) => {
      const store = tx.objectStore('ops')
      const known = this.ops.value
      const fresh = known.size === 0 ? null : (await store.getAllKeys()).filter((op_id) => !known.has(op_id))
      const found = fresh === null ? await store.getAll() : await Promise.all(fresh.map((op_id) => store.get(op_id)))
      const ops = found.filter((op) => op !== undefined)
      if (ops.length > 0) this.ops.value = new Map([...known, ...byKey(ops.map(metaOf), (op) => op.op_id)])
      const epoch = ((await tx.objectStore('meta').get('epoch')) ?? '') as string
      const [receipts, aside] = await Promise.all([tx.objectStore('receipts').getAll(within(epoch)), tx.objectStore('aside').getAll()])
      batch(() => {
        this.receipts.value = byKey(receipts, (receipt) => receipt.op_id)
        this.aside.value = byKey(aside, (record) => record.op_id)
      })
    })
  }

  private async loadOffers(): Promise<void> {
    const log = await this.outbox.read(['log'], (tx) => tx.objectStore('log').getAll())
    this.offers.value = log.filter(({ what, ops }) => what === 'push' && ops > 0).map(({ at }) => at)
  }

  async loadReference(): Promise<void> {
    const blobs = this.loadBlobs()
    const all = await this.reference.current.read(['things'], (tx) => tx.objectStore('things').getAll())
    const grouped = new Map<string, Pulled[]>()
    for (const thing of all) grouped.set(thing.type, [...(grouped.get(thing.type) ?? []), thing])
    const reports = (grouped.get('report') ?? []).map(readReport).filter((report) => report !== null)
    this.things.value = grouped
    this.reports.value = byKey(reports, (report) => report.report_id)
    await blobs
  }

  async loadBlobs(): Promise<void> {
    const { forms, stations, pulled } = await shelf(this.reference.current)
    this.blobs.value = { forms: have(forms), stations: have(stations), pulled }
  }

  /** A draft that was just written. */
  show(draft: Draft): void {
    this.drafts.value = new Map([...this.drafts.value, [draft.report_id, draft]])
  }
}

const have = (blobs: { here: boolean }[]): [number, number] => [blobs.filter((blob) => blob.here).length, blobs.length]

function byKey<T>(records: T[], key: (record: T) => string): Map<string, T> {
  return new Map(records.map((record) => [key(record), record]))
}

function metaOf(op: OperationRecord): OpMeta {
  const { op_id, kind, report_id, device_id, device_seq, mission, made_at, body } = op
  return { op_id, kind, report_id, device_id, device_seq, mission, made_at, bytes: body.length }
}
