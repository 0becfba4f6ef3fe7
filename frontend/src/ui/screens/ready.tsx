/** Will it work tomorrow, without a network? Each line says so by itself. */
import type { ComponentChildren } from 'preact'
import { size } from '../../text'
import { lang, phone, t } from '../app-state'
import { Home } from '../home'
import { Icon } from '../icons'
import { up } from '../nav'
import { PracticeRow } from '../practice'
import { Button, Row, Screen } from '../parts'

function Line({ done, title, children }: { done: boolean; title: string; children: ComponentChildren }) {
  const lead = done ? (
    <span class="disc disc-done">
      <Icon name="tick" />
    </span>
  ) : (
    <svg class="glyph ring ring-empty" viewBox="0 0 28 28" aria-hidden="true">
      <circle class="t" cx="14" cy="14" r="11" />
    </svg>
  )
  return (
    <li>
      <Row lead={lead} title={title} sub={children} />
    </li>
  )
}

function Kept() {
  const { persisted } = phone.storage.value
  return (
    <Line done={persisted === true} title={t('readyKeeps')}>
      {t(persisted === true ? 'readyKeepsYes' : persisted === 'unknown' ? 'readyKeepsUnknown' : 'readyKeepsNo')}
    </Line>
  )
}

export function ReadyScreen() {
  const { forms, stations, ready } = phone.preparation.value
  const { persisted, free_bytes } = phone.storage.value
  const session = phone.session.value!
  const off_min = Math.floor(Math.abs(phone.sync.value.clock_off_s ?? 0) / 60)
  return (
    <Screen
      title={t('youAre', { team: session.team })}
      sub={t('readyTitle')}
      foot={
        <>
          {persisted === false && (
            <Button cls="btn-big btn-even" onClick={() => void phone.askPersistence()}>{t('readyAsk')}</Button>
          )}
          <Button cls="btn-main" onClick={() => up({ at: 'today' })}>{t('readyGo')}</Button>
        </>
      }
    >
      <Home />
      <ul class="block rows ready first-block" aria-live="polite">
        <Line done={ready} title={t('readyOffline')}>{t(ready ? 'readyOfflineYes' : 'readyOfflineNo')}</Line>
        <Line done={forms.total > 0 && forms.done >= forms.total} title={t('readyForms')}>
          {t('ofTotal', { done: forms.done, total: forms.total })}
        </Line>
        <Line done={ready || (stations.total > 0 && stations.done >= stations.total)} title={t('readyStations')}>
          {ready && phone.stations.count.value > 0
            ? t('stationsN', { n: phone.stations.count.value })
            : ready && stations.total === 0
              ? t('noStations')
              : t('ofTotal', { done: stations.done, total: stations.total })}
        </Line>
        <Kept />
        <Line done={off_min === 0} title={t('readyClock')}>{off_min === 0 ? t('readyClockRight') : t('readyClockOff', { n: off_min })}</Line>
        <Line done={free_bytes === null || free_bytes > 50e6} title={t('readySpace')}>
          {free_bytes === null ? t('unknown') : size(lang.value, free_bytes)}
        </Line>
        <PracticeRow />
      </ul>
    </Screen>
  )
}
