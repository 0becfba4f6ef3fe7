/** What is typed into: numbers, texts, times. Each change goes to the report at once. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Item } from '../store/api'
import { clock, number, shortDay, wall } from '../text'
import { lang, t } from './app-state'
import { readTime, shiftDay } from './clock-times'
import { readNumber } from './figures'
import { Segments } from './parts'

const TEXT_MAX = 4000

/** A text that grows with what is typed. */
export function TextBox({ id, value, label, hint, max, onText }: {
  id: string
  value: string
  label: string
  hint?: string
  max?: number
  onText: (text: string) => void
}) {
  const box = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    const element = box.current!
    element.style.blockSize = 'auto'
    element.style.blockSize = `${element.scrollHeight + 4}px`
  }, [value])
  return (
    <textarea
      ref={box}
      id={id}
      class="area"
      lang={lang.value}
      aria-label={label}
      placeholder={hint ?? ''}
      maxLength={max ?? TEXT_MAX}
      value={value}
      onInput={(event) => onText(event.currentTarget.value)}
    />
  )
}

/** A number; while it is typed it stands as typed, afterwards as the language writes it. */
export function NumberBox({ id, item, value, cls, onNumber, onEmpty, onFocus }: {
  id: string
  item: Item
  value: number | null
  cls: string
  onNumber: (value: number) => void
  onEmpty: () => void
  onFocus?: () => void
}) {
  const [typed, setTyped] = useState<string | null>(null)
  const wrong = typed !== null && readNumber(typed, item.type) === 'wrong'
  const shown = typed ?? (value === null ? '' : number(lang.value, value))
  const read = (text: string): void => {
    setTyped(text)
    const result = readNumber(text, item.type)
    if (typeof result === 'number') onNumber(result)
    else if (result === 'empty') onEmpty()
  }
  return (
    <>
      <input
        id={id}
        class={shown.length > 6 ? `${cls} long` : cls}
        type="text"
        inputMode={item.type === 'decimal' ? 'decimal' : 'numeric'}
        autocomplete="off"
        aria-invalid={wrong}
        value={shown}
        onFocus={() => {
          setTyped(value === null ? '' : String(value))
          onFocus?.()
        }}
        onBlur={() => wrong || setTyped(null)}
        onInput={(event) => read(event.currentTarget.value)}
      />
      {wrong && <span class="err" role="alert">{t('notNumber')}</span>}
    </>
  )
}

/** A clock time by digits alone: the same on every phone, whatever its own picker looks like. */
function TimeBox({ id, value, label, onTime }: { id: string; value: string; label: string; onTime: (time: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null)
  const wrong = typed !== null && typed.length > 4 && readTime(typed) === null
  const read = (text: string): void => {
    setTyped(text)
    const time = readTime(text)
    if (time && text.replace(/\D/g, '').length > 2) onTime(time)
    else if (text === '') onTime('')
  }
  return (
    <>
      <input
        id={id}
        class="line clock"
        type="text"
        inputMode="numeric"
        autocomplete="off"
        placeholder="00:00"
        maxLength={5}
        aria-label={label}
        aria-invalid={wrong}
        value={typed ?? value}
        onFocus={() => setTyped(value)}
        onBlur={() => setTyped(null)}
        onInput={(event) => read(event.currentTarget.value)}
      />
    </>
  )
}

/** The day of a moment, chosen among its neighbours: an observation never lies far away. */
function DayBox({ value, label, base, onDay }: { value: string; label: string; base: string; onDay: (day: string) => void }) {
  const near = [shiftDay(base, -1), base, shiftDay(base, 1)]
  const days = near.includes(value) ? near : [value, ...near].sort()
  return (
    <Segments
      tight
      name={`${label}: ${t('day')}`}
      value={value}
      choices={days.map((day) => ({ value: day, label: shortDay(lang.value, day) }))}
      onPick={onDay}
    />
  )
}

export interface WhenProps {
  id: string
  type: 'time' | 'date' | 'datetime'
  value: string
  label: string
  /** The day of a bare clock time. */
  dayOf: (time: string) => string
  /** The day that the others lie around. */
  base: string
  onValue: (value: string) => void
}

/** A clock time, a day or both, with Now beside it. */
export function WhenBox({ id, type, value, label, dayOf, base, onValue }: WhenProps) {
  const time = type === 'time' ? value : clock(value)
  const day = value.slice(0, 10)
  const setTime = (newTime: string): void =>
    onValue(type === 'time' || newTime === '' ? newTime : `${day || dayOf(newTime)}T${newTime}`)
  const setNow = (): void => {
    const moment = wall(new Date())
    onValue(type === 'time' ? moment.slice(11) : type === 'date' ? moment.slice(0, 10) : moment)
  }
  return (
    <>
      <div class="when">
        {type === 'date' ? (
          <input id={id} class="line" type="date" aria-label={label} value={value} onChange={(event) => onValue(event.currentTarget.value)} />
        ) : (
          <TimeBox id={id} label={label} value={time} onTime={setTime} />
        )}
        <button class="btn btn-big" type="button" onClick={setNow}>
          {t('nowButton')}
        </button>
      </div>
      {type === 'datetime' && value && (
        <div class="opts">
          <DayBox label={label} value={day} base={base} onDay={(newDay) => onValue(`${newDay}T${time}`)} />
        </div>
      )}
    </>
  )
}
