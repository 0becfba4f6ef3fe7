/**
 * A door that is asked again every few seconds while the page is in sight. What is not new is a 304; what was read last
 * stays on the screen, and says since when, for as long as the server does not answer.
 */
import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { ask, codeOf, type Reply } from './door'
import type { Stamp } from './wire'

const EVERY_MS = 5_000
const KEPT_MAX = 60

/** Whether the server answers. */
export interface Link {
  live: boolean
  /** When it last did, by this computer's clock, ms; null: never yet. */
  heard_ms: number | null
  /** The server's own clock then, ms. */
  server_ms: number
}

export const link = signal<Link>({ live: true, heard_ms: null, server_ms: Date.now() })

export interface Fed<T> {
  body: T | null
  /** A code of the server's, where it refuses; null while it answers or is away. */
  refused: string | null
}

const kept = new Map<string, { body: unknown; etag: string | null }>()
let onExpiry: () => void = () => undefined

/** What to do when the server knows the session no more. */
export const whenExpired = (act: () => void): void => void (onExpiry = act)

/** Nothing of one person's stays for the next. */
export const forget = (): void => kept.clear()

/** The newest answer of a path, kept fresh while the page is in sight; null asks nothing. */
export function useFeed<T extends Stamp>(path: string | null): Fed<T> {
  const [fed, setFed] = useState<{ path: string | null; refused: string | null; turn: number }>({ path, refused: null, turn: 0 })
  useEffect(() => (path === null ? undefined : follow(path, (refused) => setFed((was) => ({ path, refused, turn: was.turn + 1 })))), [path])
  const body = path === null ? null : ((kept.get(path)?.body ?? null) as T | null)
  return { body, refused: fed.path === path ? fed.refused : null }
}

/** Asks now and again; `tell` hears of each new body and each refusal. Gives the function that ends it. */
function follow(path: string, tell: (refused: string | null) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let over = false
  let asking = false
  async function turn(): Promise<void> {
    clearTimeout(timer)
    if (over || asking || document.hidden) return
    asking = true
    const reply = await ask(path, { etag: kept.get(path)?.etag ?? null })
    asking = false
    if (over) return
    take(path, reply, tell)
    timer = setTimeout(() => void turn(), Math.max(EVERY_MS, (reply.retry_after_s ?? 0) * 1000))
  }
  const look = (): void => void turn()
  document.addEventListener('visibilitychange', look)
  void turn()
  return () => {
    over = true
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', look)
  }
}

function take(path: string, reply: Reply, tell: (refused: string | null) => void): void {
  if (reply.status === 401) return onExpiry()
  const answers = reply.status > 0 && reply.status < 500 && reply.status !== 429
  const { heard_ms, server_ms } = link.value
  link.value = answers ? { live: true, heard_ms: Date.now(), server_ms: reply.server_ms } : { live: false, heard_ms, server_ms }
  if (reply.status === 200 && reply.json) {
    keep(path, reply)
    tell(null)
  } else if (reply.status !== 304 && reply.status > 0) tell(codeOf(reply))
}

function keep(path: string, reply: Reply): void {
  kept.delete(path)
  kept.set(path, { body: reply.json, etag: reply.etag })
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_MAX) break
    kept.delete(oldest)
  }
}
