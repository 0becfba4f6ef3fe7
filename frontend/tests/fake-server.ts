/**
 * A server in memory that keeps the rules of the phones' door, and the network before it with everything that goes wrong
 * there. It stores what comes, once, and can be put back to an earlier state as from a backup.
 */
import { sha256, utf8 } from '../src/store/link'

export interface Stored {
  op_id: string
  device_seq: number
  kind: string
  report_id: string | null
  hash: string
  body: string
  prev: string | null
  sig: string | null
  server_seq: number
  device_id: string
}

type Json = Record<string, unknown>

/** What happens to a request. `lose` = it arrives and is done, the answer does not come back. */
export type Fate = 'ok' | 'lose' | 'drop' | 'portal' | 'garbage' | 'stale' | 'cut' | { status: number; code?: string; retry_after?: string; html?: boolean }

export class FakeServer {
  log: Stored[] = []
  epoch = 'epoch-1'
  things: { type: string; id: string; data: unknown }[] = []
  blobs = new Map<string, string>()
  fates: Fate[] = []
  otherwise: Fate = 'ok'
  known_devices = new Set<string>()
  outcomeOf: (op: Json) => Json | null = () => null
  ops_max = 100
  poison: ((op: Json) => boolean) | null = null
  requests: { path: string; body: Json | null; gzip: boolean }[] = []
  device_seq_told: number | null = null
  directive: string | null = null
  token_known = true
  grants = true
  grant_made = 'grant-1'
  device_id = 'device-1'
  mission = 'M'
  missions: unknown = [{ name: 'Mission', organisation: 'ODIHR' }]

  async fetch(path: string, init: RequestInit): Promise<Response> {
    if (init.signal?.aborted) throw new DOMException('aborted', 'AbortError')
    const body = await readBody(init)
    this.requests.push({ path, body, gzip: gzipped(init) })
    const fate = this.fates.shift() ?? this.otherwise
    if (fate === 'drop') throw new TypeError('network')
    if (fate === 'portal') return new Response('<html>Sign in to the café</html>', html)
    if (fate === 'garbage') return new Response('{"kind":"urna.push", "epo', json)
    if (typeof fate === 'object') return refusal(fate)
    const answer = await this.answer(path, init, body)
    if (fate === 'lose') throw new TypeError('network')
    if (fate === 'cut') return cutOff()
    if (fate === 'stale') return stale(answer)
    return answer
  }

  private async answer(path: string, init: RequestInit, body: Json | null): Promise<Response> {
    const [route] = path.split('?') as [string]
    if (route === '/v1/welcome') return Response.json({ missions: this.missions })
    if (route === '/v1/enrol') return this.enrol()
    if (route === '/v1/grant') return this.grant()
    if (!this.token_known) return problem(401, 'invalid_credentials')
    if (route === '/v1/sync/push') return this.push(body!, init)
    if (route === '/v1/sync/pull') return this.pull(path, init)
    if (route.startsWith('/v1/blobs/')) return this.blob(route.slice('/v1/blobs/'.length))
    return problem(404, 'not_found')
  }

  private enrol(): Response {
    this.token_known = true
    return Response.json({ device_id: this.device_id, token: 't', team: 'T1', mission: this.mission, epoch: this.epoch, grant: this.grant_made })
  }

  private grant(): Response {
    if (!this.grants) return problem(401, 'invalid_credentials')
    this.token_known = true
    return Response.json({ device_id: this.device_id })
  }

  private push(body: Json, _init: RequestInit): Response {
    const ops = body['ops'] as Json[]
    if (ops.length > this.ops_max) return problem(413, 'body_too_large')
    if (this.poison && ops.some(this.poison)) return problem(400, 'invalid_json')
    const known = body['known'] as { server_seq: number } | null
    if (known && known.server_seq > this.head) this.epoch = `${this.epoch}+`
    const results = ops.map((op) => this.store(op, body['device_id'] as string))
    const own = this.log.filter((op) => op.device_id === body['device_id']).map((op) => op.device_seq)
    const newest = this.log[this.log.length - 1]
    return Response.json({
      kind: 'urna.push',
      protocol: 1,
      attempt_id: body['attempt_id'],
      epoch: this.epoch,
      server_time: new Date(0).toISOString(),
      device_seq: this.device_seq_told ?? Math.max(0, ...own),
      results,
      receipt: newest ? { op_id: newest.op_id, server_seq: newest.server_seq, entry: 'e', sig: 's' } : null,
      next_in_s: 60,
      pull: true,
      directive: this.directive,
    })
  }

  get head(): number {
    return this.log.length
  }

  private store(op: Json, device_id: string): Json {
    const { op_id } = op as { op_id: string }
    const made = this.outcomeOf(op)
    if (made) return { op_id, ...made }
    const before = this.log.find((stored) => stored.op_id === op_id)
    if (before) {
      if (before.hash !== op['hash']) return { op_id, outcome: 'rejected', code: 'id_conflict' }
      return { op_id, outcome: 'duplicate', server_seq: before.server_seq, state: 'accepted' }
    }
    const stored = { ...(op as unknown as Stored), device_id: (op['device_id'] as string) ?? device_id, server_seq: this.head + 1 }
    this.log.push(stored)
    return { op_id, outcome: 'accepted', server_seq: stored.server_seq }
  }

  private pull(path: string, init: RequestInit): Response {
    const cursor = new URLSearchParams(path.split('?')[1]).get('cursor')
    const at = `${this.epoch}:${this.things.length}`
    if (cursor !== null && !cursor.startsWith(`${this.epoch}:`)) {
      return Response.json({ kind: 'urna.reset', code: 'cursor_reset' }, { status: 410 })
    }
    const etag = (init.headers as Record<string, string>)['If-None-Match']
    const headers = { 'Urna-Checkpoint': `${this.mission} ${this.epoch} ${this.head} e 1 a t s` }
    if (cursor === at && etag === `"${at}"`) return new Response(null, { status: 304, headers })
    const from = cursor === null ? 0 : Number(cursor.split(':')[1])
    const changes = this.things.slice(from).map(({ type, id, data }, i) => ({ type, id, rev: from + i, deleted: data === null, data }))
    return Response.json({ kind: 'urna.pull', epoch: this.epoch, changes, cursor: at, more: false }, { headers })
  }

  private blob(hash: string): Response {
    const text = this.blobs.get(hash)
    return text === undefined ? problem(404, 'not_found') : new Response(text, json)
  }

  /** Publishes bytes under their hash, as a form or a region's station list. */
  async publish(type: 'form' | 'stations', id: string, content: unknown): Promise<void> {
    const text = JSON.stringify(content)
    const digest = await sha256(crypto.subtle, utf8(text))
    this.blobs.set(digest, text)
    this.things.push({ type, id, data: { hash: digest } })
  }

  /** Back to an earlier state, as from a backup that nobody noticed. */
  restore(length: number): void {
    this.log = this.log.slice(0, length)
  }
}

const json = { headers: { 'Content-Type': 'application/json' } }
const html = { headers: { 'Content-Type': 'text/html' } }

function problem(status: number, code: string): Response {
  return Response.json({ type: `urn:urna:error:${code}`, title: code, status, code, detail: '', errors: [] }, { status })
}

function refusal(fate: Exclude<Fate, string>): Response {
  const headers: Record<string, string> = fate.retry_after === undefined ? {} : { 'Retry-After': fate.retry_after }
  if (fate.html || fate.code === undefined) return new Response('<html>no</html>', { status: fate.status, headers: { ...headers, 'Content-Type': 'text/html' } })
  const answer = problem(fate.status, fate.code)
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value)
  return answer
}

function cutOff(): Response {
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"kind"'))
      controller.error(new TypeError('cut off'))
    },
  })
  return new Response(stream, json)
}

async function stale(answer: Response): Promise<Response> {
  const body = (await answer.json()) as Json
  return Response.json({ ...body, attempt_id: 'another-attempt', cursor: undefined })
}

const gzipped = (init: RequestInit): boolean =>
  (init.headers as Record<string, string> | undefined)?.['Content-Encoding'] === 'gzip'

async function readBody(init: RequestInit): Promise<Json | null> {
  if (!init.body) return null
  const bytes = new Blob([init.body as Uint8Array<ArrayBuffer>])
  const plain = gzipped(init) ? bytes.stream().pipeThrough(new DecompressionStream('gzip')) : bytes.stream()
  return JSON.parse(await new Response(plain).text()) as Json
}
