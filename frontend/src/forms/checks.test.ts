import { expect, test } from 'vitest'
import ab from '../../../tests/vectors/catalogue_checks_ab.json' with { type: 'json' }
import c from '../../../tests/vectors/checks_c.json' with { type: 'json' }
import d from '../../../tests/vectors/checks_d.json' with { type: 'json' }
import forms from '../../../tests/vectors/checklists.json' with { type: 'json' }
import { findings } from './answers.ts'
import type { Checklist, Finding } from './model.ts'

interface Case {
  form: string
  check: string
  name: string
  answers: Record<string, unknown>
  context: Record<string, Record<string, unknown>>
  result: string | null
  difference?: number
  severity?: string
}

const expected = ({ check, result, difference, severity }: Case): unknown[] =>
  result ? [{ check, result, difference: difference ?? null, severity: severity ?? 'none' }] : []

test.each([...ab.cases, ...c.cases, ...d.cases] as unknown as Case[])('$form $check: $name', (vector) => {
  const form = forms[vector.form as keyof typeof forms] as unknown as Checklist
  const found: Finding[] = findings(form, vector.answers, vector.context)
  expect(found.filter((finding) => finding.check === vector.check)).toEqual(expected(vector))
})
