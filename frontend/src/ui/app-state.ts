/** What every screen shares: the phone, the language, the clock, and two ways to say something in passing. */
import { computed, signal } from '@preact/signals'
import type { OpenReport, Phone } from '../store/api'
import { say, wall, type Key, type Params } from '../text'

export let phone: Phone
/** Grows when another phone is shown: that of practice, and the real one again. */
export const turn = signal(0)
export function setPhone(value: Phone): void {
  phone = value
  turn.value++
}

export const lang = computed(() => (turn.value, phone).language.value)

/** The sentence of a key in the language of the screen. */
export const t = (key: Key, params?: Params): string => say(lang.value, key, params)

/** The clock of this phone, in steps that a person notices. */
export const now = signal(new Date())
export const today = computed(() => wall(now.value).slice(0, 10))
export const tick = (): void => void (now.value = new Date())

/** The report that is open; screens below a visit read it. */
export const current = signal<OpenReport | null>(null)

/** What a screen reader hears without moving: one polite line. */
export const spoken = signal('')
export function announce(text: string): void {
  spoken.value = ''
  setTimeout(() => (spoken.value = text), 50)
}

const UNDO_MS = 8000
export interface Undo {
  text: string
  back: () => void
}
export const undo = signal<Undo | null>(null)
let undoTimer: ReturnType<typeof setTimeout> | undefined

/** Offers to take back what was just done, for eight seconds. */
export function offerUndo(offer: Undo): void {
  clearTimeout(undoTimer)
  undo.value = offer
  announce(`${offer.text}. ${t('undo')}`)
  undoTimer = setTimeout(() => (undo.value = null), UNDO_MS)
}
