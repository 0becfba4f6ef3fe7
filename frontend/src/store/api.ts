/**
 * What the screens may ask of the phone's core, and nothing else.
 *
 * `startPhone()` (src/phone.ts) gives one `Phone`. Everything that changes by itself is a signal: read `.value` while
 * rendering and the screen follows. Everything that a person does is a function that returns a promise, and the promise
 * resolves when the change is on the disk (one strict transaction), never before. No screen touches IndexedDB or fetch.
 *
 * Words: KEPT = on this phone. RECEIVED = the mission's receipt for it lies on this phone. Nothing else may be called
 * received, not even a round that went through without an error.
 */
import type { ReadonlySignal } from '@preact/signals'
import type { Checklist, Finding, Text } from './checklist'

export type { Check, Checklist, Finding, Item, Option, Section, Text } from './checklist'

/* ---------------------------------------------------------------- answers */

export type Blank = 'not_observed' | 'not_applicable' | 'no_access'

/**
 * single -> option code; multiple -> list of codes; integer, decimal -> number; text -> string; time "HH:MM";
 * date "YYYY-MM-DD"; datetime "YYYY-MM-DDTHH:MM" (wall time at the place); a kind of blank -> {blank}.
 */
export type Value = string | number | string[] | { blank: Blank }

/** `null` says "empty" (cleared by hand). A code that is absent says nothing at all. */
export type Answer = Value | null
export type Answers = Record<string, Answer>

/* ---------------------------------------------------------------- places */

export interface Place {
  kind: 'station' | 'commission' | 'none'
  /** The station's or commission's code; null for a place that is not on the list. */
  id: string | null
  /** What the observer typed for a place that is not on the list. */
  text?: string
}

export interface Station {
  code: string
  number: string
  name: Text | string
  address?: Text | string
  /** Code of the region; its name stands in `region_name`. */
  region?: string
  region_name?: Text
  district?: string
  commission?: string
  settlement?: string
  type?: string
  voters?: number
  lat?: number
  lon?: number
  zone?: string
  opens_at?: string
  closes_at?: string
}

/** A commission that a tabulation visit names. */
export interface Commission {
  code: string
  name: Text | string
  region?: string
}

export interface StationSearch {
  /** How many stations lie on this phone; 0 until the list has come. */
  readonly count: ReadonlySignal<number>
  /**
   * Stations that fit, best first: exact number, number that ends in the digits typed, number that begins with them,
   * then all typed words in name, address, district or region, at word beginnings first. Folds Kazakh, Russian and
   * Latin letters into each other. At most `limit` (50). An empty query gives nothing. About 1 ms; call it on every key.
   */
  search(query: string, options?: { limit?: number; region?: string }): Station[]
  byCode(code: string): Station | undefined
  /** Nearest first, with metres. Stations without a position are left out. */
  nearby(lat: number, lon: number, limit?: number): { station: Station; distance_m: number }[]
  /** The team's route in the order planned; empty if the mission has not planned one. */
  readonly planned: ReadonlySignal<Station[]>
  readonly commissions: ReadonlySignal<Commission[]>
}

/* ---------------------------------------------------------------- session */

/** What the mission tells its observers in Help: the law in short, its own rules. */
export interface GuidePage {
  title: Text | string
  text: Text | string
}

export interface Session {
  device_id: string
  /** `hotline` = the number to call the mission by, where the mission named one in its settings; `guide` likewise. */
  mission: {
    code: string
    name: Text | string
    day?: string
    zone?: string
    hotline?: string
    languages: string[]
    guide?: GuidePage[]
  }
  team: string
  /** What the person called this phone when enrolling. */
  label: string
  /**
   * `ok`; `unknown` = the server no longer knows this phone (401): ask for a new card, everything stays;
   * `lost` = marked as lost by the mission (403 device_lost): it may still send, the mission looks at it.
   */
  access: 'ok' | 'unknown' | 'lost'
}

/** What had to come before the phone works without a network. Every line of the Ready check reads it. */
export interface Preparation {
  forms: { done: number; total: number }
  stations: { done: number; total: number }
  /** True when everything above is complete: the phone can be taken offline. */
  ready: boolean
}

/* ---------------------------------------------------------------- reports */

/**
 * Worst first: lost (cannot be kept by the mission; a copy must be saved), held (a person at the mission looks),
 * sending (in the request that is under way), kept (finished, on this phone, no receipt yet), draft (not finished, or
 * edited after finishing), received.
 */
export type ReportState = 'lost' | 'held' | 'sending' | 'kept' | 'draft' | 'received'

export interface Receipt {
  /** Four characters that the mission can find the report by; the same before and after it is received. */
  code: string
  /** When the answer that carried the receipt came, ISO UTC; null while the report is only kept. */
  received_at: string | null
  server_seq: number | null
}

export interface Header {
  place: Place
  visit_no: number
  /** Wall time at the place, "YYYY-MM-DDTHH:MM". */
  arrived_at: string | null
  departed_at: string | null
  /** Member number 1, 2, 3: never a name. */
  filled_by: number | null
  other_teams: boolean | null
  comment: string | null
}

export interface ReportSummary {
  report_id: string
  form: string
  form_version: number
  header: Header
  /** Looked up for you; undefined for a place that is not on the list. */
  station: Station | undefined
  /** False: begun on another phone of the team and not touched here. */
  mine: boolean
  state: ReportState
  /** Of a draft: everything typed so far has a receipt too. */
  draft_received: boolean
  /** Finished at least once; with state `draft` the report waits for its next finish. */
  finished: boolean
  void: boolean
  receipt: Receipt
  /** Why it is held or lost: a stable code of the server, to be looked up in the text catalogue. */
  code: string | null
  /** Questions with a value or a kind of blank. */
  answered: number
  /** Questions whose values differ between phones. */
  disagreements: number
  /** ISO UTC of the last change on this phone, else of the last operation pulled. */
  changed_at: string
}

/** One of the values of a question on which phones differ. */
export interface OtherValue {
  /** An Answer; for a name with a dot, a value of the header or a note. */
  value: unknown
  /** This phone, another phone of the team, or the mission's staff. */
  author: 'here' | 'team' | 'staff'
  device_id: string | null
  made_at: string | null
}

export interface ReportView {
  summary: ReportSummary
  /** What stands on the screen: the pulled state, under what was touched here since. */
  answers: Answers
  notes: Record<string, string>
  /** Checks confirmed as seen, e.g. ["K03"]. */
  confirmed: string[]
  /** Question code (or `header.arrived_at`, `notes.<code>` ...) -> the values that differ; end one with `settle`. */
  disagreements: Record<string, OtherValue[]>
  /** Codes that the skip logic hides now. Their answers are kept. */
  irrelevant: ReadonlySet<string>
  findings: Finding[]
  /** Relevant questions and how many of them have a value or a kind of blank. */
  progress: { answered: number; asked: number; by_section: Record<string, { answered: number; asked: number }> }
  /** ISO UTC of the last change that is on the disk; null before the first. */
  saved_at: string | null
  /** `saving` for the milliseconds until the transaction is complete; `failed` = only in memory: say so at once. */
  saving: 'saved' | 'saving' | 'failed'
}

/** One report on the screen. Changes show in `view` at once and resolve when they are on the disk. */
export interface OpenReport {
  readonly report_id: string
  readonly form: Checklist
  readonly view: ReadonlySignal<ReportView>
  setAnswer(code: string, value: Value): Promise<void>
  /** Clears by hand: the report then says "empty". */
  clear(code: string): Promise<void>
  /** An empty text clears the note. */
  setNote(code: string, text: string): Promise<void>
  setHeader(patch: Partial<Header>): Promise<void>
  /** "Confirmed as seen" for a check that does not hold. */
  confirm(check: string, confirmed: boolean): Promise<void>
  /** Ends a disagreement, by its name in `disagreements`: this value, and the other values have been seen. */
  settle(name: string, value: unknown): Promise<void>
  /** Mints the finish. Resolves when it is kept; a sync round starts by itself. */
  finish(): Promise<Receipt>
  void(reason: VoidReason): Promise<Receipt>
  /** Stops following changes. Nothing has to be saved. */
  close(): void
}

export type VoidReason =
  | { reason: 'mistake' | 'practice' | 'other'; text?: string }
  | { reason: 'joined'; into: string }

/* ---------------------------------------------------------------- outbox and sync */

export interface OutboxItem {
  op_id: string
  kind: 'report.revision' | 'report.finish' | 'report.void' | 'message.ack' | 'device.checkin' | 'attachment.declare'
  report_id: string | null
  made_at: string
  bytes: number
  state: 'kept' | 'sending' | 'received' | 'held' | 'lost'
  /** Stable code for held and lost. */
  code: string | null
  received_at: string | null
  /** How often it was offered without a receipt, since it was made. */
  tries: number
  /** When it is offered again, where that is later than for the others. */
  next_at: string | null
}

/** Why the last try reached nobody. `blocked` = an answer came, but not from the mission (a portal's page). */
export type SyncProblem =
  | 'offline'
  | 'no_answer'
  | 'blocked'
  | 'busy'
  | 'server_error'
  | 'unknown_device'
  | 'device_lost'
  | 'storage'

export interface SyncState {
  /** Reports of this phone by state. */
  counts: Record<ReportState, number>
  /** Reports of this phone of which something lies here alone, whatever their state: the number of the header chip. */
  kept: number
  /** Operations without a receipt, drafts changed since, reports that cannot be kept. 0 = everything received. */
  waiting: number
  /** The worst state on this phone, for the header chip. */
  worst: ReportState
  running: boolean
  /** What the browser thinks. A hint for the colour of a chip, never a reason not to try. */
  online: boolean
  /** ISO UTC of the last genuine answer of the mission. */
  last_contact_at: string | null
  problem: SyncProblem | null
  /** ISO UTC of the next automatic try, null if none is planned. */
  next_try_at: string | null
  /** By how many seconds this phone's clock is ahead of the mission's; null until it answered once. */
  clock_off_s: number | null
}

/* ---------------------------------------------------------------- phone */

export interface StorageState {
  /** False: a private window or a broken store. Observing must be refused with a plain text. */
  durable: boolean
  /** Whether the browser promised not to clean up by itself. */
  persisted: boolean | 'unknown'
  free_bytes: number | null
  /** `full` = the last write did not fit; `closed` = the browser closed the store and it did not come back. */
  problem: 'full' | 'closed' | null
  /** The browser found its store broken at this start, and deleted all of it. */
  emptied?: boolean
}

export interface Message {
  id: string
  text: string
  urgent: boolean
  sent_at: string
  acknowledged: boolean
}

export type Language = 'en' | 'ru' | 'kk'
export type Theme = 'auto' | 'light' | 'dark' | 'night'

/**
 * What went wrong with something that a person asked for. `code` is a code of the server's catalogue (`code_unknown`,
 * `code_used`, `code_expired`, `rate_limited` ...) or one of the phone's own:
 * `offline` no connection; `no_answer` an answer that is not the mission's; `storage` nothing could be written;
 * `private` a window that forgets what it keeps; `unsent` refused because unsent work would be lost; `insecure` the page is not on https, so no key can be made;
 * `too_long` a text of more than 4,000 characters, or all texts of a report more than one operation can carry (48 KiB);
 * `number_out_of_range` not finite, or beyond 2^53 - 1; `unknown_form`, `unknown_report`.
 */
export class PhoneError extends Error {
  constructor(
    readonly code: string,
    /** Seconds to wait, where the server named them. */
    readonly retry_after_s: number | null = null,
  ) {
    super(code)
    this.name = 'PhoneError'
  }
}

export interface OpenMission {
  name: string
  /** Who runs it; empty where nobody said. */
  organisation: string
}

export interface Phone {
  /** Null until enrolled. */
  readonly session: ReadonlySignal<Session | null>
  readonly preparation: ReadonlySignal<Preparation>
  /** The newest version of each checklist of the mission, compiled, in the order A, B, C, D, E, others. */
  readonly forms: ReadonlySignal<Checklist[]>
  readonly stations: StationSearch
  /** Own reports and the team's pulled ones, newest arrival first. */
  readonly reports: ReadonlySignal<ReportSummary[]>
  readonly sync: ReadonlySignal<SyncState>
  /** Everything ever minted here, newest first. */
  readonly outbox: ReadonlySignal<OutboxItem[]>
  readonly messages: ReadonlySignal<Message[]>
  readonly storage: ReadonlySignal<StorageState>
  readonly language: ReadonlySignal<Language>
  readonly theme: ReadonlySignal<Theme>
  /** A new version of the app is on this phone and starts with `applyUpdate`. */
  readonly update: ReadonlySignal<boolean>

  /** True for the phone of practice: nothing of it is ever sent. */
  readonly practising: boolean
  /** Practice was finished once on this phone. */
  readonly practised: ReadonlySignal<boolean>

  /** The missions that this address awaits observers for; null while nobody answers. */
  missions(): Promise<OpenMission[] | null>

  /**
   * Makes a key, asks the server, keeps the answer, then starts fetching forms and stations (see `preparation`).
   * `code` as typed or from the link; blanks, hyphens and lower case are accepted.
   * @throws PhoneError
   */
  enrol(code: string, label: string): Promise<Session>

  /** @throws PhoneError `unsent` if anything lacks a receipt and stands in no copy that was saved since the page opened. */
  leave(): Promise<void>

  /** One checklist by code, newest version unless `version` says which. Undefined if it is not on this phone. */
  form(code: string, version?: number): Checklist | undefined

  /** Starts a report with arrival now, and opens it. Kept on the disk at once. */
  startReport(form: string, place: Place): Promise<OpenReport>
  /** Opens a report of this phone, or takes up one of the team's. */
  openReport(report_id: string): Promise<OpenReport>
  /** Reports of the team at the same place with the same form, begun without knowing of each other: offer to join. */
  twinsOf(report_id: string): ReportSummary[]
  /**
   * Says what was typed here in `into` as well, and withdraws this one. Where both differ, both are shown there until a
   * person chooses. Offer it for the later of two reports alone, so that two phones never join each other crosswise.
   */
  join(report_id: string, into: string): Promise<OpenReport>
  /** They are two visits: this one gets the next number. */
  separate(report_id: string): Promise<void>

  /** A round now, whatever back-off says. Resolves when it is over; look at `sync` for what came of it. */
  syncNow(): Promise<void>
  acknowledge(message_id: string): Promise<void>
  /**
   * Unsent (or all) operations as newline-delimited JSON, for `urna replay`; what was typed since becomes operations first.
   * Also unlocks `leave`, until something more is typed.
   */
  saveCopy(which: 'unsent' | 'all'): Promise<Blob>

  /** A phone of practice, to be shown in place of this one: a sample station, databases of its own, nothing kept. */
  practice(): Promise<Phone>
  /** Language and light go on as they were chosen there. */
  endPractice(): Promise<void>

  setLanguage(language: Language): Promise<void>
  setTheme(theme: Theme): Promise<void>
  /** Asks the browser to keep the data; gives the answer, which `storage` then shows. */
  askPersistence(): Promise<boolean>
  /** Only after a tap and with no report open: the page reloads. */
  applyUpdate(): void
}
