/** What answers mean under their checklist; the twin of app/forms/answers.py. */
import { evaluate, ExpressionError, named } from './evaluate.ts'
import type { Answers, Check, Checklist, Context, Finding, Item } from './model.ts'
import { status } from './status.ts'
import { asNumber, asText, asTruth, load } from './values.ts'

type Maybe = string | null | undefined
const FORGIVING = ['blank', 'coalesce', 'count', 'count-non-empty']

function tree(checklist: Checklist, text: string): unknown {
  const ast = checklist.expressions?.[text]
  if (ast === undefined) throw new ExpressionError('not compiled')
  return ast
}

const holds = (checklist: Checklist, text: Maybe, answers: Answers, context: Context): boolean =>
  !text || asTruth(evaluate(tree(checklist, text), answers, context))

/** The questions that are not asked, answered or not: the fixpoint, with irrelevant answers null to the conditions. */
export function irrelevant(checklist: Checklist, answers: Answers, context: Context = {}): Set<string> {
  const view: Record<string, unknown> = { ...answers }
  let hidden = new Set<string>()
  let turns = 1 + checklist.sections.reduce((sum, section) => sum + section.items.length, 0)
  for (let before = ''; turns; turns--) {
    hidden = new Set()
    for (const section of checklist.sections) {
      const open = holds(checklist, section.relevant, view, context)
      for (const item of section.items) {
        if (open && holds(checklist, item.relevant, view, context)) {
          if (item.code in answers) view[item.code] = answers[item.code]
        } else {
          hidden.add(item.code)
          delete view[item.code]
        }
      }
    }
    const now = [...hidden].join()
    if (now === before) break
    before = now
  }
  return hidden
}

/** The answers less those of irrelevant questions. */
export function effective(checklist: Checklist, answers: Answers, context: Context = {}): Record<string, unknown> {
  const hidden = irrelevant(checklist, answers, context)
  return Object.fromEntries(Object.entries(answers).filter(([code]) => !hidden.has(code)))
}

/** What must have a value before an expression means anything. */
function operands(ast: unknown): string[] {
  if (!Array.isArray(ast) || FORGIVING.includes(ast[0])) return []
  if (ast[0] === '$') return [ast[1]]
  if (ast[0] === 'now' || ast[0] === 'today') return ['.' + ast[0]]
  return ast.slice(1).flatMap(operands)
}

const outer = (name: string, context: Context): unknown => (name[0] === '.' ? context[name.slice(1)] : named(name, {}, context))

/** One finding for each check that applies, in the checklist's order. */
export function findings(checklist: Checklist, answers: Answers, context: Context = {}): Finding[] {
  const asked = effective(checklist, answers, context)
  const valued = new Set<string>()
  for (const section of checklist.sections)
    for (const item of section.items) if (/answered|applicable/.test(status(item, asked[item.code]))) valued.add(item.code)
  /** undefined where it cannot be told. */
  const tell = (text: Maybe): string | number | boolean | undefined => {
    if (!text) return undefined
    const ast = tree(checklist, text)
    const computable = operands(ast).every((name) =>
      name.includes('.') ? asText(load(outer(name, context))) !== '' : valued.has(name),
    )
    return computable ? evaluate(ast, asked, context, null, true) : undefined
  }
  return (checklist.checks ?? []).flatMap((check) => finding(check, tell) ?? [])
}

function finding(check: Check, tell: (text: Maybe) => string | number | boolean | undefined): Finding | null {
  const truth = (text: Maybe): boolean => !text || asTruth(tell(text) ?? false)
  if (!truth(check.applies)) return null
  const good = tell(check.rule) ?? tell(check.otherwise)
  const found: Finding = { check: check.code, result: 'not_computable', difference: null, severity: 'none' }
  if (good === undefined) return found
  if (asTruth(good)) return { ...found, result: 'pass' }
  const difference = asNumber(tell(check.difference) ?? NaN)
  return {
    ...found,
    result: 'fail',
    difference: Math.abs(difference) <= 2 ** 53 ? difference + 0 : null,
    severity: truth(check.severity_when) ? (check.severity ?? 'none') : (check.severity_else ?? 'none'),
  }
}

/** `asked` are the effective answers. */
export const isRequired = (checklist: Checklist, item: Item, asked: Answers, context: Context = {}): boolean =>
  typeof item.required === 'string'
    ? asTruth(evaluate(tree(checklist, item.required), asked, context, asked[item.code]))
    : !!item.required

/** True as well where the answer, or anything that the constraint names, is blank. */
export function constraintHolds(checklist: Checklist, item: Item, asked: Answers, context: Context = {}): boolean {
  const own = asked[item.code]
  const blank = (raw: unknown): boolean => asText(load(raw)) === ''
  if (!item.constraint || blank(own)) return true
  const ast = tree(checklist, item.constraint)
  if (operands(ast).some((name) => blank(name.includes('.') ? outer(name, context) : asked[name]))) return true
  return asTruth(evaluate(ast, asked, context, own))
}

/** Whether an answer is among the `negative_when`, `key_when` or `critical_when` of its question. */
export function optionMatches(checklist: Checklist, item: Item, answer: unknown, when: readonly string[] | string | undefined): boolean {
  if (!when || status(item, answer) !== 'answered') return false
  if (typeof when === 'string') return asTruth(evaluate(tree(checklist, when), {}, {}, answer))
  return [answer].flat().some((code) => when.includes(code as string))
}
