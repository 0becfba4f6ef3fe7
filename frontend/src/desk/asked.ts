/** What the results page is asked, and the words of it that the server understands. Pure. */
import type { Form, Mission, Unit } from './wire'

/** What the address asks for, as far as the mission has it. */
export interface Asked {
  form: Form
  region: string
  unit: Unit
  order: 'negative' | 'form'
  question: string | null
}

export function askedOf(mission: Mission, asked: Readonly<Record<string, string>>): Asked | null {
  const form = mission.forms.find(({ code }) => code === asked['form']) ?? mission.forms.find(({ stage }) => stage === 'voting') ?? mission.forms[0]
  return form
    ? {
        form,
        region: mission.regions.some(({ code }) => code === asked['region']) ? asked['region']! : '',
        unit: asked['unit'] === 'station' ? 'station' : 'visit',
        order: asked['order'] === 'form' ? 'form' : 'negative',
        question: asked['q'] ?? null,
      }
    : null
}

/** The query of the figures that stand on the page. */
export function query(asked: Asked, more: Record<string, string> = {}): string {
  const words = { form: asked.form.code, ...(asked.region ? { region: asked.region } : {}), ...(asked.unit === 'station' ? { unit: 'station' } : {}) }
  return new URLSearchParams({ ...words, ...more }).toString()
}
