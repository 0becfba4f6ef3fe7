/**
 * The phone's core in Node, driven by lines of JSON: tests of the server drive real phones with it. Each line on stdin is
 * [command, ...arguments]; each line on stdout is {"ok": value} or {"error": code}. Only the browser is missing: the
 * database is fake-indexeddb, and cookies are kept by hand.
 */
import 'fake-indexeddb/auto'
import { createInterface } from 'node:readline'
import { findings, irrelevant } from '../../src/forms/answers'
import { type UrnaPhone, startPhone } from '../../src/phone'
import type { Answer, OpenReport, Place, Value, VoidReason } from '../../src/store/api'
import { type Effects, browserEffects } from '../../src/store/effects'
import { OUTBOX_VERSION } from '../../src/store/databases'

const [, , base = ''] = process.argv
let cookie = ''
let online = true
/** How many answers are still to be lost on their way back. */
let losing = 0

async function withCookie(path: string, init: RequestInit): Promise<Response> {
  if (!online) throw new TypeError('no network')
  const { credentials: _, ...rest } = init
  const headers = { ...(init.headers as Record<string, string>), Origin: base, ...(cookie && { Cookie: cookie }) }
  const response = await fetch(base + path, { ...rest, headers })
  const set = response.headers.getSetCookie()[0]
  if (set !== undefined) cookie = set.split(';')[0]!
  if (losing > 0) {
    losing--
    await response.arrayBuffer()
    throw new TypeError('the answer was lost')
  }
  return response
}

const effects: Effects = {
  ...browserEffects(),
  fetch: withCookie,
  after: () => () => undefined,
  channel: () => ({ post: () => undefined }),
  locks: null,
  storage: null,
  online: () => online,
}

const engine = { irrelevant, findings }
let phone: UrnaPhone
const boot = async (): Promise<void> => {
  phone = await startPhone({ effects, engine, version: 'remote', languages: ['en'] })
}

const opened = (report_id: string): Promise<OpenReport> => phone.openReport(report_id)

const COMMANDS: Record<string, (...given: never[]) => unknown> = {
  enrol: (code: string) => phone.enrol(code, 'remote'),
  sync: () => phone.syncNow(),
  state: () => ({ sync: phone.sync.value, preparation: phone.preparation.value, session: phone.session.value }),
  reports: () => phone.reports.value,
  outbox: () => phone.outbox.value,
  forms: () => phone.forms.value.map(({ code, version }) => [code, version]),
  search: (query: string) => phone.stations.search(query),
  planned: () => phone.stations.planned.value,
  commissions: () => phone.stations.commissions.value,
  start: async (form: string, place: Place) => (await phone.startReport(form, place)).report_id,
  answer: async (id: string, code: string, value: Value) => (await opened(id)).setAnswer(code, value),
  clear: async (id: string, code: string) => (await opened(id)).clear(code),
  note: async (id: string, code: string, text: string) => (await opened(id)).setNote(code, text),
  header: async (id: string, patch: object) => (await opened(id)).setHeader(patch),
  settle: async (id: string, name: string, value: Answer) => (await opened(id)).settle(name, value),
  finish: async (id: string) => (await opened(id)).finish(),
  void: async (id: string, reason: VoidReason) => (await opened(id)).void(reason),
  view: async (id: string) => {
    const { irrelevant: hidden, ...view } = (await opened(id)).view.value
    return { ...view, irrelevant: [...hidden] }
  },
  network: (up: boolean) => void (online = up),
  lose: (answers: number) => void (losing = answers),
  forget_cookie: () => void (cookie = ''),
  copy: async (which: 'unsent' | 'all') => (await phone.saveCopy(which)).text(),
  restart: async () => {
    await phone.stop()
    await boot()
  },
  version: () => OUTBOX_VERSION,
}

async function obey(line: string): Promise<string> {
  try {
    const [command, ...given] = JSON.parse(line) as [string, ...never[]]
    const value = await COMMANDS[command]!(...given)
    return JSON.stringify({ ok: value ?? null })
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return JSON.stringify({ error: code ?? message })
  }
}

await boot()
for await (const line of createInterface({ input: process.stdin })) process.stdout.write(`${await obey(line)}\n`)
process.exit(0)
