/** How far a report is: questions with an answer, or a kind of blank, of those that are asked. */
import type { Answers, Checklist, Item, Section } from '../store/api'
import { isAnswered } from './answers'
import { asks } from './pages'

export interface Progress {
  answered: number
  asked: number
}

/** Sections that only the mission fills in are no task of the observer. */
export const isForMission = (section: Section): boolean => section.code.endsWith('_mission')

/** The sections of a form that an observer fills in, with their number in the form. */
export const tasksOf = (form: Checklist): { section: Section; index: number }[] =>
  form.sections.map((section, index) => ({ section, index })).filter(({ section }) => !isForMission(section))

interface Filled {
  answers: Answers
  irrelevant: ReadonlySet<string>
}

export const askedIn = (section: Section, { irrelevant }: Filled): Item[] =>
  section.items.filter((item) => asks(item) && !irrelevant.has(item.code))

export function progressOf(section: Section, filled: Filled): Progress {
  const asked = askedIn(section, filled)
  return { answered: asked.filter((item) => isAnswered(filled.answers[item.code])).length, asked: asked.length }
}

export function progressOfAll(form: Checklist, filled: Filled): Progress {
  return tasksOf(form)
    .map(({ section }) => progressOf(section, filled))
    .reduce((sum, one) => ({ answered: sum.answered + one.answered, asked: sum.asked + one.asked }), { answered: 0, asked: 0 })
}

/** Questions without an answer, in the order of the form. */
export const unanswered = (form: Checklist, filled: Filled): Item[] =>
  tasksOf(form).flatMap(({ section }) => askedIn(section, filled).filter((item) => !isAnswered(filled.answers[item.code])))
