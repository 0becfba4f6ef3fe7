/** Figures: one number a row, the sums told aloud. Blank is not zero. */
import { useState } from 'preact/hooks'
import type { Item, OpenReport } from '../store/api'
import { pick } from '../text'
import { lang, t } from './app-state'
import { blankKey, blankOf, isAnswered } from './answers'
import { Disagreement } from './disagreement'
import { brokenOf, pointedAt } from './engine'
import { AfterQuestion } from './findings'
import { NumberBox } from './fields'
import { T } from './parts'
import { anchorId, focusQuestion } from './places'
import { Tools } from './question'

/** The mark of a figure that a broken check points at. */
function markOf(report: OpenReport, item: Item): string {
  const open = brokenOf(report).filter((some) => !some.kept && pointedAt(report.form, some.check).includes(item.code))
  if (open.length === 0) return ''
  return open.some((some) => some.check.level === 'hard') ? ' hard' : ' ask'
}

function Empty({ report, item }: { report: OpenReport; item: Item }) {
  return (
    <div class="fig-blank">
      <button class="btn btn-s zero" type="button" onClick={() => void report.setAnswer(item.code, 0)}>
        0
      </button>
      {(item.blanks ?? []).map((blank) => (
        <button key={blank} class="btn btn-s" type="button" onClick={() => void report.setAnswer(item.code, { blank })}>
          {t(blankKey(item, blank))}
        </button>
      ))}
    </div>
  )
}

function FigureRow({ report, item, active, onActive }: { report: OpenReport; item: Item; active: boolean; onActive: () => void }) {
  const view = report.view.value
  const answer = view.answers[item.code]
  const blank = blankOf(answer)
  const label = pick(item.label, lang.value).text
  const id = anchorId(item.code)
  const reopen = (): void => {
    void report.clear(item.code)
    onActive()
    setTimeout(() => focusQuestion(item.code))
  }
  return (
    <div class="fig">
      <label class="lab" for={id}>
        <small>
          {item.id}
          {item.required === true && ` · ${t('required')}`}
        </small>
        <T of={item.label} />
      </label>
      {blank ? (
        <button id={id} class="num off" type="button" aria-label={`${label}: ${t(blankKey(item, blank))}. ${t('change')}`} onClick={reopen}>
          {t(blankKey(item, blank))}
        </button>
      ) : (
        <NumberBox
          id={id}
          item={item}
          cls={`num${markOf(report, item)}`}
          value={typeof answer === 'number' ? answer : null}
          onNumber={(value) => void report.setAnswer(item.code, value)}
          onEmpty={() => void report.clear(item.code)}
          onFocus={onActive}
        />
      )}
      {!isAnswered(answer) && <Empty report={report} item={item} />}
      {(active || view.notes[item.code]) && <Tools report={report} item={item} line />}
    </div>
  )
}

export function Figures({ report, items }: { report: OpenReport; items: Item[] }) {
  const [active, setActive] = useState('')
  return (
    <div class="block figs">
      {items.map((item) => (
        <div key={item.code}>
          <FigureRow report={report} item={item} active={active === item.code} onActive={() => setActive(item.code)} />
          <Disagreement report={report} name={item.code} />
          <AfterQuestion report={report} item={item} />
        </div>
      ))}
    </div>
  )
}
