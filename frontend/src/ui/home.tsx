/** Where the page lives on this device, and where it should. */
import { t } from './app-state'
import { route } from './nav'
import { Button, State } from './parts'

const { userAgent } = navigator
const standalone = (navigator as { standalone?: boolean }).standalone

const isApple = /iPhone|iPad/.test(userAgent)

/** What this phone is called at the mission: its make, never a person. */
export const make = isApple ? 'iPhone' : /Android/.test(userAgent) ? 'Android' : 'Computer'

/** A page inside a messenger: what it keeps goes when the messenger wants. */
const isInsideApp = /; wv\)|FBA[NV]|Instagram|Line\//.test(userAgent) || (isApple && !standalone && !/Safari/.test(userAgent))

/** iOS forgets what a page keeps after seven days without a visit, and an icon on the home screen keeps its own. */
export function Home() {
  const { code } = route.value
  const address = location.origin + (code ? `/#c=${code}` : '')
  const copy = <Button cls="btn-s" icon="copy" onClick={() => void navigator.clipboard?.writeText(address)}>{t('copyAddress')}</Button>
  if (isInsideApp) return <State icon="notice" title={t('insideApp')} text={<span class="ltr">{address}</span>} act={copy} />
  return standalone === false ? <State icon="plus" title={t('homeScreen')} text={t('homeScreenDo')} /> : null
}
