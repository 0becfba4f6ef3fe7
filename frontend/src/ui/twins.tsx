/** The same visit, begun on two phones that did not know of each other: a person says whether it is one. */
import type { OpenReport } from '../store/api'
import { phone, t } from './app-state'
import { swap } from './nav'
import { Button, State } from './parts'
import { closeReport } from './use-report'

export function Twins({ report }: { report: OpenReport }) {
  const id = report.report_id
  const { summary } = report.view.value
  const [first] = phone.twinsOf(id).filter((other) => other.report_id < id)
  if (!first || !summary.mine || summary.void) return null
  const join = async (): Promise<void> => {
    await phone.join(id, first.report_id)
    closeReport()
    swap({ at: 'visit', report: first.report_id })
  }
  return (
    <>
      <State icon="team" title={t('twinTitle')} text={t('twinText')} />
      <div class="block pad find-acts">
        <Button cls="btn-s" onClick={() => void join()}>{t('twinJoin')}</Button>
        <Button cls="btn-s" onClick={() => void phone.separate(id)}>{t('twinApart')}</Button>
      </div>
    </>
  )
}
