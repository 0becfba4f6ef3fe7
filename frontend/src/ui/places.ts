/** The way to a question, to a report and to a place. */
import type { OpenReport, Place, ReportSummary } from '../store/api'
import { current, phone } from './app-state'
import { go, route, type Route } from './nav'
import { whereIs } from './pages'

/** A place as a route carries it. */
export const placeRoute = (place: Place): Pick<Route, 'kind' | 'place'> => ({
  kind: place.kind === 'commission' ? 'commission' : 'station',
  place: place.id ?? undefined,
})

/** Where on the screen a question stands. */
export const anchorId = (code: string): string => `q-${code}`

/** To a question: on this page by moving the focus, else on its own page. */
export function toQuestion(report: OpenReport, code: string | null, fromCheck = false): void {
  if (code === null) return go({ at: 'times', report: report.report_id, back: fromCheck ? 'check' : undefined })
  const element = document.getElementById(anchorId(code))
  if (element && route.value.at === 'section') return focusQuestion(code)
  const place = whereIs(report.form.sections, code)
  if (!place) return
  go({ at: 'section', report: report.report_id, ...place, item: code, back: fromCheck ? 'check' : undefined })
}

/** Brings a question under the eye and the focus to its first control, or to its title. */
export function focusQuestion(code: string): void {
  const element = document.getElementById(anchorId(code))
  if (!element) return
  const control = element.matches('input, textarea') ? element : element.querySelector<HTMLElement>('input, textarea, button')
  ;(element.closest('.fig') ?? element).scrollIntoView({ block: 'center' })
  ;((control as HTMLElement | null) ?? element).focus({ preventScroll: true })
}

/** A finished report opens at its receipt, an open one at its task list. */
export const toReport = (report: ReportSummary): void =>
  go({ at: report.finished && report.state !== 'draft' ? 'receipt' : 'visit', report: report.report_id })

/** Reports of the team at a place, newest first. */
export const reportsAt = (id: string): ReportSummary[] =>
  phone.reports.value.filter((report) => report.header.place.id === id && !report.void)

/** Begins a report and shows its task list, in front of Today. */
export async function begin(form: string, place: ReportSummary['header']['place']): Promise<OpenReport> {
  const report = await phone.startReport(form, place)
  current.value?.close()
  current.value = report
  return report
}
