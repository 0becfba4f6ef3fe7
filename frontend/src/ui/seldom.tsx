/** Screens that are seldom seen: their script comes once the first screen stands, and stays. */
import { signal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import type { OpenReport } from '../store/api'
import { t } from './app-state'
import { Loading, Screen, State, toToday } from './parts'

type Screens = typeof import('./screens/seldom')
const screens = signal<Screens | 'failed' | null>(null)

/** Nothing comes where the network went before the service worker had it; who opens such a screen asks again. */
export function fetchSeldom(): Promise<void> {
  return import('./screens/seldom').then(
    (module) => void (screens.value = module),
    () => void (screens.value = 'failed'),
  )
}

type Given = { report?: OpenReport }

export const seldom = (name: keyof Screens) =>
  function Seldom(given: Given = {}) {
    const came = screens.value
    useEffect(() => {
      if (came === 'failed') void fetchSeldom()
    }, [])
    if (came === 'failed') {
      return (
        <Screen title={t('urna')} to={toToday()}>
          <State icon="offline" title={t('prob_offline')} />
        </Screen>
      )
    }
    const Found = came?.[name] as ComponentType<Given> | undefined
    return Found ? <Found {...given} /> : <Screen title={t('loading')} to={toToday()}><Loading /></Screen>
  }
