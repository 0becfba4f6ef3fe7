/** Before anything else: the language. Then the card. */
import { useEffect, useState } from 'preact/hooks'
import type { Language, OpenMission } from '../../store/api'
import { languageNames } from '../../text'
import { lang, phone, t } from '../app-state'
import { Home } from '../home'
import { Icon } from '../icons'
import { go } from '../nav'
import { Button, State, StoragePanel } from '../parts'

export function Languages({ onPick }: { onPick?: () => void }) {
  const choose = (code: Language): void => {
    void phone.setLanguage(code)
    onPick?.()
  }
  return (
    <ul class="rows langs">
      {(Object.keys(languageNames) as Language[]).map((code) => (
        <li key={code}>
          <button class="row" type="button" lang={code} aria-pressed={lang.value === code} onClick={() => choose(code)}>
            <span class="grow">{languageNames[code].name}</span>
            {lang.value === code && <Icon name="tick" />}
          </button>
        </li>
      ))}
    </ul>
  )
}

/** Whose observers this address awaits. Nothing while nobody answers: a person may come here without a network. */
function Missions() {
  const [missions, setMissions] = useState<OpenMission[] | null>(null)
  useEffect(() => void phone.missions().then(setMissions), [])
  if (missions?.length === 0) return <State icon="notice" title={t('noMission')} text={t('noMissionDo')} />
  return missions && (
    <ul class="hosts">
      {missions.map(({ name, organisation }) => (
        <li key={name}>
          <b dir="auto">{name}</b>
          <span class="sub" dir="auto">{organisation}</span>
        </li>
      ))}
    </ul>
  )
}

export function WelcomeScreen() {
  return (
    <div class="screen">
      <main class="main">
        <div class="hero">
          <Icon name="mark" />
          <h1>{t('urna')}</h1>
          <p>{t('welcomeLine')}</p>
        </div>
        <Missions />
        <div class="block">
          <Languages />
        </div>
        <StoragePanel />
        {phone.storage.value.emptied && <State tone="lost" icon="lost" title={t('emptiedTitle')} text={t('emptiedDo')} />}
        <Home />
        <p class="pad note">{t('firstLoad')}</p>
      </main>
      <footer class="foot">
        <Button cls="btn-main" onClick={() => go({ at: 'enrol' })}>{t('haveCard')}</Button>
      </footer>
    </div>
  )
}
