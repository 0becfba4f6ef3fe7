import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/answers.json' with { type: 'json' }
import { constraintHolds, effective, findings, irrelevant, isRequired, optionMatches } from './answers.ts'
import { ExpressionError } from './evaluate.ts'
import type { Answers, Checklist, Context, Item } from './model.ts'
import { status } from './status.ts'

type Row = Record<string, unknown>
const count = vectors.count as unknown as Checklist & { checks: { code: string }[] }
const skips = vectors.skips as unknown as Checklist
const rows = (name: 'findings' | 'relevance' | 'status' | 'matches' | 'rules'): Row[] => vectors[name] as unknown as Row[]
const item = (code: string): Item => skips.sections.flatMap((section) => section.items).find((some) => some.code === code)!
const itemOf = (type: unknown): Item => ({
  code: 'x',
  type: type as string,
  ...(type === 'single' || type === 'multiple' ? { options: [{ code: 'a' }, { code: 'b' }] } : {}),
})

test.each(rows('findings'))('checks find: $about', ({ set, context, expected }) => {
  const answers = { ...vectors.base, ...(set as Answers) }
  const wanted = { ...Object.fromEntries(count.checks.map(({ code }) => [code, ['pass', null, 'none']])), ...(expected as Row) }
  const found = findings(count, answers, (context ?? vectors.context) as Context)
  expect(found.map(({ check, result, difference, severity }) => [check, [result, difference, severity]])).toEqual(
    Object.entries(wanted).filter(([, result]) => result),
  )
})

test.each(rows('relevance'))('conditions hide: $about', ({ answers, context, irrelevant: hidden }) => {
  expect([...irrelevant(skips, answers as Answers, context as Context)].sort()).toEqual(hidden)
})

test.each(rows('status'))('an answer to $type has a status: $answer', ({ type, answer, status: wanted }) => {
  expect(status(itemOf(type), answer)).toBe(wanted)
})

test.each(rows('matches'))('an answer to $type matches a mark: $answer, $when', ({ type, answer, when, matches }) => {
  expect(optionMatches({ sections: [], expressions: vectors.when }, itemOf(type), answer, when as string)).toBe(matches)
})

test.each(rows('rules'))('a constraint is judged only where all it names is there: $about', ({ answers, holds, required }) => {
  expect(constraintHolds(skips, item('b31_count'), answers as Answers)).toBe(holds)
  expect(isRequired(skips, item('b32_why'), answers as Answers)).toBe(required)
})

test('effective answers are those of questions that are asked', () => {
  const answers = { b01_access: 'refused', b30_group: 'yes', b39_ok: 'yes', other: 1 }
  expect(effective(skips, answers)).toEqual({ b01_access: 'refused', b39_ok: 'yes', other: 1 })
  expect(answers.b30_group).toBe('yes')
})

test('a checklist that was never compiled is refused', () => {
  expect(() => findings({ ...count, expressions: {} }, vectors.base)).toThrow(ExpressionError)
})
