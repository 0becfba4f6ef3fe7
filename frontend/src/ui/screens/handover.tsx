/** A second phone for the team, a new one in place of this one, and the way out of the mission. */
import { useState } from 'preact/hooks'
import { PhoneError } from '../../store/api'
import { phone, t } from '../app-state'
import { Icon } from '../icons'
import { go, swap } from '../nav'
import { Button, Screen, State, errorWords, toToday } from '../parts'
import { closeReport } from '../use-report'

function Leave() {
  const [refused, setRefused] = useState<unknown>(null)
  const leave = async (): Promise<void> => {
    try {
      await phone.leave()
      closeReport()
      swap({ at: 'welcome' })
    } catch (error) {
      setRefused(error)
    }
  }
  return (
    <div class="block pad">
      <p class="note">{t('leaveText')}</p>
      <Button cls="btn-wide" onClick={() => void leave()}>{t('leave')}</Button>
      {refused && (
        <p class="err" role="alert">
          <Icon name="notice" small />
          <span>{errorWords(refused as PhoneError)}</span>
        </p>
      )}
    </div>
  )
}

export function HandoverScreen() {
  const { waiting, kept } = phone.sync.value
  const outbox = (): void => go({ at: 'outbox' })
  return (
    <Screen title={t('handover')} to={toToday()}>
      <h2 class="head">{t('second')}</h2>
      <p class="block pad">{t('secondText', { team: phone.session.value!.team })}</p>
      <h2 class="head">{t('newPhone')}</h2>
      {waiting > 0 ? (
        <State tone="offline" icon="kept" title={t('reportsKept', { n: kept })} text={t('newPhoneFirst')} onClick={outbox} />
      ) : (
        <State tone="received" icon="received" title={t('nothingWaiting')} />
      )}
      <p class="block pad">{t('newPhoneText')}</p>
      {!phone.practising && (
        <>
          <h2 class="head">{t('leave')}</h2>
          <Leave />
        </>
      )}
    </Screen>
  )
}
