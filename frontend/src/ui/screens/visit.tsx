/** One report as a list of tasks, in any order. */
import type { OpenReport, Section } from '../../store/api'
import { when } from '../../text'
import { lang, t, today } from '../app-state'
import { brokenOf } from '../engine'
import { Icon } from '../icons'
import { go } from '../nav'
import { pagesOf } from '../pages'
import { placeRoute } from '../places'
import { progressOf, progressOfAll, tasksOf, type Progress } from '../progress'
import { Twins } from '../twins'
import { Button, PlaceName, Plate, reportPlate, Row, Screen, State, T, toneOf, toToday } from '../parts'

/** One slot a section, as wide as its questions. */
export function Slots({ report }: { report: OpenReport }) {
  const slots = tasksOf(report.form)
    .map(({ section }) => progressOf(section, report.view.value))
    .filter((slot) => slot.asked > 0)
  return (
    <div class="slots" aria-hidden="true">
      {slots.map((slot, index) => (
        <i key={index} style={{ '--n': slot.asked, '--v': `${(100 * slot.answered) / slot.asked}%` }} />
      ))}
    </div>
  )
}

const ROUND = 2 * Math.PI * 10.5

/** Not started, part, done: a dotted ring, a ring, a filled tick. */
function Glyph({ answered, asked }: Progress) {
  if (asked === 0 || answered >= asked) {
    return (
      <span class="disc disc-done">
        <Icon name="tick" />
      </span>
    )
  }
  const part = answered > 0
  return (
    <svg class={part ? 'glyph ring' : 'glyph ring ring-empty'} viewBox="0 0 28 28" aria-hidden="true">
      <circle class="t" cx="14" cy="14" r={part ? 10.5 : 11} />
      {part && (
        <circle class="v" cx="14" cy="14" r="10.5" stroke-dasharray={`${(ROUND * answered) / asked} ${ROUND}`} transform="rotate(-90 14 14)" />
      )}
    </svg>
  )
}

function sectionWords({ answered, asked }: Progress, problems: number): string {
  const words =
    asked === 0
      ? t('notAsked')
      : answered >= asked
        ? t('allAnswered', { n: asked })
        : answered === 0
          ? t('notStarted')
          : t('someAnswered', { done: answered, n: asked })
  return problems > 0 ? `${words} · ${t('problems', { n: problems })}` : words
}

function SectionRow({ report, section, index }: { report: OpenReport; section: Section; index: number }) {
  const progress = progressOf(section, report.view.value)
  const codes = new Set(section.items.map((item) => item.code))
  const broken = brokenOf(report).filter((some) => !some.kept && codes.has(some.anchor ?? ''))
  const problems = broken.length
  return (
    <Row
      lead={
        problems > 0 ? (
          <span class={broken[0]!.check.level === 'hard' ? 'glyph' : 'glyph tone-held'}>
            <Icon name={broken[0]!.check.level === 'hard' ? 'unequal' : 'finding'} />
          </span>
        ) : (
          <Glyph {...progress} />
        )
      }
      title={<T of={section.label} />}
      sub={sectionWords(progress, problems)}
      onClick={() => go({ at: 'section', report: report.report_id, section: index, page: firstOpenPage(report, section) })}
    />
  )
}

/** The first page with a question that has no answer yet, so that a section goes on where it was left. */
export function firstOpenPage(report: OpenReport, section: Section): number {
  const { answers, irrelevant } = report.view.value
  const open = pagesOf(section).findIndex((page) =>
    page.some((item) => !irrelevant.has(item.code) && item.type !== 'note' && (answers[item.code] ?? null) === null),
  )
  return Math.max(0, open)
}

/** Where the report stands, once it was finished. */
function Sent({ report }: { report: OpenReport }) {
  const { summary } = report.view.value
  if (!summary.finished) return null
  if (summary.state === 'draft') return <State tone="held" icon="notice" title={t('changedSince')} />
  const { tone, icon } = toneOf(summary.state)
  return (
    <State
      tone={tone}
      icon={icon}
      title={summary.state === 'received' ? t('receivedThere') : t('keptHere')}
      onClick={() => go({ at: 'receipt', report: summary.report_id })}
    />
  )
}

export function PlaceLine({ report }: { report: OpenReport }) {
  const { header, station } = report.view.value.summary
  return (
    <>
      <PlaceName place={header.place} station={station} />
      {station?.address && (
        <>
          {', '}
          <T of={station.address} />
        </>
      )}
    </>
  )
}

export function VisitScreen({ report }: { report: OpenReport }) {
  const id = report.report_id
  const { summary } = report.view.value
  const progress = progressOfAll(report.form, report.view.value)
  const plate = reportPlate(summary)
  return (
    <Screen
      title={
        <span class="bar-line">
          {plate && <Plate large>{plate}</Plate>}
          <T of={report.form.title} />
        </span>
      }
      name={`${plate ?? ''} ${report.form.title[lang.value] ?? report.form.code}`}
      sub={<PlaceLine report={report} />}
      to={toToday()}
      foot={<Button cls="btn-main" onClick={() => go({ at: 'check', report: id })}>{t('finish')}</Button>}
    >
      <Sent report={report} />
      <Twins report={report} />
      {summary.disagreements > 0 && (
        <State tone="held" icon="team" title={t('twoPhones')} onClick={() => go({ at: 'check', report: id })} />
      )}
      <div class="state state-line">
        <Icon name="clock" />
        <span class="grow">{t('arrivedAt', { time: when(lang.value, summary.header.arrived_at, today.value) })}</span>
        <button class="tool tool-line" type="button" onClick={() => go({ at: 'times', report: id })}>
          {t('change')}
        </button>
      </div>
      <div class="block">
        <p class="lead-line">{t('answeredOf', { done: progress.answered, n: progress.asked })}</p>
        <Slots report={report} />
        {progress.answered === 0 && <p class="note lead-note">{t('fresh')}</p>}
        <ul class="rows">
          {tasksOf(report.form).map(({ section, index }) => (
            <li key={section.code}>
              <SectionRow report={report} section={section} index={index} />
            </li>
          ))}
        </ul>
      </div>
      <ul class="block rows">
        <li>
          <Row lead={<Icon name="note" />} title={t('aboutVisit')} onClick={() => go({ at: 'times', report: id })} />
        </li>
        {report.form.stage !== 'incident' && (
          <li>
            <Row lead={<Icon name="flag" />} title={t('reportIncident')} onClick={() => go({ at: 'incident', ...placeRoute(summary.header.place) })} />
          </li>
        )}
        {report.form.place !== 'none' && (
          <li>
            <Row
              lead={<Icon name="pin" />}
              title={t('wrongStation')}
              onClick={() => go({ at: 'picker', report: id, pick: 'move', kind: report.form.place === 'commission' ? 'commission' : 'station' })}
            />
          </li>
        )}
        <li>
          <Row lead={<Icon name="clear" />} title={t('withdraw')} onClick={() => go({ at: 'withdraw', report: id })} />
        </li>
      </ul>
    </Screen>
  )
}
