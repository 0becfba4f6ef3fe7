/** An incident in thirty seconds: safe?, what about, what happened, sent. The rest can follow. */
import { useEffect, useState } from 'preact/hooks'
import type { Checklist, Item, OpenReport, Place } from '../../store/api'
import { clock, number, wall } from '../../text'
import { current, lang, phone, t } from '../app-state'
import { itemsOf } from '../engine'
import { TextBox } from '../fields'
import { Icon } from '../icons'
import { go, route, swap, type Route } from '../nav'
import { Button, Hotline, plateOf, reveal, Screen, Segments, State, T, toToday } from '../parts'
import { begin } from '../places'
import { send } from './check'

const NARRATIVE_MAX = 2000

const byId = (form: Checklist, id: string): Item | undefined => itemsOf(form).find((item) => item.id === id)

function placeOfRoute(): Place {
  const { place, kind } = route.value
  return place ? { kind: kind ?? 'station', id: place } : { kind: 'none', id: null }
}

let opening: Promise<OpenReport> | null = null

/** Begins the report with the first thing that is said, so that a mere look leaves nothing behind. */
function opened(form: Checklist): Promise<OpenReport> {
  const { report: id, from, ...rest } = route.value
  if (id && current.value?.report_id === id) return Promise.resolve(current.value)
  opening ??= begin(form.code, placeOfRoute())
    .then((report) => {
      swap({ ...rest, from, at: 'incident', report: report.report_id })
      void prefill(report, from)
      return report
    })
    .finally(() => (opening = null))
  return opening
}

/** What need not be asked: when, and which report it belongs to. */
async function prefill(report: OpenReport, from: string | undefined): Promise<void> {
  const time = byId(report.form, 'E01')
  const where = byId(report.form, 'E02')
  const linked = byId(report.form, 'E21')
  const station = report.view.value.summary.header.place.kind === 'station'
  if (time) await report.setAnswer(time.code, wall(new Date()))
  if (where && station) await report.setAnswer(where.code, 'visited')
  if (linked && from) await report.setAnswer(linked.code, from)
}

function Safety({ form, report, say }: { form: Checklist; report: OpenReport | null; say: Say }) {
  const safe = byId(form, 'E13')
  const answer = safe && report?.view.value.answers[safe.code]
  return (
    <div class="block first-block">
      <div class="state state-act plain">
        <span class="grow">
          <b>{t('safe')}</b>
          <span class="p">{t('safeDo')}</span>
        </span>
        {safe && (
          <span class="safe">
            <Segments
              tight
              name={t('safe')}
              value={typeof answer === 'string' ? answer : null}
              choices={(safe.options ?? []).map((option) => ({ value: option.code, label: <T of={option.label} /> }))}
              onPick={(code) => say(safe, code)}
            />
          </span>
        )}
      </div>
    </div>
  )
}

type Say = (item: Item, value: string) => void

function Category({ item, report, say, missing }: { item: Item; report: OpenReport | null; say: Say; missing: boolean }) {
  const answer = report?.view.value.answers[item.code]
  return (
    <div class="block">
      <h2 class="label" id="about">
        {t('whatAbout')}
      </h2>
      <div class="cats" role="group" aria-labelledby="about">
        {(item.options ?? []).map((option) => (
          <button
            key={option.code}
            type="button"
            class={answer === option.code ? 'cat on' : 'cat'}
            aria-pressed={answer === option.code}
            onClick={() => say(item, option.code)}
          >
            <T of={option.label} />
          </button>
        ))}
      </div>
      {missing && (
        <p id="about-missing" class="err inset" role="alert">
          <Icon name="notice" small />
          {t('chooseAbout')}
        </p>
      )}
    </div>
  )
}

function Narrative({ item, report, say }: { item: Item; report: OpenReport | null; say: Say }) {
  const answer = report?.view.value.answers[item.code]
  const [typed, setTyped] = useState<string | null>(null)
  const text = typed ?? (typeof answer === 'string' ? answer : '')
  const place = report ? report.view.value.summary : null
  const plate = place ? plateOf(place.header.place, place.station) : plateOf(placeOfRoute(), phone.stations.byCode(route.value.place ?? ''))
  const choosePlace = (): void => go({ at: 'picker', kind: 'station', pick: 'incident', report: report?.report_id })
  return (
    <div class="block">
      <label class="label" for="happened">
        {t('whatHappened')}
      </label>
      <div class="narrative">
        <TextBox
          id="happened"
          label={t('whatHappened')}
          hint={t('commentHint')}
          max={NARRATIVE_MAX}
          value={text}
          onText={(written) => {
            setTyped(written)
            say(item, written)
          }}
        />
      </div>
      <div class="chips">
        <button type="button" class="tool tool-line" onClick={choosePlace}>
          <Icon name="pin" />
          {plate ?? t('noPlace')}
        </button>
        <span class="tool tool-line still">
          <Icon name="clock" />
          {clock(place?.header.arrived_at ?? wall(new Date()))}
        </span>
        <span class="push cap">{t('chars', { n: text.length, max: number(lang.value, NARRATIVE_MAX) })}</span>
      </div>
    </div>
  )
}

export function IncidentScreen({ report }: { report: OpenReport | null }) {
  const [missing, setMissing] = useState(false)
  const form = report?.form ?? phone.forms.value.find((some) => some.stage === 'incident')
  const category = form && byId(form, 'E04')
  const narrative = form && byId(form, 'E19')
  useEffect(() => setMissing(false), [report?.view.value.answers])
  if (!form || !category) {
    return (
      <Screen title={t('incidentTitle')} to={toToday()}>
        <State icon="notice" title={t('noForm')} text={t('noFormDo')} />
      </Screen>
    )
  }
  const say: Say = (item, value) =>
    void opened(form).then((some) => (value === '' ? some.clear(item.code) : some.setAnswer(item.code, value)))
  const finish = (): void => {
    if (report && report.view.value.answers[category.code]) return void send(report)
    setMissing(true)
    reveal('about-missing')
  }
  const more = (): void => void opened(form).then((some) => go({ at: 'visit', report: some.report_id }))
  return (
    <Screen
      title={t('incidentTitle')}
      to={wayBack()}
      foot={<Button cls="btn-main" icon="flag" onClick={finish}>{t('sendFirst')}</Button>}
    >
      <Safety form={form} report={report} say={say} />
      <Hotline />
      <Category item={category} report={report} say={say} missing={missing} />
      {narrative && <Narrative item={narrative} report={report} say={say} />}
      <ul class="block rows">
        <li>
          <button class="row" type="button" onClick={more}>
            <span class="row-main">
              <b>{t('moreQuestions')}</b>
            </span>
            <Icon name="next" cls="go" />
          </button>
        </li>
      </ul>
    </Screen>
  )
}

function wayBack(): { route: Route; name: string } {
  const { from } = route.value
  return from ? { route: { at: 'visit', report: from }, name: t('answers') } : toToday()
}

