/** A phone without a disk and a network, for looking at screens. Never part of the app. */
import { computed, signal, type Signal } from '@preact/signals'
import { findings, irrelevant } from '../../src/forms/answers'
import {
  PhoneError,
  type Answers, type Checklist, type Header, type OpenMission, type OpenReport, type OutboxItem, type Phone, type Place, type ReportState,
  type ReportSummary, type ReportView, type Session, type Station,
} from '../../src/store/api'
import { entryOf, find } from '../../src/store/search'
import { wall } from '../../src/text'

export interface Seed {
  id: string
  form: string
  place: Place
  state: ReportState
  finished: boolean
  arrived: string
  departed?: string
  changed: string
  received?: string
  code: string
  held?: string
  mine?: boolean
  answers?: Answers
  notes?: Record<string, string>
  confirmed?: string[]
  disagreements?: ReportView['disagreements']
}

const PRACTICE = { en: 'Practice station', ru: 'Учебный участок', kk: 'Оқу учаскесі' }
const STREETS = ['Abay Avenue', 'Dostyk Street', 'Satpayev Street', 'Lenin Street', 'Auezov Street', 'Nauryz Street']
const RU = ['пр. Абая', 'ул. Достык', 'ул. Сатпаева', 'ул. Ленина', 'ул. Ауэзова', 'ул. Наурыз']
const KINDS: [string, string, string][] = [
  ['School-Gymnasium No.', 'Школа-гимназия №', 'мектеп-гимназия'],
  ['Kindergarten No.', 'Детский сад №', 'балабақша'],
  ['House of Culture', 'Дом культуры', 'Мәдениет үйі'],
  ['Lyceum No.', 'Лицей №', 'лицей'],
]

/** Ten thousand stations that look like a country. */
export function manyStations(count = 10_101): Station[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(4, '0')
    const [en, ru, kk] = KINDS[index % KINDS.length]!
    const n = (index * 7) % 190 + 1
    const street = (index * 5) % STREETS.length
    return {
      code: `KZ-75-${number}`,
      number,
      name: { en: `${en} ${n}`, ru: `${ru} ${n}`, kk: `№ ${n} ${kk}` },
      address: { en: `${(index % 90) + 1} ${STREETS[street]}, Almaty`, ru: `${RU[street]}, ${(index % 90) + 1}, Алматы`, kk: `${RU[street]}, ${(index % 90) + 1}` },
      region: 'KZ-75',
      region_name: { en: 'Almaty city', ru: 'город Алматы', kk: 'Алматы қаласы' },
      district: 'Auezov',
      type: 'ordinary',
      voters: 1800,
      opens_at: '07:00',
      closes_at: '20:00',
      lat: 43.2 + index / 1e5,
      lon: 76.9,
    }
  })
}

const emptyHeader = (place: Place, arrived: string): Header => ({
  place, visit_no: 1, arrived_at: arrived, departed_at: null, filled_by: 1, other_teams: null, comment: null,
})

function summaryOf(seed: Seed, station: Station | undefined): ReportSummary {
  return {
    report_id: seed.id, form: seed.form, form_version: 1, station, mine: seed.mine ?? true,
    header: { ...emptyHeader(seed.place, seed.arrived), departed_at: seed.departed ?? null },
    state: seed.state, draft_received: false, finished: seed.finished, void: false,
    receipt: { code: seed.code, received_at: seed.received ?? null, server_seq: seed.received ? 17 : null },
    code: seed.held ?? null, answered: Object.keys(seed.answers ?? {}).length, disagreements: Object.keys(seed.disagreements ?? {}).length, changed_at: seed.changed,
  }
}

function viewOf(form: Checklist, summary: ReportSummary, seed: Seed, unsaved = false): ReportView {
  const answers = seed.answers ?? {}
  const context = { header: summary.header, station: summary.station ?? {}, settings: { opens_at: '07:00', closes_at: '20:00' } }
  return {
    summary, answers, notes: seed.notes ?? {}, confirmed: seed.confirmed ?? [], disagreements: seed.disagreements ?? {},
    irrelevant: irrelevant(form, answers, context),
    findings: findings(form, answers, context),
    progress: { answered: 0, asked: 0, by_section: {} },
    saved_at: summary.changed_at, saving: unsaved ? 'failed' : 'saved',
  }
}

export interface World {
  session: Session | null
  seeds: Seed[]
  planned: string[]
  online: boolean
  waiting: number
  storage?: Phone['storage']['value']
  update?: boolean
  /** How many checklists and stations have come so far. */
  preparing?: [forms: number, stations: number]
  /** The same visit was begun on another phone. */
  twin?: boolean
  /** Nothing typed reaches the disk. */
  unsaved?: boolean
  commissions?: number
  /** What the server says of itself; nothing where there is no network. */
  missions?: OpenMission[]
  /** The station of practice is on the route, and no other. */
  practising?: boolean
  /** By how many seconds the clock is ahead. */
  clock_off_s?: number
  /** The code that enrolling, finishing or leaving is refused with. */
  refuses?: string
  /** No report opens. */
  slow?: boolean
}

export function fakePhone(forms: Checklist[], world: World): Phone {
  const stations = world.practising ? manyStations(1).map((station) => ({ ...station, code: '0000', number: '0000', name: PRACTICE })) : manyStations()
  let entries: ReturnType<typeof entryOf>[] | undefined
  const byCode = (code: string): Station | undefined => stations.find((station) => station.code === code)
  const seeds: Signal<Seed[]> = signal(world.seeds)
  const form = (code: string): Checklist | undefined => forms.find((some) => some.code === code)
  const headers: Signal<Record<string, Partial<Header>>> = signal({})
  const summary = (seed: Seed): ReportSummary => {
    const plain = summaryOf(seed, seed.place.id ? byCode(seed.place.id) : undefined)
    const header = { ...plain.header, ...headers.value[seed.id] }
    return { ...plain, header, station: header.place.id ? byCode(header.place.id) : undefined }
  }
  const reports = computed(() => seeds.value.map(summary))
  const refuse = (): void => {
    if (world.refuses) throw new PhoneError(world.refuses, 40)
  }
  const patch = (id: string, change: (seed: Seed) => Seed): Promise<void> => {
    const touch = (seed: Seed): Seed => ({ ...change(seed), changed: new Date().toISOString() })
    seeds.value = seeds.value.map((seed) => (seed.id === id ? touch(seed) : seed))
    return Promise.resolve()
  }
  const open = (id: string): OpenReport => {
    const seed = (): Seed => seeds.value.find((some) => some.id === id)!
    const checklist = form(seed().form)!
    const dirty = (some: Seed): Seed => (some.finished ? { ...some, state: 'draft' } : some)
    return {
      report_id: id,
      form: checklist,
      view: computed(() => viewOf(checklist, summary(seed()), seed(), world.unsaved)),
      setAnswer: (code, value) => patch(id, (some) => dirty({ ...some, answers: { ...some.answers, [code]: value } })),
      clear: (code) => patch(id, (some) => dirty({ ...some, answers: { ...some.answers, [code]: null } })),
      setNote: (code, text) => patch(id, (some) => dirty({ ...some, notes: { ...some.notes, [code]: text } })),
      setHeader: (change) => {
        headers.value = { ...headers.value, [id]: { ...headers.value[id], ...change } }
        return patch(id, dirty)
      },
      confirm: (check, yes) =>
        patch(id, (some) => ({ ...some, confirmed: [...(some.confirmed ?? []).filter((one) => one !== check), ...(yes ? [check] : [])] })),
      settle: (code, value) =>
        patch(id, (some) => {
          const { [code]: _settled, ...disagreements } = some.disagreements ?? {}
          return { ...some, answers: { ...some.answers, [code]: value as never }, disagreements }
        }),
      finish: async () => {
        refuse()
        await patch(id, (some) => ({ ...some, finished: true, state: 'kept' }))
        return summary(seed()).receipt
      },
      void: async () => summary(seed()).receipt,
      close: () => {},
    }
  }
  const count = (state: ReportState): number => seeds.value.filter((seed) => seed.state === state).length
  const kept = computed(() => seeds.value.filter((seed) => seed.state !== 'received').length)
  const language = signal<'en' | 'ru' | 'kk'>('en')
  const theme = signal<'auto' | 'light' | 'dark' | 'night'>('auto')
  const order: ReportState[] = ['lost', 'held', 'sending', 'kept', 'draft', 'received']
  const session = signal(world.session)
  const storage = signal(world.storage ?? { durable: true, persisted: true, free_bytes: 2.4e9, problem: null })
  return {
    session,
    preparation: signal(
      world.preparing
        ? { forms: { done: world.preparing[0], total: world.preparing[0] && 5 }, stations: { done: world.preparing[1], total: world.preparing[1] && 10101 }, ready: false }
        : { forms: { done: 5, total: 5 }, stations: { done: 10101, total: 10101 }, ready: true },
    ),
    forms: signal(forms),
    stations: {
      count: signal(stations.length),
      search: (query, options) => find((entries ??= stations.map(entryOf)), query, options?.limit ?? 50),
      byCode,
      nearby: (_lat, _lon, limit = 10) => stations.slice(0, limit).map((station, index) => ({ station, distance_m: 80 + index * 370 })),
      planned: signal(world.planned.map((code) => byCode(code)!)),
      commissions: signal(
        Array.from({ length: world.commissions ?? 12 }, (_, index) => ({
          code: `TEC-${index}`, name: { en: `Territorial commission ${index + 1}`, ru: `Территориальная комиссия ${index + 1}`, kk: `${index + 1}-аумақтық сайлау комиссиясы` }, region: 'Almaty city',
        })),
      ),
    },
    reports,
    sync: computed(() => ({
      counts: Object.fromEntries(order.map((state) => [state, count(state)])) as Record<ReportState, number>,
      kept: kept.value,
      waiting: kept.value,
      worst: order.find((state) => count(state) > 0) ?? 'received',
      running: count('sending') > 0,
      online: world.online,
      last_contact_at: '2022-11-20T07:20:00Z',
      problem: world.online ? null : 'offline',
      next_try_at: null,
      clock_off_s: world.clock_off_s ?? 3,
    })),
    outbox: computed(() =>
      seeds.value.map((seed): OutboxItem => ({
        op_id: seed.id, kind: 'report.finish', report_id: seed.id, made_at: seed.changed, bytes: 1100 + seed.id.length * 37,
        state: seed.state === 'draft' ? 'kept' : seed.state, code: null, received_at: seed.received ?? null,
        tries: seed.state === 'kept' || seed.state === 'lost' ? 2 : 0, next_at: seed.state === 'lost' ? '2022-11-20T08:40:00Z' : null,
      })),
    ),
    messages: signal([]),
    storage,
    language,
    theme,
    update: signal(world.update ?? false),
    practising: world.practising ?? false,
    practised: signal(!world.preparing),
    practice: () => Promise.reject(new Error('not here')),
    endPractice: async () => {},
    missions: async () => world.missions ?? null,
    enrol: async () => {
      refuse()
      await new Promise((done) => setTimeout(done, 300))
      return (session.value = {
        device_id: 'd', team: '0412', label: 'x', access: 'ok',
        mission: { code: 'KZ22', name: { en: 'Kazakhstan 2022', ru: 'Казахстан 2022', kk: 'Қазақстан 2022' }, languages: ['en', 'ru', 'kk'] },
      })
    },
    leave: async () => {
      refuse()
      session.value = null
    },
    form,
    startReport: async (code, place) => {
      const id = `r${seeds.value.length + 1}`
      const moment = new Date()
      seeds.value = [
        { id, form: code, place, state: 'draft', finished: false, arrived: wall(moment), changed: moment.toISOString(), code: 'N3WW' },
        ...seeds.value,
      ]
      return open(id)
    },
    openReport: (id) => (world.slow ? new Promise(() => undefined) : Promise.resolve(open(id))),
    twinsOf: (id) => (world.twin ? reports.value.slice(0, 1).map((report) => ({ ...report, report_id: `0${id}` })) : []),
    join: (_, into) => Promise.resolve(open(into)),
    separate: () => Promise.resolve(),
    syncNow: async () => {},
    acknowledge: async () => {},
    saveCopy: async () => new Blob([]),
    setLanguage: async (value) => void (language.value = value),
    setTheme: async (value) => void (theme.value = value),
    askPersistence: async () => {
      storage.value = { ...storage.value, persisted: true }
      return true
    },
    applyUpdate: () => {},
  }
}
