/** What the engine reads of a published checklist (app/forms/model.py). */

export interface Option {
  code: string
}

export interface Item {
  code: string
  type: string
  options?: readonly Option[]
  required?: boolean | string
  relevant?: string | null
  constraint?: string | null
}

export interface Section {
  relevant?: string | null
  items: readonly Item[]
}

export interface Check {
  code: string
  rule: string
  otherwise?: string | null
  applies?: string | null
  severity?: Severity
  severity_when?: string | null
  severity_else?: Severity
  difference?: string | null
}

export interface Checklist {
  sections: readonly Section[]
  checks?: readonly Check[]
  /** Text of each expression -> its syntax tree. */
  expressions?: Readonly<Record<string, unknown>>
}

export type Severity = 'none' | 'key' | 'critical'

/** The result of one check. `difference` and a `severity` other than none belong to a `fail` alone. */
export interface Finding {
  check: string
  result: 'pass' | 'fail' | 'not_computable'
  difference: number | null
  severity: Severity
}

/** Question code -> answer as on the wire. */
export type Answers = Readonly<Record<string, unknown>>
/** `now`, `today`, and the groups `header`, `station`, `settings`. */
export type Context = Readonly<Record<string, unknown>>
