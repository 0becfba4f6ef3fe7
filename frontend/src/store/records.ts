/**
 * What lies in the two databases. `outbox` holds what only this phone has: its shapes are only ever added to, and no code
 * drops a store or a record of an operation. `ref` holds what was pulled: it may be deleted and fetched again.
 */
import type { DBSchema } from 'idb'
import type { Answers, Header } from './api'

export type Kind =
  | 'report.revision'
  | 'report.finish'
  | 'report.void'
  | 'message.ack'
  | 'device.checkin'
  | 'attachment.declare'

/** A phone as the mission knows it. A new card gives a new one; old operations keep the old device's id. */
export interface Identity {
  device_id: string
  mission: string
  team: string
  label: string
  /** Shown to a server that was restored from before this phone's enrolment. */
  grant: string | null
  /** Null where the browser cannot keep a key: operations then go unsigned and are flagged. */
  key: CryptoKey | null
  enrolled_at: string
}

/** The newest operation of this device: the next one has the next number and names this link. */
export interface Head {
  device_id: string
  device_seq: number
  /** Null at a start, and after the server told of numbers that this phone does not know. */
  link: string | null
}

/** An operation as minted. Nothing of it ever changes; what became of it stands in `receipts`. */
export interface OperationRecord {
  v: 1
  op_id: string
  mission: string
  device_id: string
  device_seq: number
  kind: Kind
  report_id: string | null
  made_at: string
  tz_min: number
  prev: string | null
  body: string
  hash: string
  sig: string | null
  link: string
}

/** What a server of one epoch said of an operation. In another epoch it says nothing. */
export interface ReceiptRecord {
  epoch: string
  op_id: string
  state: 'received' | 'held' | 'lost'
  code: string | null
  server_seq: number | null
  at: string
}

/** An operation that the server could not take on its own, though it takes others. Offered again, ever more rarely. */
export interface AsideRecord {
  op_id: string
  code: string
  tries: number
  next_at_ms: number
}

/** What a person touched on this phone in one report. Absent: this phone says nothing about it. */
export interface Touched {
  header: Partial<Header>
  answers: Answers
  /** Null: a note that was taken away. */
  notes: Record<string, string | null>
}

export interface Draft extends Touched {
  v: 1
  report_id: string
  mission: string
  /** Whose numbers stand in `touched`; a new card makes this phone another device. */
  device_id: string
  form: string
  form_version: number
  confirmed: string[]
  /** Names affirmed since the last operation though their value is the same: their author saw the others. */
  settled: string[]
  /** What stood on the screen when the oldest change since the last operation was made. */
  seen: Record<string, number>
  /** Name -> number of the operation that carried its newest change; 0 = none yet. */
  touched: Record<string, number>
  /** What the last operation said, to tell a change from an affirmation. */
  minted: Touched | null
  /** Grows with every change. The draft is dirty while it is above `minted_rev`. */
  rev: number
  minted_rev: number
  /** Number of the newest finish or void of this phone, 0 = none. */
  finished_seq: number
  void_seq: number
  created_at: string
  changed_at: string
}

/** One try to reach the server, kept for the mission's help line. The newest 500 stay. */
export interface Attempt {
  at: string
  what: 'push' | 'pull' | 'blob' | 'grant'
  came: string
  ops: number
}

/** A pulled change as it came: the newest of each (type, id). */
export interface Pulled {
  type: string
  id: string
  rev: string | number
  data: unknown
}

export interface Blob256 {
  sha256: string
  text: string
}

export interface OutboxSchema extends DBSchema {
  drafts: { key: string; value: Draft }
  ops: { key: string; value: OperationRecord; indexes: { number: [string, number]; report: string } }
  receipts: { key: [string, string]; value: ReceiptRecord; indexes: { op: string } }
  aside: { key: string; value: AsideRecord }
  meta: { key: string; value: unknown }
  log: { key: number; value: Attempt }
  ballast: { key: string; value: Uint8Array }
}

export interface RefSchema extends DBSchema {
  things: { key: [string, string]; value: Pulled }
  blobs: { key: string; value: Blob256 }
  meta: { key: string; value: unknown }
}
