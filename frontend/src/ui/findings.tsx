/** Checks that do not hold, said with their arithmetic; and sums that do, said quietly. */
import { useState } from 'preact/hooks'
import type { Check, Item, OpenReport } from '../store/api'
import { number, pick, type Key } from '../text'
import { lang, t } from './app-state'
import { isProtocol } from './answers'
import { anchorOf, brokenOf, constraintBroken, itemsOf, pointedAt, sumOf, type Broken, type Sum } from './engine'
import { TextBox } from './fields'
import { Icon } from './icons'
import { Button, T } from './parts'
import { toQuestion } from './places'

/** The check's message with its difference written in. */
export function messageOf(broken: Broken): string {
  const { text } = pick(broken.check.message, lang.value)
  const difference = Math.abs(broken.finding.difference ?? 0)
  return text.replace(/\{difference\}/g, number(lang.value, difference))
}

/** "1,172 - 1,165 = 7": the larger side first. */
function arithmetic(sum: Sum): string {
  const [more, less] = sum.left >= sum.right ? [sum.left, sum.right] : [sum.right, sum.left]
  const write = (value: number): string => number(lang.value, value)
  return `${write(more)} − ${write(less)} = ${write(more - less)}`
}

const ofProtocol = (report: OpenReport, broken: Broken): boolean =>
  itemsOf(report.form).some((item) => broken.questions.includes(item.code) && isProtocol(item))

/** The question to look at again: the figure that was compared, else the last that the check names. */
const target = (report: OpenReport, broken: Broken): string | null =>
  (sumOf(report, broken.check) ? pointedAt(report.form, broken.check)[0] : undefined) ?? broken.anchor

export function Finding({ report, broken, fromCheck }: { report: OpenReport; broken: Broken; fromCheck?: boolean }) {
  const hard = broken.check.level === 'hard'
  const what = messageOf(broken)
  if (broken.kept) return <KeptFinding report={report} broken={broken} what={what} />
  const sum = sumOf(report, broken.check)
  const correct = (): void => toQuestion(report, target(report, broken), fromCheck)
  const advice: Key = hard ? 'hardGoOn' : ofProtocol(report, broken) ? 'compare' : 'compareAnswer'
  return (
    <div class={hard ? 'find hard' : 'find'}>
      <Icon name={hard ? 'unequal' : 'finding'} />
      <b>{hard ? t('cannotBe', { what }) : what}</b>
      {sum && !sum.holds && <p class="calc">{arithmetic(sum)}</p>}
      <p>{t(advice)}</p>
      {hard && fromCheck ? (
        <Override report={report} broken={broken} onCorrect={correct} />
      ) : (
        !hard && (
          <div class="find-acts">
            <Button cls="btn-s" onClick={() => void report.confirm(broken.check.code, true)}>{t(ofProtocol(report, broken) ? 'itSaysSo' : 'itIsSo')}</Button>
            <Button cls="btn-s" onClick={correct}>{t('correctIt')}</Button>
          </div>
        )
      )}
    </div>
  )
}

function KeptFinding({ report, broken, what }: { report: OpenReport; broken: Broken; what: string }) {
  return (
    <div class="find done">
      <Icon name="tick" />
      <b>
        {t('keptAsSeen', { what })}{' '}
        <button class="inline" type="button" onClick={() => void report.confirm(broken.check.code, false)}>
          {t('change')}
        </button>
      </b>
    </div>
  )
}

/** A hard contradiction can be kept. The reason is a note to its question, or the comment where it has none. */
function Override({ report, broken, onCorrect }: { report: OpenReport; broken: Broken; onCorrect: () => void }) {
  const [open, setOpen] = useState(false)
  const header = report.view.value.summary.header
  const reason = broken.anchor ? (report.view.value.notes[broken.anchor] ?? '') : (header.comment ?? '')
  const write = (text: string): void => void (broken.anchor ? report.setNote(broken.anchor, text) : report.setHeader({ comment: text }))
  const keep = (): void => (open ? void report.confirm(broken.check.code, true) : setOpen(true))
  return (
    <>
      {open && (
        <div class="note-box">
          <TextBox
            id={`reason-${broken.check.code}`}
            label={t('hardReason')}
            hint={t('hardReason')}
            value={reason}
            onText={write}
          />
        </div>
      )}
      <div class="find-acts">
        <Button cls="btn-s" onClick={keep}>{t('keepReason')}</Button>
        <Button cls="btn-s" onClick={onCorrect}>{t('correctIt')}</Button>
      </div>
    </>
  )
}

/** The sum line under the last figure of a check, once all its figures are there. */
function SumRow({ sum }: { sum: Sum }) {
  const value = sum.terms[0] >= sum.terms[1] ? sum.left : sum.right
  return (
    <div class={sum.holds ? 'sum' : 'sum bad'}>
      <Icon name={sum.holds ? 'tick' : 'unequal'} />
      <T of={sum.check.label} />
      <b class="ltr">{number(lang.value, value)}</b>
    </div>
  )
}

/** Whether a check adds figures up, so that its sum is worth a line. */
const addsUp = (sum: Sum): boolean => sum.terms[0] + sum.terms[1] > 2

/** What stands under a question: sums, broken checks, an unusual value. */
export function AfterQuestion({ report, item }: { report: OpenReport; item: Item }) {
  const { form } = report
  const here = (form.checks ?? []).filter((check: Check) => anchorOf(form, check) === item.code)
  const broken = brokenOf(report)
  return (
    <>
      {here.map((check) => {
        const found = broken.find((some) => some.check === check)
        const sum = sumOf(report, check)
        return (
          <div key={check.code} role="status">
            {sum && addsUp(sum) && <SumRow sum={sum} />}
            {found && <Finding report={report} broken={found} />}
          </div>
        )
      })}
      {constraintBroken(report, item) && (
        <div class={item.constraint_level === 'hard' ? 'find hard' : 'find'} role="status">
          <Icon name={item.constraint_level === 'hard' ? 'unequal' : 'finding'} />
          <b>{Object.keys(item.constraint_message ?? {}).length ? <T of={item.constraint_message} /> : t('constraint')}</b>
          <p>{t('compareAnswer')}</p>
        </div>
      )}
    </>
  )
}
