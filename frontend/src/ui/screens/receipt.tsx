/** What the observer may rely on: kept here, received there, found by four characters. */
import type { OpenReport } from '../../store/api'
import { clock, when } from '../../text'
import { lang, phone, t, today } from '../app-state'
import { Icon } from '../icons'
import { go, up } from '../nav'
import { progressOfAll } from '../progress'
import { Button, PlaceName, Plate, reportPlate, Row, Screen, State, T, toToday, whenSent } from '../parts'
import { StationRow } from './today'
import { heldWords } from './outbox'

function Fate({ report }: { report: OpenReport }) {
  const { state, receipt, code } = report.view.value.summary
  if (state === 'lost') return <State tone="lost" icon="lost" title={t('lostTitle')} text={t('lostDo')} />
  if (state === 'held') return <State tone="held" icon="held" title={t('heldTitle')} text={heldWords(code)} />
  if (state === 'sending') return <State tone="sending" icon="sending" title={t('sendingNow')} text={t('sendingKeep')} />
  if (state === 'received') {
    return <State tone="received" icon="received" title={t('receivedLong', { time: clock(receipt.received_at) })} text={t('nothingMore')} />
  }
  return <State tone="offline" icon={phone.sync.value.online ? 'kept' : 'offline'} title={whenSent()} text={t('drive')} />
}

function Paper({ report }: { report: OpenReport }) {
  const { summary } = report.view.value
  const { answered, asked } = progressOfAll(report.form, report.view.value)
  const { receipt, header, station } = summary
  const plate = reportPlate(summary)
  return (
    <>
      <div class="slotline" />
      <div class="paper-well">
        <section class="paper slide" aria-label={t('receipt')}>
          <p class={phone.practising ? 'sim' : 'note'}>
            <span>{t(phone.practising ? 'practice' : 'receipt')}</span>
          </p>
          <span class="code">{receipt.code}</span>
          <p class="cap">{t('receiptFind')}</p>
          <dl>
            <dt>{header.place.kind === 'commission' ? t('commission') : header.place.kind === 'none' ? t('place') : t('station')}</dt>
            <dd>{plate ? <Plate>{plate}</Plate> : <PlaceName place={header.place} station={station} />}</dd>
            <dt>{t('form')}</dt>
            <dd>
              <T of={report.form.title} />
            </dd>
            <dt>{t('answers')}</dt>
            <dd>{t('someAnswered', { done: answered, n: asked })}</dd>
            <dt>{t('kept')}</dt>
            <dd>{when(lang.value, summary.changed_at, today.value)}</dd>
            <dt>{t('received')}</dt>
            <dd>
              {receipt.received_at && summary.state === 'received' ? (
                <span class="got">
                  <Icon name="received" small />
                  {when(lang.value, receipt.received_at, today.value)}
                </span>
              ) : (
                t('notYet')
              )}
            </dd>
          </dl>
        </section>
      </div>
    </>
  )
}

function NextStation() {
  const visited = new Set(phone.reports.value.map((report) => report.header.place.id))
  const next = phone.stations.planned.value.find((station) => !visited.has(station.code))
  if (!next) return null
  return (
    <>
      <h2 class="head">{t('nextRoute')}</h2>
      <ul class="block rows">
        <li>
          <StationRow station={next} />
        </li>
      </ul>
    </>
  )
}

export function ReceiptScreen({ report }: { report: OpenReport }) {
  const { state } = report.view.value.summary
  const title = state === 'received' ? 'receivedThere' : state === 'held' ? 'heldShort' : state === 'lost' ? 'lostShort' : 'keptHere'
  return (
    <Screen
      title={t(title)}
      to={toToday()}
      foot={<Button cls="btn-main" onClick={() => up({ at: 'today' })}>{t('backToday')}</Button>}
    >
      <Fate report={report} />
      <Paper report={report} />
      <NextStation />
      <ul class="block rows gap">
        <li>
          <Row
            lead={<Icon name="edit" />}
            title={t(report.form.stage === 'incident' ? 'addMore' : 'editAgain')}
            onClick={() => go({ at: 'visit', report: report.report_id })}
          />
        </li>
      </ul>
    </Screen>
  )
}
