/** Which page stands open, and what it is asked: both in the address, so that a link shows the same to a colleague. */
import { signal } from '@preact/signals'

export type Page = 'coverage' | 'results'
const PAGES: readonly Page[] = ['coverage', 'results']

export interface Place {
  page: Page
  asked: Readonly<Record<string, string>>
}

const read = (): Place => {
  const name = location.pathname.split('/')[2]
  const page = PAGES.find((known) => known === name) ?? 'coverage'
  return { page, asked: Object.fromEntries(new URLSearchParams(location.search)) }
}

export const place = signal<Place>({ page: 'coverage', asked: {} })

/** The address of a page; what is empty is left out. */
export function address(page: Page, asked: Record<string, string | null | undefined> = {}): string {
  const given = Object.entries(asked).filter((pair): pair is [string, string] => Boolean(pair[1]))
  const query = new URLSearchParams(given).toString()
  return `/desk/${page}${query ? `?${query}` : ''}`
}

export function open(to: string): void {
  history.pushState(null, '', to)
  place.value = read()
}

/** Asks the same page something else: a null takes a word away. */
export function change(words: Record<string, string | null>): void {
  open(address(place.value.page, { ...place.value.asked, ...words }))
}

export function startNavigation(): void {
  place.value = read()
  addEventListener('popstate', () => void (place.value = read()))
}
