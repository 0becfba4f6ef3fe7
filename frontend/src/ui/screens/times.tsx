/** Arrival, departure, who fills in, who else was there, and a comment to all of it. */
import type { Header, OpenReport } from '../../store/api'
import { t, today } from '../app-state'
import { brokenOf } from '../engine'
import { dayFor } from '../clock-times'
import { TextBox, WhenBox } from '../fields'
import { Finding } from '../findings'
import { route, up } from '../nav'
import { Button, reportPlate, Screen, Segments } from '../parts'
import { Saved } from './section'

/** Teams are two or three people: members are numbers, never names. */
const MEMBERS = [1, 2, 3]

export function TimesScreen({ report }: { report: OpenReport }) {
  const { header } = report.view.value.summary
  const set = (patch: Partial<Header>): void => void report.setHeader(patch)
  const evening = report.form.stage === 'counting' || report.form.stage === 'tabulation'
  const dayOf = (time: string): string => dayFor(time, header.arrived_at, evening, today.value)
  const back = route.value.back === 'check' ? 'check' : 'visit'
  const ofTimes = brokenOf(report).filter((some) => some.anchor === null)
  return (
    <Screen
      title={t('timesTitle')}
      to={{ route: { at: back, report: report.report_id }, name: back === 'check' ? t('checkTitle') : (reportPlate(report.view.value.summary) ?? t('answers')) }}
      foot={
        <>
          <Saved report={report} />
          <Button cls="btn-main" onClick={() => up({ at: back, report: report.report_id })}>
            {back === 'check' ? t('toCheckBack') : t('goOn')}
          </Button>
        </>
      }
    >
      <div class="block q first-block">
        <h2 class="q-title">{t('arrived')}</h2>
        <WhenBox
          id="arrived"
          type="datetime"
          label={t('arrived')}
          value={header.arrived_at ?? ''}
          dayOf={() => today.value}
          base={today.value}
          onValue={(value) => set({ arrived_at: value || null })}
        />
        <div class="gap" />
      </div>
      <div class="block q">
        <h2 class="q-title">{t('departed')}</h2>
        <WhenBox
          id="departed"
          type="datetime"
          label={t('departed')}
          value={header.departed_at ?? ''}
          dayOf={dayOf}
          base={header.arrived_at?.slice(0, 10) ?? today.value}
          onValue={(value) => set({ departed_at: value || null })}
        />
        <div class="gap" />
      </div>
      {ofTimes.map((some) => (
        <Finding key={some.check.code} report={report} broken={some} fromCheck={some.check.level === 'hard'} />
      ))}
      <div class="block q">
        <h2 class="q-title">{t('filledBy')}</h2>
        <div class="opts">
          <Segments
            name={t('filledBy')}
            value={header.filled_by}
            choices={MEMBERS.map((n) => ({ value: n, label: t('member', { n }) }))}
            onPick={(n) => set({ filled_by: n })}
          />
        </div>
        <div class="gap" />
      </div>
      <div class="block q">
        <h2 class="q-title">{t('otherTeams')}</h2>
        <div class="opts">
          <Segments
            name={t('otherTeams')}
            value={header.other_teams === null ? null : header.other_teams ? 'yes' : 'no'}
            choices={[
              { value: 'yes', label: t('yes') },
              { value: 'no', label: t('no') },
            ]}
            onPick={(value) => set({ other_teams: value === 'yes' })}
          />
        </div>
        <div class="gap" />
      </div>
      <div class="block q">
        <h2 class="q-title">{t('comment')}</h2>
        <TextBox
          id="comment"
          label={t('comment')}
          hint={t('commentHint')}
          value={header.comment ?? ''}
          onText={(text) => set({ comment: text || null })}
        />
        <div class="gap" />
      </div>
    </Screen>
  )
}
