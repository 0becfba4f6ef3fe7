/** The observer's page: the phone's core below, its screens above. */
import './styles/tokens.css'
import './styles/base.css'
import './styles/parts.css'
import './styles/form.css'
import './styles/screens.css'
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
  startScreens(phone, root)
  listen(phone, Math.random)
  phone.onUpdate = await watchForUpdates(phone.update)
}

/** Without a database nothing could be kept, and an observer must not believe otherwise. */
function refuse(): void {
  root.textContent =
    'Urna cannot keep reports in this window: open it in a normal window of Chrome, Firefox or Safari. ' +
    'Urna не может хранить отчёты в этом окне: откройте её в обычном окне браузера. ' +
    'Urna бұл терезеде есептерді сақтай алмайды: оны браузердің кәдімгі терезесінде ашыңыз.'
}

main().catch((error: unknown) => {
  if (!root.hasChildNodes()) refuse()
  throw error
})
