/** The observer's page: the phone's core below, its screens above. */
import './styles/tokens.css'
import './styles/base.css'
import './styles/parts.css'
import './styles/form.css'
import './styles/screens.css'
import { effect } from '@preact/signals'
import { findings, irrelevant } from './forms/answers'
import type { Engine } from './open-report'
import { startPhone } from './phone'
import { browserEffects } from './store/effects'
import { listen } from './sync/triggers'
import { startScreens } from './ui/start'
import { watchForUpdates } from './update'

declare const __APP_VERSION__: string

const root = document.getElementById('app')!
const engine: Engine = { irrelevant, findings }

async function main(): Promise<void> {
  const phone = await startPhone({
    effects: browserEffects(),
    engine,
    version: __APP_VERSION__,
    visible: () => document.visibilityState === 'visible',
    languages: navigator.languages,
  })
  effect(() => nameApp(phone.language.value))
  startScreens(phone, root)
  listen(phone, Math.random)
  phone.onUpdate = await watchForUpdates(phone.update)
}

/** The app is installed under words of the language in which the person reads. */
function nameApp(language: string): void {
  const link = document.querySelector('link[rel=manifest]')
  link?.setAttribute('href', `/manifest${language === 'en' ? '' : `.${language}`}.webmanifest`)
}

/** Without a database nothing could be kept, and an observer must not believe otherwise: the page says so itself. */
function refuse(): void {
  document.getElementById('refused')!.hidden = false
}

main().catch((error: unknown) => {
  if (!root.hasChildNodes()) refuse()
  throw error
})
