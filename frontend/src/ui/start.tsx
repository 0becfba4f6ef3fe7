/** Puts the phone's screens on the page. */
import { render } from 'preact'
import type { Phone } from '../store/api'
import { App } from './app'
import { setPhone, tick } from './app-state'
import { startNavigation } from './nav'
import { fetchSeldom } from './seldom'

const TICK_MS = 15_000

export function startScreens(phone: Phone, root: HTMLElement): void {
  setPhone(phone)
  startNavigation()
  setInterval(tick, TICK_MS)
  document.addEventListener('visibilitychange', tick)
  render(<App />, root)
  void fetchSeldom()
}
