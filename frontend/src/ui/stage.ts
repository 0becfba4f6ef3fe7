/** Which checklist the observer most likely wants, by the clock of the place. */
import type { Checklist, Place, ReportSummary, Station } from '../store/api'

const minutes = (time: string | undefined, otherwise: number): number => {
  const match = /^(\d{1,2}):(\d{2})/.exec(time ?? '')
  return match ? Number(match[1]) * 60 + Number(match[2]) : otherwise
}

/** How long before the doors close a team comes for the count. */
const EARLY_MIN = 45
const LATE_OPENING_MIN = 15

/** `at` is wall time at the place, "YYYY-MM-DDTHH:MM". */
export function likelyStage(at: string, station: Station | undefined): 'opening' | 'voting' | 'counting' {
  const minute = minutes(at.slice(11), 720)
  const opens = minutes(station?.opens_at, 7 * 60)
  const closes = minutes(station?.closes_at, 20 * 60)
  if (minute >= closes - EARLY_MIN || minute < opens - 180) return 'counting'
  return minute < opens + LATE_OPENING_MIN ? 'opening' : 'voting'
}

/** Forms that can be filled in at such a place, incidents aside. */
export const formsFor = (forms: readonly Checklist[], kind: Place['kind']): Checklist[] =>
  forms.filter((form) => form.stage !== 'incident' && (form.place === kind || form.place === 'none'))

/** The form to offer first: by the hour, unless the team already has one of that stage here. */
export function likelyForm(
  forms: readonly Checklist[],
  at: string,
  station: Station | undefined,
  here: readonly ReportSummary[],
): Checklist | undefined {
  const stage = likelyStage(at, station)
  const first = forms.find((form) => form.stage === stage)
  const voting = forms.find((form) => form.stage === 'voting')
  const done = here.some((report) => report.form === first?.code && report.finished)
  return (stage === 'opening' && done ? voting : first) ?? forms[0]
}

/** In the counting phase the sun is down: the night theme comes by itself. */
export function isNight(at: string, stage: Checklist['stage'] | undefined): boolean {
  const hour = Number(at.slice(11, 13))
  return (stage === 'counting' || stage === 'tabulation') && (hour >= 19 || hour < 7)
}
