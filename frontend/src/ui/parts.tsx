/** The parts that screens are made of. */
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { fold } from '../store/search'
import { PhoneError, type Place, type ReportState, type ReportSummary, type Station } from '../store/api'
import { has, languageNames, pick, type Key } from '../text'
import { lang, phone, t } from './app-state'
import { Icon, type IconName } from './icons'
import { back, go, leftAt, route, up, type Route } from './nav'
import { signal } from '@preact/signals'

/** Words that begin as one of a search does, marked. */
function marked(text: string, query: string): ComponentChildren {
  const sought = fold(query).split(' ')
  const fits = (word: string): boolean => sought.some((some) => fold(word).startsWith(some))
  return text.split(/([\p{L}\p{N}]+)/u).map((part, index) => (index % 2 && fits(part) ? <mark>{part}</mark> : part))
}

/** A text of the mission in the language of the screen, marked where it is in another one, and where it was sought. */
export function T({ of, cls, sought }: { of: Record<string, string> | string | undefined; cls?: string; sought?: string | undefined }) {
  const { text, lang: spoken } = pick(of, lang.value)
  const other = spoken && spoken !== lang.value ? spoken : undefined
  return <span class={cls} lang={other}>{sought ? marked(text, sought) : text}</span>
}

/* ------------------------------------------------------------------ screen */

/** Brings what a press has opened above the bottom bar, and lets a field be written in at once. */
export const reveal = (id: string): number =>
  requestAnimationFrame(() => {
    const opened = document.getElementById(id)
    opened?.focus()
    opened?.scrollIntoView({ block: 'nearest' })
  })

const scrolled = signal(false)
addEventListener('scroll', () => (scrolled.value = window.scrollY > 4), { passive: true })

/** What is not real is striped, on every screen. */
const Stripes = () => (
  <p class="sim">
    <span>{t('practice')}</span>
    <span>{t('practiceNever')}</span>
  </p>
)

export interface ScreenProps {
  title: ComponentChildren
  /** The title as the browser's tab shows it, where `title` is more than a word. */
  name?: string
  sub?: ComponentChildren
  /** Where the arrow leads, and what stands beside it; none on Today. */
  to?: { route: Route; name: string }
  foot?: ComponentChildren
  head?: ComponentChildren
  children?: ComponentChildren
}

export function Screen({ title, name, sub, to, foot, head, children }: ScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    window.scrollTo(0, leftAt.value)
    if (!route.value.item) heading.current?.focus({ preventScroll: true })
  }, [])
  useEffect(() => {
    document.title = `${name ?? (typeof title === 'string' ? title : t('urna'))} - Urna`
  })
  return (
    <div class="screen">
      <header class={scrolled.value ? 'bar-row cut' : 'bar-row'}>
        {phone.practising && <Stripes />}
        {to ? (
          <button class="bar-back" type="button" onClick={() => up(to.route)}>
            <Icon name="back" />
            <span>{to.name}</span>
          </button>
        ) : (
          <span class="bar-home">
            <Icon name="mark" />
            {t('urna')}
          </span>
        )}
        <span class="bar-chips">
          {phone.session.value && <StateChip />}
          <LanguageChip />
        </span>
      </header>
      <main class="main">
        <div class="bar">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {sub && <div class="bar-sub">{sub}</div>}
          {head}
        </div>
        <StoragePanel />
        {children}
      </main>
      {foot && <footer class="foot">{foot}</footer>}
    </div>
  )
}

export function LanguageChip() {
  const language = languageNames[lang.value]
  return (
    <button
      class="tapbox"
      type="button"
      aria-haspopup="dialog"
      onClick={() => go({ ...route.value, sheet: 'language' })}
    >
      <span class="chip chip-lang">{language.chip}</span>
      <span class="vh">
        {t('language')}: {language.name}
      </span>
    </button>
  )
}

/* ------------------------------------------------------------------ state */

export type Tone = 'offline' | 'sending' | 'held' | 'received' | 'lost'
export interface ChipState {
  tone: Tone
  icon: IconName
  short: Key
  long: Key
  n: number
}

/** What the chip shows: the worst state on this phone. */
export function chipState(): ChipState {
  const { counts, kept, worst, online } = phone.sync.value
  const problem = phone.storage.value.problem
  if (problem || worst === 'lost') return { tone: 'lost', icon: 'lost', short: 'chipLost', long: 'chipLostLong', n: counts.lost || 1 }
  if (worst === 'held') return { tone: 'held', icon: 'held', short: 'chipHeld', long: 'chipHeldLong', n: counts.held }
  if (worst === 'sending') return { tone: 'sending', icon: 'sending', short: 'chipSending', long: 'chipSendingLong', n: counts.sending }
  if (kept > 0) return { tone: 'offline', icon: online ? 'kept' : 'offline', short: 'chipKept', long: 'chipKeptLong', n: kept }
  if (!online) return { tone: 'offline', icon: 'offline', short: 'chipOffline', long: 'chipOfflineLong', n: 0 }
  return { tone: 'received', icon: 'received', short: 'chipReceived', long: 'chipReceivedLong', n: 0 }
}

/** [words] of a chip's text vanish on the narrowest screens. */
const chipText = (text: string): ComponentChildren =>
  text.split(/\[|\]/).map((part, index) => (index % 2 ? <span class="w">{part}</span> : part.trim()))

function StateChip() {
  const state = chipState()
  if (state.tone === 'received' && !phone.reports.value.some((report) => report.mine)) return null
  return (
    <button class="tapbox" type="button" onClick={() => go({ at: 'outbox' })}>
      <span class={`chip is-${state.tone}`}>
        <Icon name={state.icon} />
        {chipText(t(state.short, { n: state.n }))}
      </span>
      <span class="vh">
        {t(state.long, { n: state.n })}. {t('outbox')}
      </span>
    </button>
  )
}

const TONES: Record<ReportState, { tone: Tone; icon: IconName }> = {
  lost: { tone: 'lost', icon: 'lost' },
  held: { tone: 'held', icon: 'held' },
  sending: { tone: 'sending', icon: 'sending' },
  kept: { tone: 'offline', icon: 'kept' },
  draft: { tone: 'offline', icon: 'edit' },
  received: { tone: 'received', icon: 'received' },
}
export const toneOf = (state: ReportState): { tone: Tone; icon: IconName } => TONES[state]

export interface StateProps {
  tone?: Tone | undefined
  icon: IconName
  title: ComponentChildren
  text?: ComponentChildren
  onClick?: () => void
  act?: ComponentChildren
}

/** A full-width panel: what is safe, then what is wrong, then what to do. */
export function State({ tone, icon, title, text, onClick, act }: StateProps) {
  const cls = `state ${tone ? `is-${tone}` : 'plain'}${act ? ' state-act' : ''}`
  const body = (
    <>
      <Icon name={icon} />
      <span class="grow">
        <b>{title}</b>
        {text && <span class="p">{text}</span>}
      </span>
      {onClick && <Icon name="next" cls="go" />}
      {act}
    </>
  )
  return onClick ? (
    <button class={`${cls} state-link`} type="button" onClick={onClick}>
      {body}
    </button>
  ) : (
    <div class={cls}>{body}</div>
  )
}

/** What endangers everything typed here stands above every screen, and leads to where a copy is saved. */
export function StoragePanel() {
  const { durable, problem } = phone.storage.value
  if (!durable) return <State tone="lost" icon="lost" title={t('privateTitle')} text={t('privateDo')} />
  if (!problem) return null
  const text = `${t('saveCopy')}. ${t(`${problem}Do`)}`
  return <State tone="lost" icon="lost" title={t(`${problem}Title`)} text={text} onClick={() => go({ at: 'outbox' })} />
}

/** Grey lines that stand still, after a moment. */
export function Loading() {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300)
    return () => clearTimeout(timer)
  }, [])
  if (!late) return null
  return (
    <div class="sk-box" role="status">
      <span class="vh">{t('loading')}</span>
      <i class="sk" />
      <i class="sk" />
    </div>
  )
}

/** What went wrong with something that a person asked for. */
export function errorWords(error: unknown): string {
  const { code, retry_after_s } = error instanceof PhoneError ? error : new PhoneError('other')
  return t(has(`err_${code}`) ? (`err_${code}` as Key) : 'err_other', { n: retry_after_s ?? 60, code })
}

/** When what is kept will go. */
export function whenSent(): string {
  const { online, problem } = phone.sync.value
  return t(online && !problem ? 'leavesSoon' : 'sentAlone')
}

/** The mission's telephone, where it has named one. */
export function Hotline() {
  const { hotline } = phone.session.value!.mission
  if (!hotline) return null
  return (
    <a class="block row first-block" href={`tel:${hotline}`}>
      <Icon name="phone" />
      <span class="row-main">
        <b>{t('callMission')}</b>
        <span class="ltr">{hotline}</span>
      </span>
      <Icon name="next" cls="go" />
    </a>
  )
}

/* ------------------------------------------------------------------ rows and buttons */

export interface RowProps {
  lead?: ComponentChildren
  title: ComponentChildren
  sub?: ComponentChildren
  tone?: Tone | undefined
  end?: ComponentChildren
  onClick?: () => void
}

export function Row({ lead, title, sub, tone, end, onClick }: RowProps) {
  const body = (
    <>
      {lead}
      <span class="row-main">
        <b>{title}</b>
        {sub && <span class={tone ? `tone tone-${tone}` : ''}>{sub}</span>}
      </span>
      {end && <span class="row-end">{end}</span>}
      {onClick && <Icon name="next" cls="go" />}
    </>
  )
  return onClick ? (
    <button class="row" type="button" onClick={onClick}>
      {body}
    </button>
  ) : (
    <div class="row">{body}</div>
  )
}

export interface ButtonProps {
  children: ComponentChildren
  onClick: () => void
  icon?: IconName
  cls?: string
}

export function Button({ children, onClick, icon, cls }: ButtonProps) {
  return (
    <button class={`btn ${cls ?? ''}`} type="button" onClick={onClick}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  )
}

/** A choice of a few words in one line. */
export function Segments<V extends string | number>({ name, value, choices, onPick, tight }: {
  name: string
  /** Short words: they may stand closer. */
  tight?: boolean
  value: V | null
  choices: { value: V; label: ComponentChildren }[]
  onPick: (value: V) => void
}) {
  return (
    <div class={tight ? 'segs tight' : 'segs'} role="group" aria-label={name}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          class={choice.value === value ? 'seg on' : 'seg'}
          aria-pressed={choice.value === value}
          onClick={() => onPick(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  )
}

/* ------------------------------------------------------------------ places */

/** The number as it hangs on the door. A place without a number shows what was typed. */
export function Plate({ children, large }: { children: string; large?: boolean }) {
  return <span class={`plate${large ? ' plate-l' : ''}${children.length > 8 ? ' plate-long' : ''}`}>{children}</span>
}

/** Region and district of a station in one line. */
export function Region({ station }: { station: Station }) {
  const region = pick(station.region_name ?? station.region, lang.value).text
  return <>{[region, station.district].filter(Boolean).join(', ')}</>
}

/** What stands on the plate of a place, or null where there is none. */
export function plateOf(place: Place, station: Station | undefined): string | null {
  if (station) return station.number
  if (place.kind === 'none') return null
  return place.id ?? /[\p{L}\d-]*\d[\p{L}\d-]*/u.exec(place.text ?? '')?.[0] ?? null
}

/** The name of a place: of the station, of the commission, or as typed. */
export function PlaceName({ place, station }: { place: Place; station: Station | undefined }) {
  if (station) return <T of={station.name} />
  if (place.kind === 'commission') {
    return <T of={phone.stations.commissions.value.find((some) => some.code === place.id)?.name ?? place.id ?? ''} />
  }
  return <span>{place.text ?? place.id ?? t('noPlace')}</span>
}

export const reportPlate = (report: ReportSummary): string | null => plateOf(report.header.place, report.station)

/** Back to Today is the way out of most screens. */
export const toToday = (): { route: Route; name: string } => ({ route: { at: 'today' }, name: t('today') })

export const goBack = back
