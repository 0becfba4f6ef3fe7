/**
 * The service worker: it keeps the page itself on the phone, and nothing else.
 *
 * It never touches data (/v1 goes by as if it were not there), never forces an update (a new worker waits until a person
 * taps), and installs whole or not at all: each file must have the bytes that the build listed, so that neither a
 * portal's page nor a half-deployed server can become the app.
 */
/// <reference lib="webworker" />
declare const __PRECACHE__: [path: string, sha256: string][]
declare const __VERSION__: string

const worker = self as unknown as ServiceWorkerGlobalScope
const PREFIX = 'urna-shell-'
const CACHE = PREFIX + __VERSION__
const PAGE = '/index.html'
const LISTED = new Set(__PRECACHE__.map(([path]) => path))

/** Addresses that have their own pages or answers; every other navigation is the observer's page. */
const NOT_OURS = /^\/(v1|desk|docs|redoc|healthz|readyz|metrics|openapi\.json|sw\.js)(\/|\.|$)/

worker.addEventListener('install', (event) => event.waitUntil(install()))
worker.addEventListener('activate', (event) => event.waitUntil(dropOldShells()))
worker.addEventListener('fetch', (event) => {
  const path = pathToServe(event.request)
  if (path) event.respondWith(fromShell(path, event.request))
})
worker.addEventListener('message', (event) => {
  if ((event.data as { type?: string } | null)?.type === 'activate') void worker.skipWaiting()
})

async function install(): Promise<void> {
  const files = await Promise.all(__PRECACHE__.map(([path, hash]) => fetchListed(path, hash)))
  const cache = await caches.open(CACHE)
  await Promise.all(files.map(([path, response]) => cache.put(path, response)))
}

/** The file with exactly the listed bytes: from an older shell if it is there, else from the server. */
async function fetchListed(path: string, hash: string): Promise<[string, Response]> {
  const kept = await caches.match(path)
  if (kept && (await sha256(kept.clone())) === hash) return [path, kept]
  const response = await fetch(path, { cache: 'no-cache', redirect: 'error' })
  if (!response.ok || (await sha256(response.clone())) !== hash) throw new Error(`not the listed bytes: ${path}`)
  return [path, response]
}

async function sha256(response: Response): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await response.arrayBuffer())
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function dropOldShells(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)))
}

/** The listed file that answers a request, or null when the request is not ours to answer. */
function pathToServe(request: Request): string | null {
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return null
  if (request.mode === 'navigate') return NOT_OURS.test(url.pathname) ? null : PAGE
  return LISTED.has(url.pathname) ? url.pathname : null
}

async function fromShell(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE)
  return (await cache.match(path)) ?? fetch(request)
}
