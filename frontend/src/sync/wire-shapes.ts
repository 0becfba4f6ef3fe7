/**
 * The shapes of the phones' door, as far as this app reads or writes them. An answer is read by `read*`, which takes
 * nothing on trust; a name that the server does not know (`src/wire.ts`) does not compile.
 */
import type { Kind, OperationRecord } from '../store/records'
import type { components, paths } from '../wire'

type Told = components['schemas']
type Asked = paths['/v1/sync/push']['post']['requestBody']['content']['application/json']
type Read<Shape> = { readonly [Name in keyof Shape]?: unknown }
type Known<Names, Shape extends { [Name in keyof Shape]: Name extends Names ? unknown : never }> = Shape

export interface WireOperation {
  op_id: string
  device_seq: number
  kind: Kind
  report_id: string | null
  made_at: string
  tz_min: number
  prev: string | null
  body: string
  hash: string
  sig: string | null
  /** Named only where it is not the credential's own: work of this phone under an earlier card. */
  device_id?: string
}

export type PushBody = Known<keyof Asked, {
  protocol: 1
  attempt_id: string
  device_id: string
  app: { version: string }
  sent_at: string
  known: unknown
  queue: { ops: number; oldest_at: string | null; drafts: number }
  ops: WireOperation[]
}>

export interface PushResult {
  op_id: string
  outcome: string
  server_seq: number | null
  state: string | null
  code: string | null
}

export interface PushAnswer {
  epoch: string
  server_time: string | null
  device_seq: number | null
  results: PushResult[]
  receipt: { server_seq: number; whole: unknown } | null
  next_in_s: number | null
  pull: boolean
  /** A person decided that this phone sends everything and then forgets the mission. */
  forget: boolean
}

export interface PullAnswer {
  epoch: string
  changes: { type: string; id: string; rev: string | number; deleted: boolean; data: unknown }[]
  cursor: string
  more: boolean
}

const object = <Shape>(value: unknown): Read<Shape> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Read<Shape>) : null
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)

export function toWire(op: OperationRecord, device_id: string): WireOperation {
  const { op_id, device_seq, kind, report_id, made_at, tz_min, prev, body, hash, sig } = op
  const wire = { op_id, device_seq, kind, report_id, made_at, tz_min, prev, body, hash, sig }
  return op.device_id === device_id ? wire : { ...wire, device_id: op.device_id }
}

/** The answer to this attempt, or null for anything else: a portal's page, a late answer, another server. */
export function readPush(json: unknown, attempt_id: string): PushAnswer | null {
  const answer = object<Told['PushAnswer']>(json)
  if (answer?.['kind'] !== 'urna.push' || answer['attempt_id'] !== attempt_id) return null
  const epoch = text(answer['epoch'])
  if (epoch === null || !Array.isArray(answer['results'])) return null
  const receipt = object<NonNullable<Told['PushAnswer']['receipt']>>(answer['receipt'])
  const seq = number(receipt?.['server_seq'])
  return {
    epoch,
    server_time: text(answer['server_time']),
    device_seq: number(answer['device_seq']),
    results: answer['results'].map(readResult).filter((result): result is PushResult => result !== null),
    receipt: receipt && seq !== null ? { server_seq: seq, whole: receipt } : null,
    next_in_s: number(answer['next_in_s']),
    pull: answer['pull'] !== false,
    forget: answer['directive'] === 'flush_then_forget',
  }
}

function readResult(json: unknown): PushResult | null {
  const result = object<Told['PushResult']>(json)
  const op_id = text(result?.['op_id'])
  const outcome = text(result?.['outcome'])
  if (!result || op_id === null || outcome === null) return null
  return {
    op_id,
    outcome,
    server_seq: number(result['server_seq']),
    state: text(result['state']),
    code: text(result['code']),
  }
}

export function readPull(json: unknown): PullAnswer | null {
  const answer = object<Told['PullAnswer']>(json)
  const epoch = text(answer?.['epoch'])
  const cursor = text(answer?.['cursor'])
  if (answer?.['kind'] !== 'urna.pull' || epoch === null || cursor === null) return null
  if (!Array.isArray(answer['changes'])) return null
  return {
    epoch,
    cursor,
    more: answer['more'] === true,
    changes: answer['changes'].flatMap(readChange),
  }
}

function readChange(json: unknown): PullAnswer['changes'] {
  const change = object<Told['PulledChange']>(json)
  const type = text(change?.['type'])
  const id = text(change?.['id'])
  if (!change || type === null || id === null) return []
  const rev = text(change['rev']) ?? number(change['rev']) ?? 0
  return [{ type, id, rev, deleted: change['deleted'] === true, data: change['data'] ?? null }]
}

/** The code of a problem+json of ours; null for any other body. */
export function readProblem(json: unknown): string | null {
  const problem = object<Told['Problem']>(json)
  return problem && typeof problem['status'] === 'number' && 'type' in problem ? text(problem['code']) : null
}

export const isReset = (json: unknown): boolean => {
  const answer = object<{ kind: string; code: string }>(json)
  return answer?.['kind'] === 'urna.reset' || answer?.['code'] === 'cursor_reset'
}
