/**
 * Everything outside: clock, chance, network, disk, other tabs. The core reaches none of it by itself, so that a test can
 * run many phones in one process, stop their clocks, drop their answers and crash them between any two steps.
 */
export interface Effects {
  indexedDB: IDBFactory
  fetch: (path: string, init: RequestInit) => Promise<Response>
  /** Milliseconds since 1970. */
  now(): number
  /** Minutes east of UTC at that moment. */
  tzMin(now_ms: number): number
  /** [0, 1) */
  random(): number
  randomBytes(length: number): Uint8Array
  /** Null where the page is not on https: no key can be made, nothing can be hashed. */
  subtle: SubtleCrypto | null
  after(ms: number, run: () => void): () => void
  locks: LockManager | null
  channel(name: string, receive: (message: unknown) => void): { post(message: unknown): void }
  storage: StorageManager | null
  online(): boolean
  canGzip: boolean
}

export function browserEffects(): Effects {
  return {
    indexedDB,
    fetch: (path, init) => fetch(path, init),
    now: () => Date.now(),
    tzMin: (now_ms) => -new Date(now_ms).getTimezoneOffset() || 0,
    random: () => Math.random(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    subtle: crypto.subtle ?? null,
    after,
    locks: navigator.locks ?? null,
    channel: browserChannel,
    storage: navigator.storage ?? null,
    online: () => navigator.onLine !== false,
    canGzip: typeof CompressionStream === 'function',
  }
}

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/** Below iOS 15.4 there is no channel; other tabs then see changes when they are shown again. */
function browserChannel(name: string, receive: (message: unknown) => void): { post(message: unknown): void } {
  if (typeof BroadcastChannel !== 'function') return { post: () => undefined }
  const channel = new BroadcastChannel(name)
  channel.onmessage = (event) => receive(event.data)
  return { post: (message) => channel.postMessage(message) }
}
