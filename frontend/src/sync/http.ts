/** The only place that speaks HTTP. It gives a reply or says that none came; it never throws and never decides. */
import type { Effects } from '../store/effects'
import { type Reply, retryAfterS, timeoutMs } from './rules'

const GZIP_FROM_BYTES = 1024
/** Ours are application/json and application/problem+json. */
const JSON_TYPES = /json/

export interface Ask {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
  gzip?: boolean
}

export async function ask(effects: Effects, request: Ask): Promise<Reply> {
  const plain = request.body === undefined ? null : new TextEncoder().encode(request.body)
  const headers: Record<string, string> = { Accept: 'application/json', ...request.headers }
  let body: Uint8Array<ArrayBuffer> | null = plain
  if (plain) headers['Content-Type'] = 'application/json'
  if (plain && request.gzip && plain.length > GZIP_FROM_BYTES) {
    body = await gzip(plain)
    headers['Content-Encoding'] = 'gzip'
  }
  return send(effects, request, headers, body)
}

async function send(
  effects: Effects,
  { method, path }: Ask,
  headers: Record<string, string>,
  body: Uint8Array<ArrayBuffer> | null,
): Promise<Reply> {
  const abort = new AbortController()
  let timedOut = false
  const stop = effects.after(timeoutMs(body?.length ?? 0), () => {
    timedOut = true
    abort.abort()
  })
  try {
    const response = await effects.fetch(path, {
      method,
      headers,
      body,
      signal: abort.signal,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
    })
    const { status, headers: said } = response
    const retry_after_s = retryAfterS(said.get('Retry-After'), effects.now())
    return { came: 'answer', status, json: await readJson(response), retry_after_s, checkpoint: said.get('Urna-Checkpoint') }
  } catch {
    return timedOut ? { came: 'timeout' } : { came: 'nothing' }
  } finally {
    stop()
  }
}

/** The body as JSON; null for a page, for nothing, and for what does not parse. An answer cut off throws. */
async function readJson(response: Response): Promise<unknown> {
  const text = await response.text()
  if (!JSON_TYPES.test(response.headers.get('Content-Type') ?? '')) return null
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

/** Bytes that are not JSON for us to judge: a form or a station list, checked by its hash. */
export async function askBytes(effects: Effects, path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const abort = new AbortController()
  const stop = effects.after(120_000, () => abort.abort())
  try {
    const init: RequestInit = { signal: abort.signal, credentials: 'same-origin', redirect: 'error' }
    const response = await effects.fetch(path, init)
    return response.status === 200 ? new Uint8Array(await response.arrayBuffer()) : null
  } catch {
    return null
  } finally {
    stop()
  }
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
