/** What in a browser starts a round. iOS stops a page seconds after it is left, so each way of coming back counts. */
const ONLINE_SPREAD_MS = 20_000
const RESUME_MS = 300

export interface Listener {
  kick(delay_ms: number): void
  setOnline(online: boolean): void
}

/** Connects the phone to its page; gives a function that disconnects it. */
export function listen(phone: Listener, random: () => number): () => void {
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') phone.kick(RESUME_MS)
  }
  const onShow = (): void => phone.kick(RESUME_MS)
  const onOffline = (): void => phone.setOnline(false)
  const onOnline = (): void => {
    phone.setOnline(true)
    phone.kick(random() * ONLINE_SPREAD_MS)
  }
  document.addEventListener('visibilitychange', onVisible)
  addEventListener('pageshow', onShow)
  addEventListener('online', onOnline)
  addEventListener('offline', onOffline)
  return () => {
    document.removeEventListener('visibilitychange', onVisible)
    removeEventListener('pageshow', onShow)
    removeEventListener('online', onOnline)
    removeEventListener('offline', onOffline)
  }
}
