/** What the screens ask of the engine about one report: its findings with their arithmetic, and what is critical. */
import { constraintHolds, optionMatches } from '../forms/answers'
import { evaluate } from '../forms/evaluate'
import type { Answers, Check, Checklist, Finding, Item, OpenReport, ReportView } from '../store/api'
import { today } from './app-state'

export type Context = Record<string, unknown>
type AST = unknown

/** What an expression names, each once, in the order written. */
export function references(ast: AST): string[] {
  if (!Array.isArray(ast)) return []
  if (ast[0] === '$') return [String(ast[1])]
  return [...new Set(ast.slice(1).flatMap(references))]
}

export const itemsOf = (form: Checklist): Item[] => form.sections.flatMap((section) => section.items)

/** Values outside the answers that expressions may name. */
export const contextOf = (view: ReportView): Context => ({
  header: view.summary.header,
  station: view.summary.station ?? {},
  settings: {},
  today: today.value,
})

/** Answers without those of questions that are not asked. */
export function asked(view: ReportView): Answers {
  const entries = Object.entries(view.answers).filter(([code]) => !view.irrelevant.has(code))
  return Object.fromEntries(entries)
}

const astOf = (form: Checklist, text: string): AST => form.expressions?.[text]

/** The questions that a check compares, in the order of its rule. */
export function questionsOf(form: Checklist, check: Check): string[] {
  return references(astOf(form, check.rule)).filter((name) => !name.includes('.'))
}

export interface Broken {
  check: Check
  finding: Finding
  /** Confirmed as seen. */
  kept: boolean
  questions: string[]
  /** The question under which it is shown; null where only the header is compared. */
  anchor: string | null
}

/** Checks that fail, hard ones first; those for information are the mission's business. */
export function brokenOf(report: OpenReport): Broken[] {
  const { form } = report
  const view = report.view.value
  const broken = view.findings.flatMap((finding): Broken[] => {
    const check = form.checks?.find((some) => some.code === finding.check)
    if (!check || finding.result !== 'fail' || check.level === 'information') return []
    return [{ check, finding, kept: view.confirmed.includes(check.code), questions: questionsOf(form, check), anchor: anchorOf(form, check) }]
  })
  return broken.sort((a, b) => Number(b.check.level === 'hard') - Number(a.check.level === 'hard'))
}

export interface Sum {
  check: Check
  left: number
  right: number
  /** The rule names an equality; else the left side must not be above the right one. */
  equal: boolean
  holds: boolean
  /** How many figures stand on each side. */
  terms: [number, number]
}

const COMPARISONS = ['=', '<=', '>=']

/** The arithmetic of a check: both sides of its comparison, where all its figures are there and one side adds up. */
export function sumOf(report: OpenReport, check: Check): Sum | null {
  const view = report.view.value
  const ast = astOf(report.form, check.rule)
  if (!Array.isArray(ast) || !COMPARISONS.includes(String(ast[0])) || ast.length !== 3) return null
  const result = view.findings.find((some) => some.check === check.code)?.result
  const answers = asked(view)
  const figures = references(ast).map((name) => answers[name])
  if (!result || result === 'not_computable' || !figures.every((figure) => typeof figure === 'number')) return null
  const [left = NaN, right = NaN] = [ast[1], ast[2]].map((side) => Number(evaluate(side, answers, contextOf(view))))
  const terms: [number, number] = [references(ast[1]).length, references(ast[2]).length]
  return { check, left, right, equal: ast[0] === '=', holds: result === 'pass', terms }
}

/** The question after which a check is shown: the last one it names, in the order of the form. */
export function anchorOf(form: Checklist, check: Check): string | null {
  const names = new Set(questionsOf(form, check))
  return itemsOf(form).filter((item) => names.has(item.code)).pop()?.code ?? null
}

/** The figures that a broken check points at: the shorter side of the comparison. */
export function pointedAt(form: Checklist, check: Check): string[] {
  const ast = astOf(form, check.rule)
  if (!Array.isArray(ast) || !COMPARISONS.includes(String(ast[0]))) return questionsOf(form, check)
  const [left, right] = [references(ast[1]), references(ast[2])]
  return right.length === 0 || (left.length && left.length < right.length) ? left : right
}

export function constraintBroken(report: OpenReport, item: Item): boolean {
  if (!item.constraint) return false
  const view = report.view.value
  return !constraintHolds(report.form, item, asked(view), contextOf(view))
}

/** The relevant questions that were answered in a way that the mission must hear of at once. */
export function criticalOf(report: OpenReport): Item[] {
  const view = report.view.value
  const answers = asked(view)
  return itemsOf(report.form).filter((item) => {
    const when = item.critical_when
    return when !== undefined && when.length > 0 && optionMatches(report.form, item, answers[item.code], when)
  })
}
