/** Practice is shown in place of the real phone, under stripes, until it is finished. */
import type { Phone } from '../store/api'
import { phone, setPhone, t, today } from './app-state'
import { Icon } from './icons'
import { swap } from './nav'
import { Button, Row, State } from './parts'
import { closeReport } from './use-report'

let real: Phone

function show(next: Phone): void {
  closeReport()
  setPhone(next)
  swap({ at: 'today' })
}

async function begin(): Promise<void> {
  real = phone
  show(await real.practice())
}

async function end(): Promise<void> {
  await real.endPractice()
  show(real)
}

/** The way into practice; on the day itself there is none. */
export function PracticeRow() {
  const { practising, practised, session } = phone
  if (practising || session.value!.mission.day === today.value) return null
  return (
    <li>
      <Row
        lead={practised.value ? <span class="disc disc-done"><Icon name="tick" /></span> : <Icon name="edit" />}
        title={t('practiceTry')}
        sub={t(practised.value ? 'practiceDone' : 'practiceWhy')}
        onClick={() => void begin()}
      />
    </li>
  )
}

/** The way out of it. */
export function PracticePanel() {
  if (!phone.practising) return null
  const finish = <Button cls="btn-s" onClick={() => void end()}>{t('practiceEnd')}</Button>
  return <State icon="notice" title={t('practiceOn')} text={t('practiceWhy')} act={finish} />
}
