/** One question: its words, its answers, its tools. */
import { useState } from 'preact/hooks'
import type { Answer, Item, OpenReport } from '../store/api'
import { pick } from '../text'
import { lang, offerUndo, t, today } from './app-state'
import { isAnswered } from './answers'
import { dayFor } from './clock-times'
import { Disagreement } from './disagreement'
import { TextBox, WhenBox } from './fields'
import { Icon } from './icons'
import { Blanks, OneOf, SomeOf } from './options'
import { T, reveal } from './parts'
import { anchorId } from './places'

/** Empties an answer and offers to bring it back. The note stays. */
export function clearAnswer(report: OpenReport, item: Item): void {
  const before: Answer | undefined = report.view.value.answers[item.code]
  if (!isAnswered(before)) return
  void report.clear(item.code)
  offerUndo({ text: t('cleared'), back: () => void report.setAnswer(item.code, before!) })
}

/** Clear, Note, What counts?: the same order in every question. */
export function Tools({ report, item, line }: { report: OpenReport; item: Item; line?: boolean }) {
  const view = report.view.value
  const note = view.notes[item.code] ?? ''
  const [noting, setNoting] = useState(note !== '')
  const [telling, setTelling] = useState(false)
  const answered = isAnswered(view.answers[item.code])
  const toggle = (open: boolean, set: (open: boolean) => void, id: string): void => {
    set(!open)
    if (!open) reveal(id)
  }
  return (
    <>
      <div class={line ? 'tools fig-tools' : 'tools'}>
        <button class="tool" type="button" aria-disabled={!answered} onClick={() => clearAnswer(report, item)}>
          <Icon name="clear" />
          {t('clear')}
        </button>
        <button class="tool" type="button" aria-expanded={noting} onClick={() => toggle(noting, setNoting, `note-${item.code}`)}>
          <Icon name="note" />
          {t('note')}
        </button>
        <button class="tool" type="button" aria-expanded={telling} onClick={() => toggle(telling, setTelling, `counts-${item.code}`)}>
          <Icon name="help" />
          {t('whatCounts')}
        </button>
      </div>
      {telling && (
        <div id={`counts-${item.code}`} class="counts" role="status">
          <T of={item.hint} /> {t('sawOnly')}
        </div>
      )}
      {noting && (
        <div class="note-box">
          <TextBox
            id={`note-${item.code}`}
            label={t('noteFor')}
            hint={t('commentHint')}
            value={note}
            onText={(text) => void report.setNote(item.code, text)}
          />
        </div>
      )}
    </>
  )
}

function Control({ report, item }: { report: OpenReport; item: Item }) {
  const view = report.view.value
  const answer = view.answers[item.code]
  const label = pick(item.label, lang.value).text
  const set = (value: string): void => void (value === '' ? report.clear(item.code) : report.setAnswer(item.code, value))
  switch (item.type) {
    case 'single':
      return <OneOf report={report} item={item} />
    case 'multiple':
      return <SomeOf report={report} item={item} />
    case 'text':
      return (
        <>
          <TextBox id={`${anchorId(item.code)}-text`} label={label} value={typeof answer === 'string' ? answer : ''} onText={set} />
          <Blanks report={report} item={item} many />
        </>
      )
    case 'time':
    case 'date':
    case 'datetime': {
      const evening = report.form.stage === 'counting' || report.form.stage === 'tabulation'
      const dayOf = (time: string): string => dayFor(time, view.summary.header.arrived_at, evening, today.value)
      const value = typeof answer === 'string' ? answer : ''
      return (
        <>
          <WhenBox id={`${anchorId(item.code)}-when`} type={item.type} label={label} value={value} dayOf={dayOf} base={view.summary.header.arrived_at?.slice(0, 10) ?? today.value} onValue={set} />
          <Blanks report={report} item={item} many />
        </>
      )
    }
    default:
      return <p class="q-hint">{t('laterVersion')}</p>
  }
}

export function Question({ report, item }: { report: OpenReport; item: Item }) {
  if (item.type === 'note') {
    return (
      <div class="block q" id={anchorId(item.code)}>
        <p class="q-hint">
          <T of={item.label} />
        </p>
      </div>
    )
  }
  return (
    <div class="block q" id={anchorId(item.code)}>
      <fieldset>
        <legend>
          <span class="q-code">
            {item.id}
            {item.required === true && ` · ${t('required')}`}
          </span>
          <T of={item.label} />
        </legend>
        <Control report={report} item={item} />
        <Tools report={report} item={item} />
      </fieldset>
      <Disagreement report={report} name={item.code} />
    </div>
  )
}
