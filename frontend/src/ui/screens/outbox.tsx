/** Everything that is kept here, and what the mission has received. */
import { useRef, useState } from 'preact/hooks'
import type { OutboxItem, ReportSummary } from '../../store/api'
import { has, size, when, type Key } from '../../text'
import { announce, lang, phone, t, today } from '../app-state'
import { Icon } from '../icons'
import { Button, Plate, reportPlate, Screen, State, T, toneOf, toToday, whenSent } from '../parts'
import { toReport } from '../places'
import { fate } from './today'

const HELD: Record<string, Key> = {
  unknown_form: 'held_version',
  unknown_version: 'held_version',
  unknown_station: 'held_station',
  unknown_place: 'held_station',
  device_lost: 'held_device',
}

/** Why the mission looks at a report, in words of the observer's language. */
export const heldWords = (code: string | null): string => t(HELD[code ?? ''] ?? 'held_other')

/** The operations of a report that the mission has not received, the newest first. */
const openOf = (report: ReportSummary): OutboxItem[] =>
  phone.outbox.value.filter((item) => item.report_id === report.report_id && item.state !== 'received')

/** How often it was tried, and when next where that is not when everything is. */
const triesOf = (item: OutboxItem | undefined): (string | null | 0 | undefined | false)[] => [
  item && item.tries > 0 && t('tries', { n: item.tries }),
  item?.next_at && t('againAt', { time: when(lang.value, item.next_at, today.value) }),
]

/** Of everything that was ever minted here. */
const bytesIn = (...states: OutboxItem['state'][]): number =>
  phone.outbox.value.filter((item) => states.includes(item.state)).reduce((sum, item) => sum + item.bytes, 0)

/** An incident goes out before anything else that waits. */
const leads = (report: ReportSummary): boolean =>
  report.state === 'kept' && phone.form(report.form, report.form_version)?.stage === 'incident'

function Line({ report }: { report: ReportSummary }) {
  const { tone, icon } = toneOf(report.state)
  const plate = reportPlate(report)
  const open = openOf(report)
  const bytes = open.reduce((sum, item) => sum + item.bytes, 0)
  const words = [
    fate(report),
    leads(report) && t('firstInLine'),
    bytes > 0 && size(lang.value, bytes),
    ...triesOf(open[0]),
  ].filter(Boolean)
  const reason = report.state === 'held' ? heldWords(report.code) : report.state === 'lost' ? t('lostDo') : ''
  return (
    <button class="row" type="button" onClick={() => toReport(report)}>
      <Icon name={icon} cls={`tone-${tone}`} />
      <span class="row-main">
        <b class="row-with-plate">
          {plate && <Plate>{plate}</Plate>}
          <T of={phone.form(report.form, report.form_version)?.title ?? report.form} />
        </b>
        <span class={tone === 'offline' ? 'sub' : `sub tone tone-${tone}`}>{words.join(' · ')}</span>
        {reason && <span class="sub">{reason}</span>}
      </span>
      {report.finished && (
        <span class="row-end">
          <span class="code">{report.receipt.code}</span>
        </span>
      )}
    </button>
  )
}

function Group({ title, reports }: { title: string; reports: ReportSummary[] }) {
  if (reports.length === 0) return null
  return (
    <>
      <h2 class="head">
        {title}
        <small>{reports.length}</small>
      </h2>
      <ul class="block rows out">
        {reports.map((report) => (
          <li key={report.report_id}>
            <Line report={report} />
          </li>
        ))}
      </ul>
    </>
  )
}

/** How much of what waited when the round began has a receipt. */
function Underway({ left }: { left: number }) {
  const whole = useRef(left)
  whole.current = Math.max(whole.current, left)
  const done = whole.current - left
  const [there, all] = [done, whole.current].map((bytes) => size(lang.value, bytes))
  return (
    <State
      tone="sending"
      icon="sending"
      title={t('sendingNow')}
      text={
        <>
          {t('ofTotal', { done: there!, total: all! })}
          <span class="load">
            <i style={{ '--v': `${(100 * done) / whole.current}%` }} />
          </span>
        </>
      }
    />
  )
}

function Summary() {
  const { waiting, counts, online, last_contact_at, problem, kept, next_try_at, running } = phone.sync.value
  const last = when(lang.value, last_contact_at, today.value)
  if (waiting === 0) {
    return (
      <State
        tone={online ? 'received' : 'offline'}
        icon={online ? 'received' : 'offline'}
        title={t('nothingWaiting')}
        text={last ? t('lastAt', { time: last }) : t('noContact')}
      />
    )
  }
  if (kept > 0 && kept === counts.lost) return <State tone="lost" icon="lost" title={t('lostTitle')} text={t('lostDo')} />
  const bytes = bytesIn('kept', 'sending', 'held', 'lost')
  if (running) return <Underway left={bytesIn('kept', 'sending')} />
  const mass = t('waitingSize', { n: kept, size: size(lang.value, bytes) })
  const why = problem && has(`prob_${problem}`) ? `${t(`prob_${problem}`)} ` : ''
  const next = next_try_at && online ? ` ${t('nextTry', { time: when(lang.value, next_try_at, today.value) })}.` : ''
  const title = online ? t('keptHere') : last ? t('allKept', { time: last }) : t('allKeptNow')
  return <State tone="offline" icon={online ? 'kept' : 'offline'} title={title} text={`${mass}. ${online ? why : ''}${whenSent()}${next}`} />
}

/** Hands the copy to the phone's own way of saving a file. */
function download(blob: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = `urna-${phone.session.value?.team ?? ''}-${today.value}.ndjson`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

export function OutboxScreen() {
  const [copied, setCopied] = useState(false)
  const own = phone.reports.value.filter((report) => report.mine)
  const of = (...states: ReportSummary['state'][]): ReportSummary[] => own.filter((report) => states.includes(report.state))
  const save = async (): Promise<void> => {
    download(await phone.saveCopy('unsent'))
    setCopied(true)
    announce(t('copySaved'))
  }
  return (
    <Screen
      title={t('outbox')}
      to={toToday()}
      foot={
        <>
          <Button cls="btn-big btn-even" icon={copied ? 'tick' : 'copy'} onClick={() => void save()}>
            {copied ? t('copySaved') : t('saveCopy')}
          </Button>
          <Button cls="btn-main" icon="sending" onClick={() => void phone.syncNow()}>{t('tryNow')}</Button>
        </>
      }
    >
      <Summary />
      <Group title={t('lostShort')} reports={of('lost')} />
      <Group title={t('heldShort')} reports={of('held')} />
      <Group title={t('keptHere')} reports={of('sending', 'kept').sort((a, b) => Number(leads(b)) - Number(leads(a)))} />
      <Group title={t('drafts')} reports={of('draft')} />
      <Group title={t('receivedThere')} reports={of('received')} />
      {own.length === 0 && <State icon="kept" title={t('empty')} />}
    </Screen>
  )
}
