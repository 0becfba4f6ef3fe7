/**
 * A draft: what a person touched on this phone in one report. Pure.
 *
 * A draft never holds what came from elsewhere. An operation made from it says "this is what was typed here", and what it
 * says to have `seen` is what stood on the screen when its oldest change was made: to claim less only shows a
 * disagreement that a person ends with two taps, to claim more would make another's value fall unread.
 */
import type { Answer, Header } from './api'
import type { Draft, Touched } from './records'

/** Bodies stay well below the 64 KiB of an operation, whatever JSON escapes add. */
export const BODY_BYTES_MAX = 48 * 1024

export type Seen = Record<string, number>

export type Change =
  | { type: 'answer'; code: string; value: Answer }
  | { type: 'note'; code: string; text: string }
  | { type: 'header'; patch: Partial<Header> }
  | { type: 'confirm'; check: string; confirmed: boolean }
  | { type: 'settle'; name: string; value: unknown }

export interface Beginning {
  report_id: string
  mission: string
  device_id: string
  form: string
  form_version: number
}

export function begin(beginning: Beginning, at: string): Draft {
  return {
    v: 1,
    ...beginning,
    header: {},
    answers: {},
    notes: {},
    confirmed: [],
    settled: [],
    seen: {},
    touched: {},
    minted: null,
    rev: 0,
    minted_rev: 0,
    finished_seq: 0,
    void_seq: 0,
    created_at: at,
    changed_at: at,
  }
}

export const isDirty = (draft: Draft): boolean => draft.rev > draft.minted_rev

/** The draft after a change made while `seen` stood on the screen. */
export function apply(draft: Draft, change: Change, seen: Seen, at: string): Draft {
  const next: Draft = {
    ...draft,
    rev: draft.rev + 1,
    changed_at: at,
    seen: isDirty(draft) ? draft.seen : { ...seen },
  }
  switch (change.type) {
    case 'answer':
      return say(next, 'answers', change.code, change.value)
    case 'note':
      return say(next, 'notes', change.code, change.text === '' ? null : change.text)
    case 'header':
      return Object.entries(change.patch).reduce((d, [code, value]) => say(d, 'header', code, value), next)
    case 'confirm':
      return { ...next, confirmed: without(next.confirmed, change.check, change.confirmed) }
    case 'settle':
      return affirm(say(next, ...partOf(change.name), change.value), change.name)
  }
}

/** What the fold calls a thing: a question by its code, others with their part before. */
export function nameOf(part: keyof Touched, code: string): string {
  return part === 'answers' && !code.includes('.') ? code : `${part}.${code}`
}

const partOf = (name: string): [keyof Touched, string] => {
  const [part, code] = name.split('.', 2) as [string, string | undefined]
  return code === undefined ? ['answers', name] : [part as keyof Touched, code]
}

/**
 * A value that is the one of the last operation would look unchanged, and so as old as before; naming it in `settled`
 * says that a person chose it now.
 */
function say(draft: Draft, part: keyof Touched, code: string, value: unknown): Draft {
  const name = nameOf(part, code)
  const said = { ...draft, [part]: { ...draft[part], [code]: value }, touched: { ...draft.touched, [name]: 0 } }
  const before = draft.minted?.[part] as Record<string, unknown> | undefined
  const same = before !== undefined && code in before && sameValue(before[code], value)
  return same ? affirm(said, name) : said
}

function affirm(draft: Draft, name: string): Draft {
  return { ...draft, settled: without(draft.settled, name, true) }
}

function without(list: string[], entry: string, add: boolean): string[] {
  const others = list.filter((other) => other !== entry)
  return add ? [...others, entry] : others
}

export function sameValue(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b)
}

/** Options in any order are the same choice. */
function canonical(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? [...value].sort() : value)
}

export interface Snapshot {
  text: string
  touched: Touched
}

/** The frozen text of a revision or finish, and what it says. */
export function snapshot(draft: Draft, lang: string, seen: Seen = draft.seen): Snapshot {
  const { header, answers, notes, confirmed, settled, form, form_version } = draft
  const body = { form, form_version, ...header, lang, answers, notes, confirmed, settled, seen }
  return { text: JSON.stringify(body), touched: { header, answers, notes } }
}

export type Reason = { reason: string; text?: string; into?: string }

/** The frozen text of a void: it leaves the answers as they are. */
export function voidText(draft: Draft, reason: Reason, seen: Seen): string {
  return JSON.stringify({ form: draft.form, form_version: draft.form_version, ...reason, seen })
}

/** The draft after its state became operation `device_seq`: nothing of it waits any more. */
export function minted(draft: Draft, said: Touched, device_seq: number): Draft {
  const touched = Object.fromEntries(Object.entries(draft.touched).map(([name, seq]) => [name, seq || device_seq]))
  return { ...draft, touched, minted: said, settled: [], minted_rev: draft.rev }
}

/**
 * A draft begun under an earlier card goes on under a new one: the same hands, another device. What the earlier one said
 * stood on this screen, so it is seen; and all of it is said again.
 */
export function carryOver(draft: Draft, device_id: string, earlier_seq: number): Draft {
  const touched = Object.fromEntries(Object.keys(draft.touched).map((name) => [name, 0]))
  const seen = earlier_seq > 0 ? { ...draft.seen, [draft.device_id]: earlier_seq } : draft.seen
  return { ...draft, device_id, touched, seen }
}

export const sizeOf = (draft: Draft): number => new TextEncoder().encode(snapshot(draft, 'en').text).length
