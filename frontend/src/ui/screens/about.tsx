/** This phone: what it keeps, which version, how it looks, and the way out of the mission. */
import { useState } from 'preact/hooks'
import { PhoneError, type Theme } from '../../store/api'
import { has, number, size, type Key } from '../../text'
import { lang, phone, t } from '../app-state'
import { Icon } from '../icons'
import { swap } from '../nav'
import { Button, Screen, Segments, T, toToday } from '../parts'
import { closeReport } from '../use-report'
import { Languages } from './welcome'

const THEMES: { value: Theme; key: Key }[] = [
  { value: 'auto', key: 'themeAuto' },
  { value: 'light', key: 'themeLight' },
  { value: 'dark', key: 'themeDark' },
  { value: 'night', key: 'themeNight' },
]

function Facts() {
  const session = phone.session.value!
  const { persisted, free_bytes } = phone.storage.value
  const promise = persisted === 'unknown' ? 'unknown' : persisted ? 'promised' : 'notPromised'
  const forms = phone.forms.value.map((form) => `${form.code} ${form.version}`).join(', ')
  const facts: [string, preact.ComponentChildren][] = [
    [t('team'), session.team],
    [t('mission'), <T of={session.mission.name} />],
    [t('keepsPromise'), t(promise)],
    [t('readySpace'), free_bytes === null ? t('unknown') : size(lang.value, free_bytes)],
    [t('readyStations'), number(lang.value, phone.stations.count.value)],
    [t('readyForms'), forms],
    [t('version'), version],
  ]
  return (
    <dl class="block facts first-block">
      {facts.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  )
}

declare const __APP_VERSION__: string | undefined
const version = typeof __APP_VERSION__ === 'string' ? __APP_VERSION__ : 'dev'

function Leave() {
  const [refused, setRefused] = useState<string | null>(null)
  const leave = async (): Promise<void> => {
    try {
      closeReport()
      await phone.leave()
      swap({ at: 'welcome' })
    } catch (error) {
      setRefused(error instanceof PhoneError ? error.code : 'other')
    }
  }
  const key: Key = refused && has(`err_${refused}`) ? (`err_${refused}` as Key) : 'err_other'
  return (
    <div class="block pad">
      <p class="note">{t('leaveText')}</p>
      <Button cls="btn-wide" onClick={() => void leave()}>{t('leave')}</Button>
      {refused && (
        <p class="err" role="alert">
          <Icon name="notice" small />
          <span>{t(key, { code: refused })}</span>
        </p>
      )}
    </div>
  )
}

export function AboutScreen() {
  return (
    <Screen title={t('about')} to={toToday()}>
      <Facts />
      <h2 class="head">{t('theme')}</h2>
      <div class="block pad">
        <Segments
          name={t('theme')}
          value={phone.theme.value}
          choices={THEMES.map(({ value, key }) => ({ value, label: t(key) }))}
          onPick={(theme) => void phone.setTheme(theme)}
        />
      </div>
      <h2 class="head">{t('language')}</h2>
      <div class="block">
        <Languages />
      </div>
      <h2 class="head">{t('leave')}</h2>
      <Leave />
    </Screen>
  )
}
