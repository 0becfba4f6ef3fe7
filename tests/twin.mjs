// Runs made expressions and checklists through the phone's engine: input file -> output file, both JSON.
import { readFileSync, writeFileSync } from 'node:fs'
import { constraintHolds, effective, findings, irrelevant } from '../frontend/src/forms/answers.ts'
import { evaluate } from '../frontend/src/forms/evaluate.ts'
import { status } from '../frontend/src/forms/status.ts'

const bits = new DataView(new ArrayBuffer(8))
function encoded(value) {
  if (typeof value !== 'number') return value
  bits.setFloat64(0, value)
  return { bits: value !== value ? 'nan' : bits.getBigUint64(0).toString(16).padStart(16, '0') }
}

const [, , from, to] = process.argv
const made = JSON.parse(readFileSync(from, 'utf8'))
const expressions = made.expressions.map(({ ast, answers, context, own, lines }) =>
  encoded(evaluate(ast, answers, context, own, lines)),
)
const reports = made.reports.map(({ checklist, answers, context }) => ({
  irrelevant: [...irrelevant(checklist, answers, context)].sort(),
  effective: effective(checklist, answers, context),
  findings: findings(checklist, answers, context),
  status: Object.fromEntries(
    checklist.sections.flatMap((section) => section.items.map((item) => [item.code, status(item, answers[item.code])])),
  ),
}))
writeFileSync(to, JSON.stringify({ expressions, reports }))
