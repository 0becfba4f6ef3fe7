/**
 * An open draft goes over to a newer version of its form when that asks all that the older asked: candidates were added,
 * nothing was taken away. The next operation names the new version; moving alone is no change of the report.
 */
import type { Checklist } from './api'
import type { Outbox } from './databases'
import type { Forms } from './form-shelf'
import type { Draft } from './records'

/** True if a draft moved. */
export async function moveDrafts(outbox: Outbox, forms: Forms): Promise<boolean> {
  const stale = (draft: Draft): boolean => newer(draft, forms) !== null
  const drafts = await outbox.read(['drafts'], (tx) => tx.objectStore('drafts').getAll())
  if (!drafts.some(stale)) return false
  await outbox.write(['drafts'], async (tx) => {
    const store = tx.objectStore('drafts')
    for (const draft of await store.getAll()) {
      const version = newer(draft, forms)
      if (version !== null) await store.put({ ...draft, form_version: version })
    }
  })
  return true
}

function newer(draft: Draft, forms: Forms): number | null {
  const newest = forms.get(draft.form)
  if (!newest || newest.version <= draft.form_version || draft.finished_seq > 0 || draft.void_seq > 0) return null
  const before = forms.get(draft.form, draft.form_version)
  const asked = before ? codesOf(before) : Object.keys(draft.answers)
  const known = new Set(codesOf(newest))
  return asked.every((code) => known.has(code)) ? newest.version : null
}

const codesOf = (form: Checklist): string[] => form.sections.flatMap((section) => section.items.map((item) => item.code))
