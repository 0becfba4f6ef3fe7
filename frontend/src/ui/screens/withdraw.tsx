/** A report that was begun by mistake is withdrawn, not deleted. */
import type { OpenReport } from '../../store/api'
import { t } from '../app-state'
import { up } from '../nav'
import { Button, reportPlate, Screen, State } from '../parts'
import { closeReport } from '../use-report'

export function WithdrawScreen({ report }: { report: OpenReport }) {
  const visit = { at: 'visit', report: report.report_id } as const
  const withdraw = async (): Promise<void> => {
    await report.void({ reason: 'mistake' })
    closeReport()
    up({ at: 'today' })
  }
  return (
    <Screen
      title={t('withdrawTitle')}
      to={{ route: visit, name: reportPlate(report.view.value.summary) ?? t('answers') }}
      foot={
        <>
          <Button cls="btn-big btn-even" onClick={() => void withdraw()}>{t('withdrawDo')}</Button>
          <Button cls="btn-main" onClick={() => up(visit)}>{t('withdrawNot')}</Button>
        </>
      }
    >
      <State icon="notice" title={t('withdraw')} text={t('withdrawText')} />
    </Screen>
  )
}
