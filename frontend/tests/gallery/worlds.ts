/** The states that the gallery shows. Simulated. */
import type { Answers, Session } from '../../src/store/api'
import type { Seed, World } from './fake-phone'

const guide = [
  {
    title: { en: 'Article 39: being sent away', ru: 'Статья 39: удаление наблюдателя', kk: '39-бап: байқаушыны шығару' },
    text: {
      en: 'An observer is removed only by a written decision of the commission that gives its reasons.',
      ru: 'Наблюдателя удаляют только по письменному мотивированному решению комиссии.',
      kk: 'Байқаушы комиссияның жазбаша дәлелді шешімімен ғана шығарылады.',
    },
  },
]
const session: Session = {
  device_id: 'd', team: '0412', label: 'Android', access: 'ok',
  mission: { code: 'KZ22', name: { en: 'Kazakhstan 2022', ru: 'Казахстан 2022', kk: 'Қазақстан 2022' }, hotline: '+7 727 250 00 00', languages: ['en', 'ru', 'kk'], guide },
}
const at = (number: string): Seed['place'] => ({ kind: 'station', id: `KZ-75-${number}` })
const moment = (time: string): string => `2022-11-20T${time}:00Z`

const voting: Answers = {
  b01_access: 'full', b02_vicinity: ['posters', 'crowd'], b03_queue: 'up_to_20', b07_step_free: 'no',
  b04_crowded: 'no', b05_tension: 'yes', b05_how_known: 'saw', b06_campaign_inside: 'no', b08_layout_disab: { blank: 'not_observed' },
  b20_materials: 'yes', b21_boxes_sealed: 'yes', b22_presigned: 'no', b46_issuing_desks: 4,
  b09_members: 7, b10_women: 9,
}
const count: Answers = {
  c01_access: 'full', c38_we_have_copy: 'copy',
  r01_voters: 1800, r02_received: 1850, r03_issued: 1165, r04_mobile: 38, r05_signatures: 1165, r06_unused: 680, r07_spoiled: 5,
  r08_stationary: 1134, r09_mobile_boxes: 38, r10_invalid: 24, r11_valid: 1148,
  r14_requests: { blank: 'not_observed' },
}

const seeds: Seed[] = [
  { id: 'voting', form: 'B', place: at('0123'), state: 'draft', finished: false, arrived: '2022-11-20T13:34', changed: moment('08:02'), code: 'K7Q4', answers: voting, notes: { b05_tension: 'A loud quarrel at the door.' } },
  { id: 'count', form: 'C', place: at('0144'), state: 'draft', finished: false, arrived: '2022-11-20T19:40', changed: moment('17:18'), code: 'M2XD', answers: count },
  { id: 'kept', form: 'B', place: at('0121'), state: 'kept', finished: true, arrived: '2022-11-20T12:40', departed: '2022-11-20T13:22', changed: moment('07:26'), code: 'P9TE', answers: voting },
  { id: 'incident', form: 'E', place: at('0123'), state: 'kept', finished: true, arrived: '2022-11-20T14:05', changed: moment('08:12'), code: 'H3WN', answers: { e04_category: 'observers', e19_narrative: 'The chairperson told two citizen observers to leave the room at 14:05. No written decision was shown.' } },
  { id: 'received', form: 'B', place: at('0119'), state: 'received', finished: true, arrived: '2022-11-20T11:00', departed: '2022-11-20T11:38', changed: moment('05:40'), received: moment('05:40'), code: 'C6RA', answers: voting },
  { id: 'opening', form: 'A', place: at('0119'), state: 'received', finished: true, arrived: '2022-11-20T06:10', departed: '2022-11-20T07:30', changed: moment('02:52'), received: moment('02:52'), code: 'X4KM' },
]
const planned = ['0119', '0123', '0127', '0140', '0151', '0160', '0171', '0180'].map((number) => `KZ-75-${number}`)

const full: World = { session, seeds, planned, online: false, waiting: 4 }

export const worlds: Record<string, World> = {
  full,
  fresh: { ...full, seeds: [], online: true, waiting: 0 },
  many: { ...full, planned: Array.from({ length: 40 }, (_, n) => `KZ-75-${String(n + 201).padStart(4, '0')}`) },
  bare: { ...full, seeds: [], planned: [], online: true, waiting: 0, commissions: 0 },
  out: { ...full, session: null, seeds: [], planned: [] },
  outNamed: { ...full, session: null, seeds: [], planned: [], missions: [{ name: 'Kazakhstan 2022', organisation: 'OSCE/ODIHR Election Observation Mission' }] },
  outNone: { ...full, session: null, seeds: [], planned: [], missions: [] },
  used: { ...full, session: null, refuses: 'code_used', online: true },
  noNet: { ...full, session: null, refuses: 'offline' },
  hasty: { ...full, session: null, refuses: 'rate_limited', online: true },
  preparing: { ...full, seeds: [], online: true, preparing: [3, 4120], storage: { durable: true, persisted: false, free_bytes: 4.1e8, problem: null } },
  coming: { ...full, seeds: [], planned: [], online: true, preparing: [0, 0] },
  cutOff: { ...full, seeds: [], preparing: [3, 4120], clock_off_s: 760, storage: { durable: true, persisted: 'unknown', free_bytes: 2.1e7, problem: null } },
  done: { ...full, seeds: seeds.filter((seed) => seed.state === 'received'), online: true, waiting: 0, update: true },
  troubled: {
    ...full,
    seeds: [
      { ...seeds[2]!, id: 'held', state: 'held', held: 'unknown_version', code: 'T4LE' },
      { ...seeds[2]!, id: 'lost', state: 'lost', code: 'Q8ZV' },
      { ...seeds[2]!, id: 'sending', state: 'sending', code: 'B2CD' },
      ...seeds.slice(2),
    ],
    online: true,
  },
  brimful: { ...full, storage: { durable: true, persisted: false, free_bytes: 1e6, problem: 'full' } },
  closed: { ...full, storage: { durable: true, persisted: true, free_bytes: 2.4e9, problem: 'closed' } },
  unsent: { ...full, refuses: 'unsent' },
  tooLong: { ...full, refuses: 'too_long' },
  slow: { ...full, slow: true },
  asSeen: { ...full, seeds: [{ ...seeds[1]!, confirmed: ['K03', 'K04', 'K05', 'K06'] }, ...seeds.slice(2)] },
  waiting: { ...full, online: true },
  outPrivate: { ...full, session: null, seeds: [], planned: [], storage: { durable: false, persisted: false, free_bytes: null, problem: null } },
  outEmptied: { ...full, session: null, seeds: [], planned: [], storage: { durable: true, persisted: true, free_bytes: 2.4e9, problem: null, emptied: true } },
  lostPhone: { ...full, session: { ...session, access: 'lost' } },
  twins: { ...full, twin: true },
  refused: { ...full, seeds: [{ ...seeds[0]!, answers: { ...voting, b01_access: 'refused' } }] },
  unsaved: { ...full, unsaved: true, storage: { durable: true, persisted: true, free_bytes: 0, problem: 'full' } },
  practising: { ...full, practising: true, planned: ['0000'], seeds: [{ ...seeds[4]!, place: { kind: 'station', id: '0000' } }], online: true, waiting: 0 },
  team: { ...full, seeds: [{ ...seeds[0]!, mine: false, id: 'theirs' }, seeds[4]!], online: true },
  refusedPhone: { ...full, session: { ...session, access: 'unknown' } },
  two: {
    ...full,
    seeds: [{ ...seeds[0]!, disagreements: { b04_crowded: [
      { value: 'no', author: 'here', device_id: null, made_at: null },
      { value: 'yes', author: 'team', device_id: 'x', made_at: null },
    ], 'header.arrived_at': [
      { value: '2022-11-20T13:34', author: 'here', device_id: null, made_at: null },
      { value: '2022-11-20T13:31', author: 'team', device_id: 'x', made_at: null },
    ] } }],
  },
}
