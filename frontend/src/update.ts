/**
 * The service worker seen from the page: it is registered, and a new version waits until a person taps. The page reloads
 * only then; a tab with an open form goes on with the version that it has.
 */
import type { Signal } from '@preact/signals'

const CHECK_MS = 60 * 60_000

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string }
}

/** The one script address that this page ever hands to the browser, under the policy that the server's CSP names. */
function workerUrl(): string {
  const trusted = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes
  const policy = trusted?.createPolicy('urna', {
    createScriptURL(url) {
      if (url !== '/sw.js') throw new TypeError('not an address of ours')
      return url
    },
  })
  return policy ? policy.createScriptURL('/sw.js') : '/sw.js'
}

/** Registers the worker; `ready` becomes true when a new version waits. Gives the function that starts it. */
export async function watchForUpdates(ready: Signal<boolean>): Promise<() => void> {
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer }
  if (!serviceWorker) return () => location.reload()
  const registration = await serviceWorker.register(workerUrl(), { updateViaCache: 'none' })
  const look = (): void => void (ready.value = registration.waiting !== null && serviceWorker.controller !== null)
  look()
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', look)
  })
  let checked_ms = Date.now()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || Date.now() - checked_ms < CHECK_MS) return
    checked_ms = Date.now()
    void registration.update().catch(() => undefined)
  })
  return () => start(serviceWorker, registration)
}

function start(container: ServiceWorkerContainer, registration: ServiceWorkerRegistration): void {
  if (!registration.waiting) return location.reload()
  container.addEventListener('controllerchange', () => location.reload(), { once: true })
  registration.waiting.postMessage({ type: 'activate' })
}
