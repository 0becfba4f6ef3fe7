/** Home: what is under way, what comes next, what is done. */
import { useState } from 'preact/hooks'
import type { OpenReport, ReportSummary, Station } from '../../store/api'
import { longDay, when } from '../../text'
import { lang, phone, t, today } from '../app-state'
import { Icon } from '../icons'
import { go } from '../nav'
import { Button, Loading, PlaceName, Plate, Region, reportPlate, Row, Screen, State, T, toneOf, whenSent } from '../parts'
import { PracticePanel } from '../practice'
import { placeRoute, toReport } from '../places'
import { progressOfAll, unanswered } from '../progress'
import { whereIs } from '../pages'
import { closeReport, useReport } from '../use-report'
import { Slots } from './visit'

const FEW = 5
const MANY = 12

/** The panels above everything: what endangers reports first, then what merely waits. */
function Panels() {
  const session = phone.session.value!
  return (
    <>
      {session.access === 'unknown' && (
        <State
          tone="held"
          icon="held"
          title={t('accessUnknown')}
          text={t('accessUnknownDo')}
          act={<Button cls="btn-s" onClick={() => go({ at: 'enrol' })}>{t('newCard')}</Button>}
        />
      )}
      {session.access === 'lost' && <State tone="held" icon="held" title={t('accessLost')} text={t('accessLostDo')} />}
      <SyncPanel />
      {phone.update.value && (
        <State
          icon="notice"
          title={t('updateTitle')}
          act={<Button cls="btn-s" onClick={startUpdate}>{t('updateDo')}</Button>}
        />
      )}
    </>
  )
}

function startUpdate(): void {
  closeReport()
  phone.applyUpdate()
}

function SyncPanel() {
  const { counts, kept, online, last_contact_at } = phone.sync.value
  const open = (): void => go({ at: 'outbox' })
  if (counts.lost > 0) return <State tone="lost" icon="lost" title={t('lostTitle')} text={t('lostDo')} onClick={open} />
  if (counts.held > 0) return <State tone="held" icon="held" title={t('chipHeldLong', { n: counts.held })} text={t('heldNothing')} onClick={open} />
  if (counts.sending > 0) return <State tone="sending" icon="sending" title={t('sendingNow')} text={t('sendingKeep')} onClick={open} />
  if (kept === 0) return null
  const offline = last_contact_at ? t('offlineSince', { time: when(lang.value, last_contact_at, today.value) }) : t('offlineNow')
  return (
    <State
      tone="offline"
      icon={online ? 'kept' : 'offline'}
      title={t('reportsKept', { n: kept })}
      text={online ? whenSent() : offline}
      onClick={open}
    />
  )
}

/** Straight to the first question without an answer, with the task list behind it. */
function goOn(report: ReportSummary, open: OpenReport | null): void {
  const id = report.report_id
  go({ at: 'visit', report: id })
  if (!open) return
  const [next] = unanswered(open.form, open.view.value)
  if (!next) return go({ at: 'check', report: id })
  const place = whereIs(open.form.sections, next.code)
  if (place && progressOfAll(open.form, open.view.value).answered > 0) go({ at: 'section', report: id, ...place })
}

function Working({ report }: { report: ReportSummary }) {
  const form = phone.form(report.form, report.form_version)
  const arrived = report.header.arrived_at
  const open = useReport(report.report_id)
  const left = open ? unanswered(open.form, open.view.value).length : null
  const words = left === null ? t('goOn') : left === 0 ? t('toCheck') : t('questionsLeft', { n: left })
  return (
    <section class="card">
      <div class="card-head">
        {reportPlate(report) && <Plate large>{reportPlate(report)!}</Plate>}
        <span>
          <b>
            <T of={form?.title ?? report.form} />
          </b>
          <span class="note">
            {t('arrivedAt', { time: when(lang.value, arrived, today.value) })}
            {!report.mine && ` · ${t('otherPhone')}`}
          </span>
        </span>
      </div>
      <div class="card-name">
        <b>
          <PlaceName place={report.header.place} station={report.station} />
        </b>
        {report.station?.address && <T of={report.station.address} cls="note" />}
      </div>
      {open && <Slots report={open} />}
      <div class="card-acts">
        <Button cls="btn-main" onClick={() => goOn(report, open)}>{words}</Button>
      </div>
    </section>
  )
}

export function StationRow({ station, sub, end }: { station: Station; sub?: string; end?: string }) {
  return (
    <Row
      lead={<Plate>{station.number}</Plate>}
      title={<T of={station.name} />}
      sub={sub ?? <T of={station.address} />}
      end={end}
      onClick={() => go({ at: 'place', place: station.code, kind: 'station' })}
    />
  )
}

function Planned({ stations, filled }: { stations: Station[]; filled: boolean }) {
  const [all, setAll] = useState(false)
  const first = stations[0]
  if (!first) return null
  const rest = filled ? stations : stations.slice(1)
  const rows = all ? rest : rest.slice(0, FEW)
  return (
    <>
      <h2 class="head">
        {t('nextRoute')}
        <small>{t('stationsN', { n: stations.length })}</small>
      </h2>
      {!filled && (
        <section class="card">
          <div class="card-head">
            <Plate large>{first.number}</Plate>
            <span class="note"><Region station={first} /></span>
          </div>
          <div class="card-name">
            <b>
              <T of={first.name} />
            </b>
            <T of={first.address} cls="note" />
          </div>
          <div class="card-acts">
            <Button cls="btn-main" onClick={() => go({ at: 'place', place: first.code, kind: 'station' })}>{t('openStation')}</Button>
          </div>
        </section>
      )}
      {rows.length > 0 && (
        <ul class={filled ? 'block rows' : 'block rows gap'}>
          {rows.map((station) => (
            <li key={station.code}>
              <StationRow station={station} />
            </li>
          ))}
          {rest.length > rows.length && (
            <li>
              <Row title={t('showAll', { n: rest.length })} onClick={() => setAll(true)} />
            </li>
          )}
        </ul>
      )}
    </>
  )
}

/** What became of a report, in the two words. */
export function fate(report: ReportSummary): string {
  if (report.void) return t('withdrawn')
  if (report.state === 'held') return t('heldTitle')
  if (report.state === 'lost') return t('lostTitle')
  if (report.state === 'received') return t('receivedAt', { time: when(lang.value, report.receipt.received_at, today.value) })
  if (report.state === 'sending') return t('sending')
  if (report.state === 'draft') return report.finished ? t('changedSince') : t('notFinished')
  return t('keptAt', { time: when(lang.value, report.changed_at, today.value) })
}

export function ReportRow({ report }: { report: ReportSummary }) {
  const form = phone.form(report.form, report.form_version)
  const { tone } = toneOf(report.state)
  const plate = reportPlate(report)
  return (
    <Row
      lead={plate ? <Plate>{plate}</Plate> : <Icon name="flag" />}
      title={<T of={form?.title ?? report.form} />}
      sub={report.mine ? fate(report) : `${fate(report)} · ${t('otherPhone')}`}
      tone={tone === 'offline' ? undefined : tone}
      end={report.finished ? <span class="code">{report.receipt.code}</span> : undefined}
      onClick={() => toReport(report)}
    />
  )
}

/** A long list opens with a tap: a slow phone lays out sixty rows in a third of a second. */
function Reports({ title, reports }: { title: string; reports: ReportSummary[] }) {
  const [all, setAll] = useState(false)
  if (reports.length === 0) return null
  const rows = all ? reports : reports.slice(0, MANY)
  return (
    <>
      <h2 class="head">{title}</h2>
      <ul class="block rows">
        {rows.map((report) => (
          <li key={report.report_id}>
            <ReportRow report={report} />
          </li>
        ))}
        {reports.length > rows.length && (
          <li>
            <Row title={t('showAll', { n: reports.length })} onClick={() => setAll(true)} />
          </li>
        )}
      </ul>
    </>
  )
}

function More() {
  return (
    <>
      <h2 class="head">{t('more')}</h2>
      <ul class="block rows">
        <li>
          <Row lead={<Icon name="help" />} title={t('help')} onClick={() => go({ at: 'help' })} />
        </li>
        <li>
          <Row lead={<Icon name="kept" />} title={t('about')} onClick={() => go({ at: 'about' })} />
        </li>
      </ul>
    </>
  )
}

export function TodayScreen() {
  const session = phone.session.value!
  const reports = phone.reports.value.filter((report) => !report.void)
  const open = reports.filter((report) => !report.finished || report.state === 'draft')
  const done = reports.filter((report) => report.finished && report.state !== 'draft')
  const visited = new Set(reports.map((report) => report.header.place.id))
  const ahead = phone.stations.planned.value.filter((station) => !visited.has(station.code))
  const working = open.find((report) => report.mine) ?? open[0]
  return (
    <Screen
      title={longDay(lang.value, today.value)}
      sub={
        <>
          {t('teamLine', { team: session.team })} · <T of={session.mission.name} />
        </>
      }
      foot={
        <>
          <Button cls="btn-big btn-even" icon="plus" onClick={() => go({ at: 'picker', kind: 'station' })}>{t('newVisit')}</Button>
          <Button cls="btn-big btn-even" icon="flag" onClick={() => go({ at: 'incident', ...(working && placeRoute(working.header.place)) })}>{t('incident')}</Button>
        </>
      }
    >
      <PracticePanel />
      <Panels />
      {working && (
        <>
          <h2 class="head">{t('now')}</h2>
          <Working report={working} />
        </>
      )}
      <Reports title={t('alsoBegun')} reports={open.filter((report) => report !== working)} />
      <Planned stations={ahead} filled={working !== undefined} />
      <Reports title={t('doneHead')} reports={done} />
      {reports.length === 0 &&
        ahead.length === 0 &&
        (phone.preparation.value.ready ? <State icon="pin" title={t('noStationYet')} text={t('findFirst')} /> : <Loading />)}
      <More />
    </Screen>
  )
}
