/** One question in full: every answer with its count and share, the regions, a sentence to copy, and the sums. */
import { query, type Asked } from './asked'
import { useEffect, useRef } from 'preact/hooks'
import { useFeed } from './feed'
import { negativeOf, percent, SMALL_N, total, value, type Line } from './figures'
import { language, regionName, t, word } from './language'
import { change } from './nav'
import { Bar, Copy, Icon } from './parts'
import { parts, Stack } from './stack'
import { number } from '../text/format'
import type { Mission, Numeric, Results, ResultRow } from './wire'

const n = (count: number): string => number(language.value, count)

/** Where one question fills the page; the style sheet says the same. */
const NARROW = '(max-width: 56rem)'

/** Back to the list, at the question that was open. */
function backTo(code: string): void {
  change({ q: null })
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-question="${code}"]`)?.focus())
}

export function AnswersPanel({ mission, asked, line, suspected }: { mission: Mission; asked: Asked; line: Line; suspected: number }) {
  const { entry, variable, row } = line
  const { code } = entry.question
  const byRegion = useFeed<Results>(`/v1/results?${query(asked, { question: code, by: 'region' })}`)
  const counted = t(asked.unit === 'station' ? 'nStations' : 'nVisits', { n: row.observed })
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => void (asked.question && matchMedia(NARROW).matches && title.current?.focus()), [])
  const regions = byRegion.body?.results[0]?.rows ?? []
  return (
    <section class="sheet side" aria-label={variable?.id ?? code}>
      <button type="button" class="quiet narrow" onClick={() => backTo(code)}><Icon name="back" small />{t('allQuestions')}</button>
      <span class="cap">{variable?.id ?? code}</span>
      <h2 ref={title} tabIndex={-1}>{word(variable?.label, entry.question.label)}</h2>
      <h3>{t(row.numeric ? 'numbersOf' : 'answersOf')}, {counted}</h3>
      {(entry.question.type === 'single' || (entry.question.type === 'multiple' && row.observed < SMALL_N)) && <Stack line={line} />}
      {row.numeric ? <Numbers numeric={row.numeric} type={entry.question.type} /> : <Answers line={line} />}
      <Blanks row={row} />
      {regions.length > 0 && <Regions mission={mission} asked={asked} line={line} rows={regions} />}
      {line.negative !== null && row.observed > 0 && <Sentence line={line} k={line.negative} />}
      <How line={line} asked={asked} suspected={suspected} />
    </section>
  )
}

function Answers({ line }: { line: Line }) {
  const { observed } = line.row
  const answers = parts(line).filter(({ code }) => code !== '')
  if (answers.length === 0) return <p class="sub">{t('texts', { n: observed })}</p>
  return (
    <ul class="dist">
      {answers.map(({ code, name, count, ink }) => (
        <li key={code}>
          <span>{name}</span>
          {observed >= SMALL_N ? <Bar k={count} of={observed} weight={ink} /> : <span />}
          <b class={count === 0 ? 'zero' : undefined}>{n(count)}</b>
          <span class="sub">{observed >= SMALL_N && percent(language.value, count, observed)}</span>
        </li>
      ))}
    </ul>
  )
}

const NUMBERS = ['median', 'min', 'p25', 'p75', 'max', 'mean', 'sum', 'zeros'] as const

/** Of clock times a sum and a count of zeros mean nothing. */
function Numbers({ numeric, type }: { numeric: Numeric; type: string }) {
  const shown = NUMBERS.filter((name) => type !== 'time' || (name !== 'sum' && name !== 'zeros'))
  return (
    <dl class="numbers">
      {shown.map((name) => (
        <div key={name}><dt>{t(`num_${name}`)}</dt><dd>{value(language.value, numeric[name], name === 'zeros' ? 'integer' : type)}</dd></div>
      ))}
    </dl>
  )
}

/** What is not in the n. */
function Blanks({ row }: { row: ResultRow }) {
  const found: [string, number][] = [
    [t('notObserved'), row.not_observed], [t('noAccess'), row.no_access], [t('missing'), row.missing],
    [t('notApplicable'), row.not_applicable], [t('notInVersion'), row.not_in_version],
  ]
  return (
    <ul class="dist blanks">
      {found.map(([name, count]) => (
        <li key={name}>
          <span>{name}</span>
          <b class={count === 0 ? 'zero' : undefined}>{n(count)}</b>
          <span />
        </li>
      ))}
    </ul>
  )
}

/** The regions, the most negative ahead; those too small for a share behind, with k of n. */
function Regions({ mission, asked, line, rows }: { mission: Mission; asked: Asked; line: Line; rows: readonly ResultRow[] }) {
  const share = (row: ResultRow): number => (row.observed >= SMALL_N ? (negativeOf(row, asked.unit) ?? 0) / row.observed : -1)
  const sorted = [...rows].sort((a, b) => share(b) - share(a) || b.observed - a.observed)
  return (
    <>
      <h3>{t(line.negative === null ? 'byRegion' : 'negativeByRegion')}</h3>
      <ul class="dist">
        {sorted.map((row) => (
          <li key={row.by.region ?? ''}>
            <span>{regionName(mission, row.by.region ?? null)}</span>
            <RegionFigures row={row} k={negativeOf(row, asked.unit)} type={line.entry.question.type} />
          </li>
        ))}
      </ul>
    </>
  )
}

function RegionFigures({ row, k, type }: { row: ResultRow; k: number | null; type: string }) {
  const large = row.observed >= SMALL_N
  if (k === null) {
    const middle = row.numeric && row.observed > 0 ? t('median', { value: value(language.value, row.numeric.median, type) }) : ''
    return <><span class="sub span">{middle}</span><b>{n(row.observed)}</b></>
  }
  return (
    <>
      {large ? <Bar k={k} of={row.observed} weight="w4" /> : <span class="zero">{t(row.observed ? 'small' : 'noneObserved')}</span>}
      <span class="nowrap"><b>{n(k)}</b> <span class="zero">{t('outOf', { n: row.observed })}</span></span>
      <span class="sub">{large ? percent(language.value, k, row.observed) : '–'}</span>
    </>
  )
}

function Sentence({ line, k }: { line: Line; k: number }) {
  const { row, variable, entry } = line
  const values = { question: word(variable?.label, entry.question.label), share: percent(language.value, k, row.observed), k, n: row.observed }
  const sentence = t(row.observed >= SMALL_N ? 'sentence' : 'sentenceSmall', values)
  return (
    <>
      <h3>{t('asSentence')}</h3>
      <p class="quote">{sentence}</p>
      <Copy label={t('copy')} text={() => sentence} />
    </>
  )
}

/** Each definition, and the sum with this question's own numbers. */
function How({ line, asked, suspected }: { line: Line; asked: Asked; suspected: number }) {
  const { row, entry, variable, negative } = line
  const all = asked.unit === 'station' ? total(row) : row.visits
  const bad = (variable?.options ?? []).filter((option) => option.negative).map((option) => `“${word(option.label, option.code)}”`)
  const unit = t(asked.unit === 'station' ? 'unitStations' : 'visits').toLocaleLowerCase(language.value)
  return (
    <details class="how">
      <summary>{t('how')}</summary>
      <ul>
        <li>{t('howAsked', { unit })}<br /><b>{n(row.asked)} = {n(all)} − {n(row.not_applicable)} − {n(row.not_in_version)}</b></li>
        <li>{t('howObserved')}<br /><b>{n(row.observed)} = {n(row.asked)} − {n(row.not_observed)} − {n(row.no_access)} − {n(row.missing)}</b></li>
        {Object.keys(row.counts).length > 0 && <li>{t('howShare')}</li>}
        {negative !== null && bad.length > 0 && <li>{t('howNegative', { options: bad.join(', ') })}</li>}
        {entry.question.type === 'multiple' && <li>{t('howMultiple')}</li>}
        <li>{t(asked.unit === 'station' ? 'howStation' : 'howVisit')}</li>
        <li>{t('howStatus')}</li>
        {suspected > 0 && <li>{t('howSuspected', { n: suspected })}</li>}
        {row.disagreements > 0 && <li>{t('howDisagreements', { n: row.disagreements })}</li>}
        <li>{t('howSmall')}</li>
      </ul>
    </details>
  )
}
