/**
 * One visit that was begun twice becomes one report: what was typed here is said in the other report as well, then this
 * one is withdrawn. Nothing is settled on the way. Answers are said by somebody who had not looked at the other's, so
 * that where they differ both stand there, on both phones, until a person chooses; notes and comments stand together.
 */
import type { Opened } from './open-report'
import type { Draft } from './store/records'

/** `between` makes an operation of the answers, before notes are said that have seen the other's. */
export async function join(from: Opened, to: Opened, typed: Draft, between: () => Promise<unknown>): Promise<void> {
  for (const [code, value] of Object.entries(typed.answers)) {
    if (value !== null) await to.change({ type: 'answer', code, value }, {})
  }
  await between()
  const { notes, summary } = to.view.value
  for (const [code, note] of Object.entries(typed.notes)) await to.setNote(code, both(notes[code], note))
  const { comment } = typed.header
  if (comment) await to.setHeader({ comment: both(summary.header.comment, comment) })
  await from.void({ reason: 'joined', into: to.report_id })
}

function both(theirs: string | null | undefined, mine: string | null): string {
  if (!theirs || !mine) return theirs || mine || ''
  return theirs.includes(mine) ? theirs : `${theirs}\n${mine}`
}
