/** This phone: what it keeps, which version, and how it looks. */
import { type Theme } from '../../store/api'
import { number, size, type Key } from '../../text'
import { lang, phone, t } from '../app-state'
import { Screen, Segments, T, toToday } from '../parts'
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
    </Screen>
  )
}
