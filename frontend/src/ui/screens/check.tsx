/** Check your answers: what contradicts itself first, then what is missing, then everything. */
import { useState } from 'preact/hooks'
import { PhoneError, type Item, type OpenReport, type Section } from '../../store/api'
import { clock, shortDay, wall } from '../../text'
import { lang, now, phone, t } from '../app-state'
import { describe, isAnswered, blankOf, shortName } from '../answers'
import { brokenOf, constraintBroken, criticalOf, itemsOf, type Broken } from '../engine'
import { Disagreements } from '../disagreement'
import { Finding, messageOf } from '../findings'
import { Icon } from '../icons'
import { NotAsked } from '../not-asked'
import { go, swap, up } from '../nav'
import { askedIn, progressOf, tasksOf, unanswered } from '../progress'
import { Button, PlaceName, reportPlate, Screen, State, T } from '../parts'
import { placeRoute, toQuestion } from '../places'

const FEW = 6

interface LineProps {
  label: string
  value: string
  quiet?: boolean
  note?: boolean
  alarm?: string | undefined
  act: string
  onAct: () => void
}

function Line({ label, value, quiet, note, alarm, act, onAct }: LineProps) {
  return (
    <div class="sumrow">
      <dt>{label}</dt>
      <dd class={quiet ? 'quiet' : ''}>
        {value}
        {note && (
          <small>
            <Icon name="note" />
            {t('noteMark')}
          </small>
        )}
        {alarm && <span class="tone-held">{alarm}</span>}
      </dd>
      <dd class="act">
        <button class="do" type="button" aria-label={`${act}: ${label}`} onClick={onAct}>
          {act}
        </button>
      </dd>
    </div>
  )
}

function AnswerLine({ report, item, broken }: { report: OpenReport; item: Item; broken: Broken[] }) {
  const { answers, notes } = report.view.value
  const answer = answers[item.code]
  const found = broken.find((some) => some.anchor === item.code)
  const unusual = constraintBroken(report, item) ? t('constraint') : undefined
  return (
    <Line
      label={`${item.id} ${shortName(item, lang.value).text}`}
      value={describe(item, answer, lang.value)}
      quiet={blankOf(answer) !== null}
      note={Boolean(notes[item.code])}
      alarm={found ? (found.kept ? t('keptAsSeen', { what: messageOf(found) }) : messageOf(found)) : unusual}
      act={t('change')}
      onAct={() => toQuestion(report, item.code, true)}
    />
  )
}

function Missing({ report }: { report: OpenReport }) {
  const [all, setAll] = useState(false)
  const missing = unanswered(report.form, report.view.value)
  if (missing.length === 0) return <State icon="tick" title={t('allDone')} />
  const shown = all ? missing : missing.slice(0, FEW)
  return (
    <>
      <h2 class="head head-strong">{t('unanswered', { n: missing.length })}</h2>
      <dl class="block">
        {shown.map((item) => (
          <Line
            key={item.code}
            label={`${item.id}${item.required === true ? ` · ${t('required')}` : ''}`}
            value={shortName(item, lang.value).text}
            act={t('answer')}
            onAct={() => toQuestion(report, item.code, true)}
          />
        ))}
      </dl>
      {shown.length < missing.length && (
        <div class="block flush">
          <Button cls="btn-link btn-wide" onClick={() => setAll(true)}>{t('showAll', { n: missing.length })}</Button>
        </div>
      )}
    </>
  )
}

function SectionLines({ report, section, broken }: { report: OpenReport; section: Section; broken: Broken[] }) {
  const view = report.view.value
  const items = askedIn(section, view).filter((item) => isAnswered(view.answers[item.code]))
  if (items.length === 0) return null
  const { answered, asked } = progressOf(section, view)
  return (
    <>
      <h2 class="head">
        <T of={section.label} />
        <small>{t('someAnswered', { done: answered, n: asked })}</small>
      </h2>
      <dl class="block">
        {items.map((item) => (
          <AnswerLine key={item.code} report={report} item={item} broken={broken} />
        ))}
      </dl>
    </>
  )
}

/** Something serious was marked: one prompt a report, with Not now. */
const dismissed = new Set<string>()

function Critical({ report }: { report: OpenReport }) {
  const [, again] = useState(0)
  const items = criticalOf(report)
  const id = report.report_id
  if (items.length === 0 || dismissed.has(id) || report.form.stage === 'incident') return null
  const { place } = report.view.value.summary.header
  const notNow = (): void => {
    dismissed.add(id)
    again(1)
  }
  const tell = (): void => {
    dismissed.add(id)
    go({ at: 'incident', ...placeRoute(place), from: id })
  }
  return (
    <div class="find hard">
      <Icon name="flag" />
      <b>{t('criticalTitle')}</b>
      <p>{items.map((item) => shortName(item, lang.value).text).join('; ')}</p>
      <p>{t('criticalDo')}</p>
      <div class="find-acts">
        <Button cls="btn-s" onClick={tell}>{t('criticalYes')}</Button>
        <Button cls="btn-s" onClick={notNow}>{t('criticalNo')}</Button>
      </div>
    </div>
  )
}

/** Wall time of a header in words; the day only where it is another one than the arrival's. */
const headerTime = (moment: string, arrived: string | null): string =>
  arrived && moment.slice(0, 10) !== arrived.slice(0, 10) ? `${shortDay(lang.value, moment)}, ${clock(moment)}` : clock(moment)

function Times({ report }: { report: OpenReport }) {
  const { header } = report.view.value.summary
  const change = (): void => go({ at: 'times', report: report.report_id, back: 'check' })
  const departed = header.departed_at
    ? headerTime(header.departed_at, header.arrived_at)
    : t('departNow', { time: clock(wall(now.value)) })
  return (
    <>
      <h2 class="head">{t('timesTitle')}</h2>
      <dl class="block">
        <Line label={t('arrived')} value={header.arrived_at ? clock(header.arrived_at) : ''} act={t('change')} onAct={change} />
        <Line label={t('departed')} value={departed} quiet={!header.departed_at} act={t('change')} onAct={change} />
        {header.comment && <Line label={t('comment')} value={header.comment} act={t('change')} onAct={change} />}
      </dl>
    </>
  )
}

/** Departure is now, unless it was typed; then the finish is minted and its receipt shown. */
export async function send(report: OpenReport): Promise<void> {
  const { header } = report.view.value.summary
  if (!header.departed_at && report.form.stage !== 'incident') await report.setHeader({ departed_at: wall(new Date()) })
  await report.finish()
  swap({ at: 'receipt', report: report.report_id })
}

export function CheckScreen({ report }: { report: OpenReport }) {
  const [sending, setSending] = useState(false)
  const [refused, setRefused] = useState<string | null>(null)
  const id = report.report_id
  const { header, station, finished } = report.view.value.summary
  const { online } = phone.sync.value
  const broken = brokenOf(report)
  const open = broken.filter((some) => !some.kept)
  const hard = open.filter((some) => some.check.level === 'hard')
  const soft = open.filter((some) => some.check.level !== 'hard')
  const finish = async (): Promise<void> => {
    setSending(true)
    await send(report)
      .catch((error: unknown) => setRefused(error instanceof PhoneError ? error.code : 'other'))
      .finally(() => setSending(false))
  }
  return (
    <Screen
      title={t('checkTitle')}
      sub={
        <>
          {station ? t('stationN', { number: station.number }) : <PlaceName place={header.place} station={station} />} ·{' '}
          <T of={report.form.title} />
          {header.arrived_at && ` · ${clock(header.arrived_at)}${header.departed_at ? `–${clock(header.departed_at)}` : ''}`}
        </>
      }
      to={{ route: { at: 'visit', report: id }, name: reportPlate(report.view.value.summary) ?? t('answers') }}
      foot={
        <>
          <Button cls="btn-big" onClick={() => up({ at: 'visit', report: id })}>{t('later')}</Button>
          <Button cls="btn-main" icon={online ? 'sending' : 'kept'} onClick={() => sending || void finish()}>
            {t(!online ? 'keepSend' : finished ? 'sendAgain' : 'send')}
          </Button>
        </>
      }
    >
      {refused && <State icon="notice" title={t(refused === 'too_long' ? 'err_too_long' : 'err_other', { code: refused })} />}
      {hard.map((some) => (
        <Finding key={some.check.code} report={report} broken={some} fromCheck />
      ))}
      <Critical report={report} />
      <Disagreements report={report} />
      <Missing report={report} />
      {soft.length > 0 && (
        <>
          <h2 class="head head-strong">{t('doesNotAdd', { n: soft.length })}</h2>
          {soft.map((some) => (
            <Finding key={some.check.code} report={report} broken={some} fromCheck />
          ))}
        </>
      )}
      {tasksOf(report.form).map(({ section }) => (
        <SectionLines key={section.code} report={report} section={section} broken={broken} />
      ))}
      {report.form.stage !== 'incident' && <Times report={report} />}
      <NotAsked report={report} items={itemsOf(report.form)} />
    </Screen>
  )
}
