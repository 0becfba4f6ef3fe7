/**
 * A card becomes a device. The key is made and kept before the server is asked: if its answer is lost, the same code with
 * the same key gives the same device again.
 */
import { PhoneError } from '../store/api'
import type { Outbox } from '../store/databases'
import type { Effects } from '../store/effects'
import { object, text } from '../store/pulled'
import { enterEpoch } from '../store/receipts'
import type { Identity } from '../store/records'
import { type Ask, ask } from './http'
import { type Reply } from './rules'
import { readProblem } from './wire-shapes'

/** A try whose answer may still be owed; once it came, how to ask for it again. */
interface Enrolling {
  code: string
  label: string
  key: CryptoKey | null
  public_key: JsonWebKey | null
  /** When it became a device; null until then. */
  done_ms: number | null
}

/** So long does the server answer the same code and key with the same device. */
const REPEAT_MS = 10 * 60_000

interface Asked {
  outbox: Outbox
  effects: Effects
  version: string
  code: string
  label: string
  /** Whether another mission may have this phone: nothing of this one lies here alone. */
  isSafe(): Promise<boolean>
}

export async function enrol(asked: Asked): Promise<Identity> {
  if (!asked.effects.subtle) throw new PhoneError('insecure')
  const code = asked.code.toUpperCase().replace(/[^0-9A-Z]/g, '')
  const enrolling = await prepare(asked, code)
  const reply = await ask(asked.effects, request(enrolling, asked.version))
  const answer = readAnswer(reply, asked.effects)
  const at = new Date(asked.effects.now()).toISOString()
  const { device_id, mission, team, grant } = answer
  const identity = { device_id, mission, team, grant, label: asked.label, key: enrolling.key, enrolled_at: at }
  await refuseLoss(asked, mission)
  await keep(asked.outbox, identity, answer.epoch, { ...enrolling, done_ms: asked.effects.now() })
  return identity
}

function request({ code, label, public_key }: Enrolling, version: string): Ask {
  return { method: 'POST', path: '/v1/enrol', body: JSON.stringify({ code, label, public_key, app: { version } }) }
}

/**
 * Browsers write cookies to the disk half a minute late. A phone that dies in that time has its key and its work but no
 * credential; for ten minutes the card still gives it back, with a grant for the new one. True if the same device answered.
 */
export async function renew(outbox: Outbox, effects: Effects, version: string): Promise<boolean> {
  const [identity, card] = (await outbox.read(['meta'], async (tx) => {
    const meta = tx.objectStore('meta')
    return [await meta.get('identity'), await meta.get('enrolling')]
  })) as [Identity | undefined, Enrolling | undefined]
  if (!identity || !card || card.done_ms === null || effects.now() - card.done_ms > REPEAT_MS) return false
  const reply = await ask(effects, request(card, version))
  if (reply.came !== 'answer' || reply.status !== 200) return false
  const { device_id, grant } = object(reply.json)
  if (device_id !== identity.device_id) return false
  const renewed = { ...identity, grant: text(grant) || null }
  await outbox.write(['meta'], (tx) => tx.objectStore('meta').put(renewed, 'identity'))
  return true
}

/** The key of an earlier try with this code, else a fresh one, on the disk before anything is sent. */
async function prepare({ outbox, effects, label }: Asked, code: string): Promise<Enrolling> {
  const before = (await outbox.read(['meta'], (tx) => tx.objectStore('meta').get('enrolling'))) as Enrolling | undefined
  if (before?.code === code) return before
  const fresh = { code, label: label.slice(0, 80), done_ms: null, ...(await makeKey(effects.subtle!)) }
  try {
    await outbox.write(['meta'], (tx) => tx.objectStore('meta').put(fresh, 'enrolling'))
    return fresh
  } catch (error) {
    return withoutKey(outbox, fresh, error)
  }
}

/** Some browsers cannot keep a key in a database: such a phone sends unsigned, which the mission sees. */
async function withoutKey(outbox: Outbox, fresh: Enrolling, error: unknown): Promise<Enrolling> {
  if ((error as { name?: string }).name !== 'DataCloneError') throw new PhoneError('storage')
  const plain = { ...fresh, key: null, public_key: null }
  await outbox.write(['meta'], (tx) => tx.objectStore('meta').put(plain, 'enrolling'))
  return plain
}

async function makeKey(subtle: SubtleCrypto): Promise<Pick<Enrolling, 'key' | 'public_key'>> {
  const pair = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const { kty, crv, x, y } = await subtle.exportKey('jwk', pair.publicKey)
  return { key: pair.privateKey, public_key: { kty, crv, x, y } as JsonWebKey }
}

interface Answer {
  device_id: string
  mission: string
  team: string
  epoch: string
  grant: string | null
}

function readAnswer(reply: Reply, effects: Effects): Answer {
  if (reply.came !== 'answer') throw new PhoneError(effects.online() ? 'no_answer' : 'offline')
  const json = object(reply.json)
  const answer = {
    device_id: text(json['device_id']),
    mission: text(json['mission']),
    team: text(json['team']),
    epoch: text(json['epoch']),
    grant: text(json['grant']) || null,
  }
  const whole = answer.device_id !== '' && answer.mission !== '' && answer.epoch !== ''
  if (reply.status === 200 && whole) return answer
  throw new PhoneError(readProblem(reply.json) ?? 'no_answer', reply.retry_after_s)
}

/** Another mission has no place for what still waits here; the code stays good for a few minutes. */
async function refuseLoss({ outbox, isSafe }: Asked, mission: string): Promise<void> {
  const before = (await outbox.read(['meta'], (tx) => tx.objectStore('meta').get('identity'))) as Identity | undefined
  if (before && before.mission !== mission && !(await isSafe())) throw new PhoneError('unsent')
}

function keep(outbox: Outbox, identity: Identity, epoch: string, card: Enrolling): Promise<void> {
  return outbox.write(['meta', 'receipts', 'aside'], async (tx) => {
    const meta = tx.objectStore('meta')
    const before = (await meta.get('identity')) as Identity | undefined
    await meta.put(identity, 'identity')
    if (before?.device_id !== identity.device_id) {
      await meta.put({ device_id: identity.device_id, device_seq: 0, link: null }, 'head')
    }
    await enterEpoch(tx, epoch)
    await meta.put(card, 'enrolling')
  })
}
