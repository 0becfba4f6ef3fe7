/** The checklists of the mission in memory. A version never changes, so each is read once. */
import { type Signal, signal } from '@preact/signals'
import type { Checklist } from './api'
import type { Ref } from './databases'
import type { Pulled } from './records'
import { blobTexts, hashOf } from './reference'

export class Forms {
  /** The newest version of each code. */
  readonly newest: Signal<Checklist[]> = signal([])
  private readonly byHash = new Map<string, Checklist>()

  async load(ref: Ref, pulled: Pulled[]): Promise<void> {
    const named = pulled.map(hashOf).filter((hash): hash is string => hash !== null && !this.byHash.has(hash))
    const texts = await blobTexts(ref, named)
    texts.forEach((json, i) => json !== null && this.byHash.set(named[i]!, JSON.parse(json) as Checklist))
    const newest = new Map<string, Checklist>()
    for (const form of this.byHash.values()) {
      if (form.version >= (newest.get(form.code)?.version ?? 0)) newest.set(form.code, form)
    }
    this.newest.value = [...newest.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
  }

  get(code: string, version?: number): Checklist | undefined {
    if (version === undefined) return this.newest.value.find((form) => form.code === code)
    return [...this.byHash.values()].find((form) => form.code === code && form.version === version)
  }
}
