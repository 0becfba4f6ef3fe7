/** A page of questions. */
import { useEffect, useRef } from 'preact/hooks'
import type { Item, OpenReport, Section } from '../../store/api'
import { clock } from '../../text'
import { announce, t } from '../app-state'
import { AfterQuestion } from '../findings'
import { Figures } from '../figure-rows'
import { Icon } from '../icons'
import { NotAsked } from '../not-asked'
import { go, route, up, type Route } from '../nav'
import { blocksOf, isNumber, pagesOf } from '../pages'
import { isForMission, progressOf } from '../progress'
import { Button, reportPlate, Screen, State, T } from '../parts'
import { focusQuestion } from '../places'
import { Question } from '../question'

/** The time of the last change that is on the disk; the only word about saving. */
export function Saved({ report }: { report: OpenReport }) {
  const { saving, saved_at } = report.view.value
  if (saving === 'failed') {
    return (
      <span class="saved lost" role="alert">
        <Icon name="lost" />
        <span>{t('notSaved')}</span>
      </span>
    )
  }
  return (
    <span class="saved" aria-busy={saving === 'saving'}>
      <Icon name="tick" />
      <span>
        <span>{t('saved')}</span>
        <span>{clock(saved_at)}</span>
      </span>
    </span>
  )
}

const shown = (report: OpenReport, items: readonly Item[]): Item[] =>
  items.filter((item) => !report.view.value.irrelevant.has(item.code))

/** The next page that has something to answer, in this section or after it; null behind the last. */
export function pageAfter(report: OpenReport, section: number, page: number): { section: number; page: number } | null {
  for (let at = section; at < report.form.sections.length; at++) {
    if (isForMission(report.form.sections[at]!)) continue
    const pages = pagesOf(report.form.sections[at]!)
    for (let next = at === section ? page + 1 : 0; next < pages.length; next++) {
      if (shown(report, pages[next]!).length > 0) return { section: at, page: next }
    }
  }
  return null
}

/** Says how many questions an answer has brought onto the page. */
function useAddedNotice(items: Item[]): void {
  const before = useRef<Set<string> | null>(null)
  useEffect(() => {
    const known = before.current
    const added = known ? items.filter((item) => !known.has(item.code)).length : 0
    before.current = new Set(items.map((item) => item.code))
    if (added > 0) announce(t('added', { n: added }))
  })
}

function PageItems({ report, items }: { report: OpenReport; items: Item[] }) {
  return (
    <>
      {blocksOf(items).map((block) =>
        isNumber(block[0]!) ? (
          <Figures key={block[0]!.code} report={report} items={block} />
        ) : (
          <div key={block[0]!.code} class="question">
            <Question report={report} item={block[0]!} />
            <AfterQuestion report={report} item={block[0]!} />
          </div>
        ),
      )}
    </>
  )
}

function Continue({ report, section, page }: { report: OpenReport; section: number; page: number }) {
  const id = report.report_id
  if (route.value.back === 'check') {
    return <Button cls="btn-main" onClick={() => up({ at: 'check', report: id })}>{t('toCheckBack')}</Button>
  }
  const next = pageAfter(report, section, page)
  const to: Route = next ? { at: 'section', report: id, ...next } : { at: 'check', report: id }
  return <Button cls="btn-main" onClick={() => go(to)}>{t('goOn')}</Button>
}

function subtitle(report: OpenReport, section: Section, page: number, count: number): string {
  const { answered: done, asked } = progressOf(section, report.view.value)
  const answered = asked === 0 ? t('notAsked') : t('answeredOf', { done, n: asked })
  return count > 1 ? `${answered} · ${t('pageOf', { page: page + 1, n: count })}` : answered
}

export function SectionScreen({ report }: { report: OpenReport }) {
  const index = route.value.section ?? 0
  const page = route.value.page ?? 0
  const section = report.form.sections[index]!
  const pages = pagesOf(section)
  const all = pages[page] ?? []
  const items = shown(report, all)
  useAddedNotice(items)
  const item = route.value.item
  useEffect(() => {
    if (item) focusQuestion(item)
  }, [item])
  return (
    <Screen
      title={<T of={section.label} />}
      name={section.label['en'] ?? section.code}
      sub={subtitle(report, section, page, pages.length)}
      to={{ route: { at: 'visit', report: report.report_id }, name: reportPlate(report.view.value.summary) ?? t('answers') }}
      foot={
        <>
          <Saved report={report} />
          <Continue report={report} section={index} page={page} />
        </>
      }
    >
      {page === 0 && section.hint && Object.keys(section.hint).length > 0 && (
        <p class="pad note">
          <T of={section.hint} />
        </p>
      )}
      {items.length === 0 && <State icon="notice" title={t('emptySection')} text={t('emptySectionDo')} />}
      <PageItems report={report} items={items} />
      <NotAsked report={report} items={all} />
    </Screen>
  )
}
