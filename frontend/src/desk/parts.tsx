/** Small parts that several pages of the desk share. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { told, width } from './figures'
import { link } from './feed'
import { t, language } from './language'
import { open } from './nav'
import type { Key } from './text'
import type { Stamp } from './wire'

export type IconName = 'mark' | 'back' | 'down' | 'tick' | 'notice' | 'help' | 'phone' | 'save' | 'team' | 'menu' | 'link' | 'sort'

export function Icon({ name, small }: { name: IconName; small?: boolean }) {
  return (
    <svg class={`i${small ? ' i-s' : ''}${name === 'back' ? ' flip' : ''}`} aria-hidden="true" focusable="false">
      <use href={`#i-${name}`} />
    </svg>
  )
}

/** A link within the desk: the address is real, and a plain click does not load the page anew. */
export function Go({ to, current, children, cls }: { to: string; current?: boolean; children: ComponentChildren; cls?: string }) {
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    open(to)
  }
  return (
    <a href={to} class={cls} onClick={follow} {...(current ? { 'aria-current': 'page' as const } : {})}>
      {children}
    </a>
  )
}

/** A bar from zero; full width is `of`. Its number always stands beside it. */
export function Bar({ k, of, weight, thin }: { k: number; of: number; weight: string; thin?: boolean }) {
  return (
    <span class={thin ? 'barline' : 'barbox'} aria-hidden="true">
      <i class={weight} style={{ '--v': width(k, of) }} />
    </span>
  )
}

/** Selects show their name and their value; one that narrows the page is set. */
export function Pick({ label, value, options, set, change }: {
  label: string
  value: string
  options: readonly (readonly [value: string, text: string])[]
  set?: boolean
  change: (value: string) => void
}) {
  return (
    <label class={`pick${set ? ' set' : ''}`}>
      <span>{label}</span>
      <select value={value} onChange={(event) => change(event.currentTarget.value)}>
        {options.map(([code, text]) => (
          <option key={code} value={code} selected={code === value}>{text}</option>
        ))}
      </select>
      <Icon name="down" small />
    </label>
  )
}

/** Two or three that exclude each other. */
export function Segments<T extends string>({ label, value, options, change }: {
  label: string
  value: T
  options: readonly (readonly [value: T, text: string])[]
  change: (value: T) => void
}) {
  return (
    <span class="seg" role="group" aria-label={label}>
      {options.map(([code, text]) => (
        <button key={code} type="button" aria-pressed={code === value} onClick={() => change(code)}>
          {text}
        </button>
      ))}
    </span>
  )
}

/** Every few seconds, so that "2 min ago" stays true. */
function useTick(every_ms: number): void {
  const [, turn] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => turn((count) => count + 1), every_ms)
    return () => clearInterval(timer)
  }, [every_ms])
}

/** Live and as of when, or paused and since when: numbers never stand without it. */
export function AsOf({ of, zone }: { of: Stamp | null; zone: string }) {
  useTick(10_000)
  const { live, heard_ms, server_ms } = link.value
  const time = of?.as_of ? told(language.value, of.as_of, zone, server_ms, true) : null
  const meaning = of ? t('asOfMeaning', { entry: of.data_version }) : ''
  return (
    <span class={`live${live ? '' : ' paused'}`} title={meaning}>
      <span>{live ? (time ? t('liveAsOf', { time }) : t('live')) : paused(heard_ms)}</span>
      {!live && time && <span class="cap">{t('asOf', { time })}</span>}
      <span class="vh" role="status">{live ? t('live') : t('pausedWhy')}</span>
    </span>
  )
}

function paused(heard_ms: number | null): string {
  if (heard_ms === null) return t('pausedNever')
  const minutes = Math.floor((Date.now() - heard_ms) / 60_000)
  return minutes < 1 ? t('pausedNow') : t('paused', { n: minutes })
}

const REFUSALS: Partial<Record<string, Key>> = { embargoed: 'embargoed', forbidden: 'forbidden', not_ready: 'notReady' }

/** In place of numbers that are not there: why, or that they are on their way. */
export function Waiting({ refused }: { refused: string | null }) {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300)
    return () => clearTimeout(timer)
  }, [])
  if (refused) return <Notice text={t(REFUSALS[refused] ?? 'failed', { code: refused })} />
  if (!link.value.live) return <Notice text={t('noAnswerYet')} />
  return (
    <div class={`sheet rows${late ? ' late' : ''}`} aria-busy="true">
      <span class="vh">{t('loading')}</span>
      {[1, 2, 3, 4, 5].map((row) => <i key={row} />)}
    </div>
  )
}

export function Notice({ text }: { text: string }) {
  return <p class="notice"><Icon name="notice" /><span>{text}</span></p>
}

/** A button that opens a small panel; Escape and a click elsewhere close it. */
export function Menu({ name, label, children, cls }: { name: ComponentChildren; label?: string; children: ComponentChildren; cls: string }) {
  const [isOpen, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!isOpen) return undefined
    const outside = (event: Event): void => void (box.current?.contains(event.target as Node) || setOpen(false))
    document.addEventListener('pointerdown', outside)
    document.addEventListener('focusin', outside)
    return () => {
      document.removeEventListener('pointerdown', outside)
      document.removeEventListener('focusin', outside)
    }
  }, [isOpen])
  const escape = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !isOpen) return
    setOpen(false)
    box.current?.querySelector('button')?.focus()
  }
  return (
    <div class={`menu ${cls}`} ref={box} onKeyDown={escape}>
      <button type="button" class="menu-button" aria-expanded={isOpen} {...(label ? { 'aria-label': label } : {})} onClick={() => setOpen(!isOpen)}>
        {name}
      </button>
      {isOpen && <div class="menu-panel" onClick={(event) => (event.target as Element).closest('a') && setOpen(false)}>{children}</div>}
    </div>
  )
}

/** Copies a text and says so on the button itself. */
export function Copy({ text, label, icon }: { text: () => string; label: string; icon?: IconName }) {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return undefined
    const timer = setTimeout(() => setDone(false), 2_000)
    return () => clearTimeout(timer)
  }, [done])
  const copy = (): void => void navigator.clipboard?.writeText(text()).then(() => setDone(true), () => undefined)
  return (
    <button type="button" class="quiet" onClick={copy}>
      {(done || icon) && <Icon name={done ? 'tick' : icon!} small />}
      <span aria-live="polite">{done ? t('copied') : label}</span>
    </button>
  )
}
