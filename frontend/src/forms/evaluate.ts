/**
 * Running a compiled expression; the twin of app/forms/expressions. Texts are parsed on the server alone: the phone meets
 * no syntax error in the field. Whatever stands in a report has a meaning, so that a published checklist never throws.
 */
import type { Answers, Context } from './model.ts'
import { asNumber, asText, asTruth, dayText, equal, load, moment, near, type Value } from './values.ts'

const DEPTH_MAX = 64
const TEXT_MAX = 256

/** Something that is no compiled expression. */
export class ExpressionError extends Error {}

interface Scope {
  answers: Answers
  context: Context
  own: unknown
  /** A question with the blank not_applicable counts as 0. */
  lines: boolean
}

/** The value of a syntax tree: a text ('' where there is none), a number (may be NaN) or a truth value. */
export function evaluate(ast: unknown, answers: Answers, context: Context = {}, own: unknown = null, lines = false): string | number | boolean {
  const value = run(ast, { answers, context, own, lines }, 0)
  return Array.isArray(value) ? asText(value) : value
}

/** The kind of blank that an answer says in words, else ''. */
export const blankOf = (answer: unknown): string => {
  const kind = typeof answer === 'object' && answer && (answer as { blank?: unknown }).blank
  return typeof kind === 'string' ? kind : ''
}

/** What a reference names: a question, or group.name of the context. */
export function named(name: string, answers: Answers, context: Context): unknown {
  const [group = '', key] = name.split('.')
  if (key === undefined) return answers[group]
  const values = context[group]
  return typeof values === 'object' && values ? (values as Answers)[key] : null
}

function run(node: unknown, scope: Scope, depth: number): Value {
  if (typeof node === 'string' || typeof node === 'number') return node
  if (!Array.isArray(node) || depth > DEPTH_MAX) throw new ExpressionError('expression')
  const [head, first, second, third] = node
  const value = (part: unknown): Value => run(part, scope, depth + 1)
  const truth = (part: unknown): boolean => asTruth(value(part))
  const rest = node.slice(1)
  switch (head) {
    case '$':
      return reference(first, scope)
    case '.':
      return load(scope.own)
    case 'or':
      return rest.some(truth)
    case 'and':
      return rest.every(truth)
    case 'if':
      return value(truth(first) ? second : third)
    case 'coalesce':
      return rest.reduce((found: Value, part: unknown) => (asText(found) === '' ? value(part) : found), '')
    case 'blank':
      return blankOf(first[0] === '.' ? scope.own : scope.answers[first[1]])
    case 'now':
      return asText(load(scope.context.now))
    case 'today':
      return asText(load(scope.context.today)) || asText(load(scope.context.now)).slice(0, 10)
  }
  const values = rest.map(value)
  const arithmetic = ARITHMETIC.get(head)
  if (arithmetic) return values.map(asNumber).reduce(arithmetic)
  const order = ORDER.get(head)
  if (order) return order(asNumber(values[0]!), asNumber(values[1]!))
  const plain = PLAIN.get(head)
  if (!plain) throw new ExpressionError('function')
  return plain(...(values as [Value, Value]))
}

function reference(name: string, scope: Scope): Value {
  const raw = named(name, scope.answers, scope.context)
  return scope.lines && !name.includes('.') && blankOf(raw) === 'not_applicable' ? 0 : load(raw)
}

/** By name, and by nothing that every object has. */
const table = <T>(entries: Record<string, T>): Map<unknown, T> => new Map(Object.entries(entries))

const ARITHMETIC = table<(left: number, right: number) => number>({
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  div: (left, right) => left / right,
  mod: (left, right) => left % right,
})
// Equal within the tolerance is neither less nor more, so that exactly one of <, =, > holds between numbers.
const ORDER = table<(left: number, right: number) => boolean>({
  '<': (left, right) => left < right && !near(left, right),
  '<=': (left, right) => left < right || near(left, right),
  '>': (left, right) => left > right && !near(left, right),
  '>=': (left, right) => left > right || near(left, right),
})

const codes = (value: Value): string[] => (Array.isArray(value) ? value : asText(value).split(' ').filter(Boolean))
const whole = (value: Value): number => Math.trunc(asNumber(value))
const given = (values: Value[]): Value[] => values.filter((value) => asText(value) !== '')
const count = (...values: Value[]): number => given(values).length
const two = (number: number): string => String(number).padStart(2, '0')

/** The first of the greatest (or, for -1, the least); NaN where there is none or one is NaN. */
const extreme = (values: Value[], sign: number): number =>
  values.length
    ? values.map(asNumber).reduce((best, number) => (best !== best || sign * number <= sign * best ? best : number))
    : NaN

function round(value: Value, places: Value = 0): number {
  const number = asNumber(value)
  const shift = whole(places)
  if (!(Math.abs(shift) <= 15)) return NaN
  const power = Number(`1e${Math.abs(shift)}`)
  return shift < 0 ? Math.round(number / power) * power : Math.round(number * power) / power
}

function regex(text: Value, pattern: Value): boolean {
  const subject = asText(text)
  return [...subject].length <= TEXT_MAX && new RegExp(`^(?:${asText(pattern)})$`, 'su').test(subject)
}

function date(value: Value): string {
  if (typeof value === 'number') return dayText(value)
  const text = asText(value)
  return moment(text).startsWith('date') ? text.slice(0, 10) : ''
}

function formatDate(value: Value, pattern: Value): string {
  const seconds = Math.round(asNumber(value) * 86400)
  const day = Math.floor(seconds / 86400)
  const [year = '', month = '', date = ''] = dayText(day).split('-')
  if (!year) return ''
  const rest = seconds - day * 86400
  const hour = Math.floor(rest / 3600)
  const fields: Record<string, string> = {
    Y: year,
    y: year.slice(2),
    m: month,
    n: String(+month),
    d: date,
    e: String(+date),
    H: two(hour),
    h: String(hour),
    M: two(Math.floor(rest / 60) % 60),
    S: two(rest % 60),
    '%': '%',
  }
  return asText(pattern).replace(/%([YymndeHhMS%])/g, (_, code: string) => fields[code]!)
}

const PLAIN = table<(a: Value, b: Value, ...more: Value[]) => Value>({
  '=': equal,
  '!=': (left, right) => !equal(left, right),
  neg: (value) => -asNumber(value),
  selected: (value, code) => codes(value).includes(asText(code)),
  true: () => true,
  false: () => false,
  not: (value) => !asTruth(value),
  concat: (...values) => values.map(asText).join(''),
  'string-length': (value) => [...asText(value)].length,
  'count-selected': (value) => codes(value).length,
  int: whole,
  sum: (...values) => given(values).reduce((total: number, value) => total + asNumber(value), 0),
  max: (...values) => extreme(given(values), 1),
  min: (...values) => extreme(given(values), -1),
  'selected-at': (value, index) => codes(value)[whole(index)] ?? '',
  round,
  regex,
  count,
  'count-non-empty': count,
  date,
  number: asNumber,
  string: asText,
  boolean: asTruth,
  checklist: (low, high, ...values) => {
    const true_ = values.filter(asTruth).length
    const [least, most] = [asNumber(low), asNumber(high)]
    return (least === -1 || true_ >= least) && (most === -1 || true_ <= most)
  },
  join: (separator, ...values) => values.map(asText).join(asText(separator)),
  'format-date': formatDate,
  contains: (text, part) => asText(text).includes(asText(part)),
  substr: (value, start, end = Infinity) =>
    [...asText(value)].slice(asNumber(start), asNumber(end as Value)).join(''),
})
