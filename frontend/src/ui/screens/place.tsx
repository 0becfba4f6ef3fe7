/** Is this the place? Confirmed by reading: plate, names, address. Then: what is observed here. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Checklist, Place, Station } from '../../store/api'
import { wall, when } from '../../text'
import { current, lang, now, phone, t, today } from '../app-state'
import { Icon } from '../icons'
import { go, route, swap, up } from '../nav'
import { Button, Plate, Region, Screen, Segments, State, T, toToday } from '../parts'
import { begin, placeRoute, reportsAt } from '../places'
import { formsFor, likelyForm } from '../stage'
import { TextBox } from '../fields'
import { ReportRow } from './today'

/** What may hang on the door, before what does not. */
const ON_DOORS = ['kk', 'ru']

/** The name in the screen's language, then as it stands on the door. */
function Names({ name, sought }: { name: Station['name']; sought: string | undefined }) {
  const written = (text: string | undefined): ComponentChildren => <T of={text} sought={sought} />
  if (typeof name === 'string') return <b>{written(name)}</b>
  const codes = [lang.value, ...ON_DOORS, ...Object.keys(name)].filter((code) => name[code])
  const [first, ...others] = codes.filter((code, index) => codes.findIndex((some) => name[some] === name[code]) === index)
  return (
    <>
      <b lang={first}>{first && written(name[first])}</b>
      {others.slice(0, lang.value === 'en' ? 2 : 1).map((code) => (
        <span key={code} class="alt" lang={code}>
          {written(name[code])}
        </span>
      ))}
    </>
  )
}

/** The forms that fit the place, the likeliest chosen, and the one filled button of the screen. */
function Arrive({ place, station, empty }: { place: Place; station?: Station; empty?: boolean }) {
  const { pick: why } = route.value
  const forms = formsFor(phone.forms.value, place.kind)
  const here = place.id ? reportsAt(place.id) : []
  const [form, setForm] = useState<Checklist | undefined>(() => likelyForm(forms, wall(now.value), station, here))
  const [missing, setMissing] = useState(false)
  const [refused, setRefused] = useState(false)
  if (why) return <Moved place={place} />
  if (!form) return <State icon="notice" title={t('noForm')} text={t('noFormDo')} />
  const start = async (): Promise<void> => {
    if (empty) return setMissing(true)
    try {
      const opened = await begin(form.code, place)
      go({ at: 'visit', report: opened.report_id })
    } catch {
      setRefused(true)
    }
  }
  return (
    <>
      {forms.length > 1 && (
        <div class="card-forms">
          <Segments
            name={t('whatForm')}
            value={form.code}
            choices={forms.map((some) => ({ value: some.code, label: <T of={some.title} /> }))}
            onPick={(code) => setForm(forms.find((some) => some.code === code))}
          />
        </div>
      )}
      <div class="card-acts">
        <Button cls="btn-main" onClick={() => void start()}>{t('arrivedHere')}</Button>
        {(refused || (missing && empty)) && (
          <p class="err" role="alert">
            <Icon name="notice" small />
            {t(refused ? 'err_storage' : 'handEmpty')}
          </p>
        )}
      </div>
    </>
  )
}

/** Another place for a report that has begun: nothing else changes. */
function Moved({ place }: { place: Place }) {
  const { report, pick: why } = route.value
  const move = async (): Promise<void> => {
    if (why === 'incident' && !report) return swap({ at: 'incident', ...placeRoute(place) })
    if (report && current.value?.report_id === report) await current.value.setHeader({ place })
    up({ at: why === 'incident' ? why : 'visit', report })
  }
  return (
    <div class="card-acts">
      <Button cls="btn-main" onClick={() => void move()}>{t('moveHere')}</Button>
    </div>
  )
}

function About({ station }: { station: Station }) {
  const onRoute = phone.stations.planned.value.some((some) => some.code === station.code)
  const [last] = reportsAt(station.code)
  const visit = last ? t('visitedToday', { time: when(lang.value, last.header.arrived_at, today.value) }) : t('notVisited')
  return (
    <div class="card-line cap">
      <Icon name="pin" small />
      {onRoute ? `${t('onRoute')}. ${visit}` : visit}
    </div>
  )
}

export function PlaceCard({ station, sought }: { station: Station; sought?: string }) {
  return (
    <section class="card found" aria-label={t('stationN', { number: station.number })}>
      <div class="card-head">
        <Plate large>{station.number}</Plate>
        <span class="note"><Region station={station} /></span>
      </div>
      <div class="card-name">
        <Names name={station.name} sought={sought} />
        <T of={station.address} cls="note" sought={sought} />
      </div>
      <About station={station} />
      <Arrive place={{ kind: 'station', id: station.code }} station={station} />
    </section>
  )
}

function CommissionCard({ code }: { code: string }) {
  const commission = phone.stations.commissions.value.find((some) => some.code === code)
  return (
    <section class="card found">
      <div class="card-name">
        <b>
          <T of={commission?.name ?? code} />
        </b>
        <span class="note">{commission?.region}</span>
      </div>
      <Arrive place={{ kind: 'commission', id: code }} />
    </section>
  )
}

export function PlaceScreen() {
  const { place = '', kind } = route.value
  const station = kind === 'commission' ? undefined : phone.stations.byCode(place)
  const here = reportsAt(place)
  return (
    <Screen title={t('placeTitle')} to={toToday()}>
      {kind === 'commission' ? <CommissionCard key={place} code={place} /> : station && <PlaceCard key={place} station={station} />}
      {kind !== 'commission' && !station && <State icon="search" title={t('noneFound', { query: place })} text={t('noneFoundDo')} />}
      {here.length > 0 && (
        <>
          <h2 class="head">{t('earlierHere')}</h2>
          <ul class="block rows">
            {here.map((report) => (
              <li key={report.report_id}>
                <ReportRow report={report} />
              </li>
            ))}
          </ul>
        </>
      )}
    </Screen>
  )
}

/** A place that is on no list is taken as typed. */
export function HandScreen() {
  const [text, setText] = useState('')
  const kind = route.value.kind ?? 'station'
  return (
    <Screen title={t('handTitle')} to={toToday()}>
      <div class="block first-block">
        <label class="label" for="hand">
          {t('handLabel')}
        </label>
        <div class="inset">
          <TextBox id="hand" label={t('handLabel')} max={300} value={text} onText={setText} />
          <p class="q-hint">{t('handHint')}</p>
        </div>
      </div>
      <section class="card">
        <Arrive place={{ kind, id: null, text: text.trim() }} empty={text.trim() === ''} />
      </section>
    </Screen>
  )
}
