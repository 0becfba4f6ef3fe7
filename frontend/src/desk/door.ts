/** The only place of the desk that speaks HTTP. It gives a reply or says that none came; it never throws. */

const TIMEOUT_MS = 20_000

export interface Reply {
  /** 0 where no answer came. */
  status: number
  json: unknown
  etag: string | null
  /** The server's clock when it answered, ms. */
  server_ms: number
  retry_after_s: number | null
}

export interface Ask {
  method?: 'GET' | 'POST' | 'DELETE'
  body?: unknown
  etag?: string | null
}

const NOTHING: Reply = { status: 0, json: null, etag: null, server_ms: 0, retry_after_s: null }

export async function ask(path: string, { method = 'GET', body, etag }: Ask = {}): Promise<Reply> {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS)
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (etag) headers['If-None-Match'] = etag
  try {
    const given = body === undefined ? {} : { body: JSON.stringify(body) }
    const init: RequestInit = { method, headers, signal: abort.signal, credentials: 'same-origin', redirect: 'error', ...given }
    const response = await fetch(path, { ...init, cache: 'no-store' })
    return { status: response.status, json: await readJson(response), ...stamps(response.headers) }
  } catch {
    return NOTHING
  } finally {
    clearTimeout(timer)
  }
}

function stamps(headers: Headers): Pick<Reply, 'etag' | 'server_ms' | 'retry_after_s'> {
  const server_ms = Date.parse(headers.get('Date') ?? '')
  const retry_after_s = Number.parseInt(headers.get('Retry-After') ?? '', 10)
  return {
    etag: headers.get('ETag'),
    server_ms: Number.isNaN(server_ms) ? Date.now() : server_ms,
    retry_after_s: Number.isNaN(retry_after_s) ? null : retry_after_s,
  }
}

/** The body as JSON; null for anything else, as the page of a Wi-Fi that wants a sign-in. */
async function readJson(response: Response): Promise<unknown> {
  const text = await response.text()
  if (!(response.headers.get('Content-Type') ?? '').includes('json')) return null
  return JSON.parse(text) as unknown
}

/** The stable code of a problem; the status where there is none. */
export function codeOf(reply: Reply): string {
  const code = (reply.json as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : String(reply.status)
}
