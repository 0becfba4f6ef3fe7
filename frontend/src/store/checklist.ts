/** The shape of a checklist as the server publishes it (app/forms/model.py), and of what the checks find. */

/** One text per language code. */
export type Text = Record<string, string>

export type ItemType =
  | 'single'
  | 'multiple'
  | 'integer'
  | 'decimal'
  | 'text'
  | 'time'
  | 'date'
  | 'datetime'
  | 'note'
  | 'photo'
  | 'point'

export interface Option {
  code: string
  label: Text
  exclusive?: boolean
}

export interface Item {
  code: string
  /** The catalogue's number, as in B30; several codes may share one. */
  id: string
  type: ItemType
  label: Text
  hint?: Text
  short_label?: Text
  options?: Option[]
  required?: boolean | string
  relevant?: string | null
  constraint?: string | null
  constraint_message?: Text
  constraint_level?: 'hard' | 'soft'
  blanks?: ('not_observed' | 'not_applicable' | 'no_access')[]
  negative_when?: string[] | string
  key_when?: string[] | string
  critical_when?: string[] | string
  measure: string
  unit?: string | null
}

export interface Section {
  code: string
  label: Text
  hint?: Text
  relevant?: string | null
  items: Item[]
}

export interface Check {
  code: string
  rule: string
  otherwise?: string | null
  applies?: string | null
  level?: 'hard' | 'soft' | 'information'
  severity?: 'none' | 'key' | 'critical'
  severity_when?: string | null
  difference?: string | null
  label: Text
  message: Text
}

export interface Checklist {
  code: string
  stage: 'opening' | 'voting' | 'counting' | 'tabulation' | 'incident' | 'other'
  version: number
  languages: string[]
  title: Text
  place: 'station' | 'commission' | 'none'
  access?: string | null
  stayed_until?: string | null
  overall?: string | null
  sections: Section[]
  checks?: Check[]
  /** Text of each expression -> its syntax tree. */
  expressions?: Record<string, unknown>
}

export interface Finding {
  check: string
  result: 'pass' | 'fail' | 'not_computable'
  difference: number | null
  severity: 'none' | 'key' | 'critical'
}
