/**
 * Practice: the phone's own core over databases of its own, before a mission that lives in this page. It takes what is
 * sent and gives receipts as the real one does; nothing of it ever meets the network, so nothing can be sent as real.
 */
import type { Effects } from './store/effects'
import { sha256, utf8 } from './store/link'
import { object } from './store/pulled'
import type { Pulled } from './store/records'
import { catalogues } from './text'

export const PREFIX = 'practice-'
/** The number on the door of the only station. */
const DOOR = '0000'

export interface Rehearsed {
  team: string
  mission: string
  /** The day that the practice mission votes on: today, "YYYY-MM-DD". */
  day: string
  /** What the real mission has set up, of which the mission itself and the checklists are taken over. */
  things: ReadonlyMap<string, Pulled[]>
  /** The bytes of a checklist, as the real mission gave them. */
  blob(hash: string): Promise<string | null>
}

/** The world outside as practice sees it: the device's own clock, disk and network state, and no network. */
export async function practiceEffects(effects: Effects, real: Rehearsed): Promise<Effects> {
  const stations = JSON.stringify({ columns: ['code', 'number', 'name'], rows: [[DOOR, DOOR, nameOfStation()]] })
  const hash = await sha256(effects.subtle!, utf8(stations))
  const changes = [...setUp(real), { type: 'stations', id: DOOR, rev: 0, data: { hash } }]
  const { team, mission } = real
  const epoch = PREFIX
  let server_seq = 0
  const answers: Record<string, (asked: Asked) => object> = {
    enrol: () => ({ device_id: PREFIX, team, mission, epoch }),
    pull: () => ({ kind: 'urna.pull', epoch, changes, cursor: PREFIX }),
    push: ({ attempt_id, ops = [] }) => {
      const results = ops.map(({ op_id }) => ({ op_id, outcome: 'accepted', server_seq: ++server_seq }))
      return { kind: 'urna.push', attempt_id, epoch, results, pull: false }
    },
  }
  const fetch = async (path: string, { body }: RequestInit): Promise<Response> => {
    if (!effects.online()) throw new TypeError('offline')
    const name = /\w+(?=\?|$)/.exec(path)![0]
    const answer = answers[name]
    if (!answer) return new Response(name === hash ? stations : await real.blob(name))
    const asked = body ? (JSON.parse(new TextDecoder().decode(body as Uint8Array)) as Asked) : {}
    return new Response(JSON.stringify(answer(asked)), { headers: { 'Content-Type': 'application/json' } })
  }
  return { ...effects, fetch, canGzip: false }
}

interface Asked {
  attempt_id?: string
  ops?: { op_id: string }[]
}

const nameOfStation = (): object =>
  Object.fromEntries(Object.entries(catalogues).map(([language, texts]) => [language, texts.sampleStation]))

/** The real mission votes on another day; here every clock time is in order. */
function setUp({ team, day, things }: Rehearsed): Pulled[] {
  const missions = (things.get('mission') ?? []).map((thing) => {
    const data = object(thing.data)
    return { ...thing, data: { ...data, day, settings: { ...object(data['settings']), day } } }
  })
  const plan = { type: 'plan', id: team, rev: 0, data: { visits: [{ place: DOOR }] } }
  return [...missions, ...(things.get('form') ?? []), plan]
}
