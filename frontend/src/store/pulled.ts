/**
 * Reports as the server folded them, and how they stand under what was touched here since. Pure.
 *
 * A value touched here covers the pulled one until the pulled state has taken it in; from then on the pulled state
 * knows better, for another may have seen it and chosen otherwise.
 */
import type { Answers, Header, OtherValue } from './api'
import { nameOf, type Seen } from './drafts'
import type { Draft, Pulled, Touched } from './records'

export interface PulledReport {
  report_id: string
  status: string
  form: string
  form_version: number
  header: Partial<Header>
  answers: Answers
  notes: Record<string, string | null>
  confirmed: string[]
  disagreement: Record<string, PulledVoice[]>
  /** Author -> highest number that went into this state: what a screen that shows it has seen. */
  heads: Seen
  finished: boolean
  /** An operation waits for the next finish. */
  open_edit: boolean
}

interface PulledVoice {
  author: string
  number: number
  value: unknown
}

const HEADER: (keyof Header)[] = [
  'place',
  'visit_no',
  'arrived_at',
  'departed_at',
  'filled_by',
  'other_teams',
  'comment',
]

type Loose = Record<string, unknown>

/** Reads a pulled report as far as it has the shape that this app knows; null if it names no form. */
export function readReport(pulled: Pulled): PulledReport | null {
  const data = object(pulled.data)
  const latest = object(data['latest'])
  if (typeof latest['form'] !== 'string') return null
  return {
    report_id: pulled.id,
    status: text(data['status'], 'draft'),
    form: latest['form'],
    form_version: number(latest['form_version'], 1),
    header: Object.fromEntries(HEADER.filter((code) => code in latest).map((code) => [code, latest[code]])),
    answers: object(latest['answers']) as Answers,
    notes: object(latest['notes']) as Record<string, string | null>,
    confirmed: list(latest['confirmed']) as string[],
    disagreement: object(latest['disagreement']) as Record<string, PulledVoice[]>,
    heads: object(latest['heads']) as Seen,
    finished: list(data['finishes']).length > 0,
    open_edit: data['open_edit'] === true,
  }
}

/** What a screen with this report has seen of others. */
export function seenOf(pulled: PulledReport | undefined, device_id: string): Seen {
  const { [device_id]: _own, ...others } = pulled?.heads ?? {}
  return others
}

export interface Standing {
  header: Partial<Header>
  answers: Answers
  notes: Record<string, string>
  confirmed: string[]
  disagreements: Record<string, OtherValue[]>
}

/** The pulled state under what was touched here since. */
export function stand(draft: Draft | undefined, pulled: PulledReport | undefined, device_id: string): Standing {
  const known = pulled?.heads[draft?.device_id ?? device_id] ?? 0
  const covers = (name: string): boolean => {
    const seq = draft?.touched[name]
    return seq !== undefined && (seq === 0 || seq > known)
  }
  const part = (name: keyof Touched): Loose => under(name, draft, pulled, covers)
  const notes = Object.entries(part('notes')).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return {
    header: part('header'),
    answers: part('answers') as Answers,
    notes: Object.fromEntries(notes),
    confirmed: draft && isAhead(draft, known) ? draft.confirmed : [...(pulled?.confirmed ?? draft?.confirmed ?? [])],
    disagreements: differing(pulled, device_id, covers),
  }
}

function isAhead(draft: Draft, known: number): boolean {
  return draft.rev > draft.minted_rev || Object.values(draft.touched).some((seq) => seq > known)
}

function under(
  part: keyof Touched,
  draft: Draft | undefined,
  pulled: PulledReport | undefined,
  covers: (name: string) => boolean,
): Loose {
  const standing: Loose = { ...(pulled?.[part] as Loose | undefined) }
  for (const [code, value] of Object.entries(draft?.[part] ?? {})) {
    if (covers(nameOf(part, code)) || !(code in standing)) standing[code] = value
  }
  return standing
}

function differing(
  pulled: PulledReport | undefined,
  device_id: string,
  covers: (name: string) => boolean,
): Record<string, OtherValue[]> {
  const open = Object.entries(pulled?.disagreement ?? {}).filter(([name]) => !covers(name))
  return Object.fromEntries(open.map(([name, voices]) => [name, voices.map((voice) => otherValue(voice, device_id))]))
}

function otherValue(voice: PulledVoice, device_id: string): OtherValue {
  const author = voice.author === device_id ? 'here' : voice.author === 'staff' ? 'staff' : 'team'
  return { value: voice.value, author, device_id: author === 'staff' ? null : voice.author, made_at: null }
}

export const object = (value: unknown): Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {}
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
export const text = (value: unknown, otherwise = ''): string => (typeof value === 'string' ? value : otherwise)
export const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise)
