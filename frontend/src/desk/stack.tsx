/** The answers of one question side by side: as long as they are many, as heavy as they are bad, blanks hatched. */
import { SMALL_N, weight, type Line } from './figures'
import { language, t, word } from './language'
import { number } from '../text/format'

interface Part {
  code: string
  name: string
  count: number
  ink: string
}

/** The answers in the checklist's order, then what was not observed. */
export function parts(line: Line): Part[] {
  const options = line.variable?.options ?? []
  const answers = Object.entries(line.row.counts).map(([code, count]) => {
    const place = options.findIndex((option) => option.code === code)
    const option = options[place]
    const ink = option ? weight(option, place, line.variable?.measure ?? '') : 'w2'
    return { code, name: word(option?.label, code), count, ink }
  })
  return [...answers, { code: '', name: t('notObserved'), count: line.row.not_observed, ink: 'wx' }]
}

/** `large`: with a key. Too few observed for a share are told in words: a long bar of three visits would mislead. */
export function Stack({ line, large }: { line: Line; large?: boolean }) {
  const all = parts(line)
  const sentence = all.map(({ name, count }) => `${name} ${number(language.value, count)}`).join(', ')
  return (
    <div class={`stacked${large ? ' large' : ''}`}>
      {line.row.observed < SMALL_N ? (
        <span class="zero">{t(line.row.observed ? 'smallN' : 'noneObserved')}</span>
      ) : (
        <span class="stack" role="img" aria-label={sentence}>
          {all.filter(({ count }) => count > 0).map((part) => <i key={part.code} class={part.ink} style={{ '--n': String(part.count) }} />)}
        </span>
      )}
      {large && (
        <ul class="keys">
          {all.map((part) => <li key={part.code} class="key"><i class={part.ink} />{part.name} <b>{number(language.value, part.count)}</b></li>)}
        </ul>
      )}
    </div>
  )
}
