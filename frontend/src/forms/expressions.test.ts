import { expect, test } from 'vitest'
import trees from '../../../tests/vectors/trees.json' with { type: 'json' }
import vectors from '../../../tests/vectors/expressions.json' with { type: 'json' }
import { evaluate, ExpressionError } from './evaluate.ts'
import type { Answers, Context } from './model.ts'

interface Vector {
  about: string
  text: string
  ast: unknown
  answers?: unknown
  context?: unknown
  own?: unknown
  expected: unknown
}

/** {"number": "NaN"} stands for what JSON cannot hold. */
function decoded(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value)
  if (entries.length === 1 && entries[0]![0] === 'number') return Number(entries[0]![1])
  return Object.fromEntries(entries.map(([key, part]) => [key, decoded(part)]))
}

test.each(vectors as Vector[])('$about: $text', ({ ast, answers, context, own, expected }) => {
  const value = evaluate(ast, (decoded(answers) ?? {}) as Answers, (context ?? {}) as Context, own)
  expect(value).toBe(decoded(expected))
})

test.each(trees as { about: string; ast: unknown }[])('$about is no expression', ({ ast }) => {
  expect(() => evaluate(ast, {})).toThrow(ExpressionError)
})

test('a tree of any depth ends in an error, not in a full stack', () => {
  let ast: unknown = 1
  for (let depth = 0; depth < 100_000; depth++) ast = ['neg', ast]
  expect(() => evaluate(ast, {})).toThrow(ExpressionError)
})
