/**
 * Where the observer is. Every screen is an entry of the browser's own history, so that its back button and a reload
 * work; the address stays bare, so that no station stands in it.
 */
import { batch, signal } from '@preact/signals'

export type ScreenName =
  | 'welcome' | 'enrol' | 'ready' | 'today' | 'picker' | 'place' | 'hand' | 'visit' | 'section' | 'check'
  | 'times' | 'withdraw' | 'receipt' | 'outbox' | 'incident' | 'help' | 'handover' | 'about'

export interface Route {
  at: ScreenName
  /** The report that the screen shows. */
  report?: string | undefined
  section?: number | undefined
  page?: number | undefined
  /** The question to go to on the screen. */
  item?: string | undefined
  /** Where Continue leads instead of onwards. */
  back?: 'check' | undefined
  /** An enrolment code out of a link. */
  code?: string | undefined
  /** A station or commission. */
  place?: string | undefined
  /** The report that an incident was seen in. */
  from?: string | undefined
  /** What the picker looks for. */
  kind?: 'station' | 'commission' | undefined
  /** The picked place belongs to an incident, or replaces that of `report`. */
  pick?: 'incident' | 'move' | undefined
  sheet?: 'language' | undefined
}

interface Entry {
  route: Route
  /** The screens behind this one, oldest first. */
  trail: string[]
  y: number
}

const HOME: Route = { at: 'today' }
const name = (route: Route): string => `${route.at}|${route.report ?? ''}`

/** Two routes with the same key are the same screen: it is not built anew. */
export const keyOf = (route: Route): string =>
  route.at === 'incident' ? route.at : [route.at, route.report, route.section, route.page, route.place, route.kind].join('|')

export const route = signal<Route>(HOME)
/** Where the screen was scrolled when it was left; 0 for a fresh one. */
export const leftAt = signal(0)

let entry: Entry = { route: HOME, trail: [], y: 0 }

function show(next: Entry): void {
  entry = next
  batch(() => {
    leftAt.value = next.y
    route.value = next.route
  })
}

const keepScroll = (): void => history.replaceState({ ...entry, y: window.scrollY }, '')

/** A new screen in front of this one. */
export function go(next: Route): void {
  keepScroll()
  history.pushState(null, '')
  take(next)
}

/** A new screen on an entry that the browser has pushed by itself, for a link into this page. */
function take(next: Route): void {
  const following = { route: next, trail: [...entry.trail, name(entry.route)], y: 0 }
  history.replaceState(following, '')
  show(following)
}

/** A new screen in place of this one. */
export function swap(next: Route): void {
  const following = { route: next, trail: entry.trail, y: 0 }
  history.replaceState(following, '')
  show(following)
}

export const back = (): void => history.back()

/** To a screen behind this one; if the way there is not known, it is put in place of this one. */
export function up(target: Route): void {
  const index = entry.trail.lastIndexOf(name(target))
  if (index < 0) swap(target)
  else history.go(index - entry.trail.length)
}

/** What the shortcuts of the installed app open (public/manifest.webmanifest). */
const SHORTCUTS: Record<string, Route> = {
  picker: { at: 'picker', kind: 'station' },
  incident: { at: 'incident' },
  outbox: { at: 'outbox' },
}

/** Where a link leads. The code of an enrolment link never leaves the phone as part of an address. */
function linked(): Route | undefined {
  const given = new URLSearchParams(location.hash.slice(1))
  if (location.hash) history.replaceState(history.state, '', location.pathname)
  const code = given.get('c')
  return code === null ? SHORTCUTS[given.get('at') ?? ''] : { at: 'enrol', code }
}

/** Takes up the entry that the browser kept over a reload, or begins at Today. */
export function startNavigation(): void {
  history.scrollRestoration = 'manual'
  const link = linked()
  const kept = history.state as Entry | null
  show(kept?.route ? kept : { route: HOME, trail: [], y: 0 })
  history.replaceState(entry, '')
  if (link) swap(link)
  addEventListener('popstate', (event) => {
    const state = event.state as Entry | null
    if (state?.route) show(state)
  })
  addEventListener('hashchange', () => {
    const later = linked()
    if (later) take(later)
  })
  addEventListener('pagehide', keepScroll)
}
