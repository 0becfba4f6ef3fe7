/** Who is signed in. The session itself lies in a cookie that no script reads. */
import { signal } from '@preact/signals'
import { ask, codeOf } from './door'
import { forget } from './feed'
import type { Key } from './text'
import type { SignedIn } from './wire'

const PATH = '/v1/staff/session'

/** undefined: not known yet; null: nobody. */
export const session = signal<SignedIn | null | undefined>(undefined)
/** A session that was there has run out. */
export const ended = signal(false)
/** Mission and user of a link, which never leave the browser as part of an address. */
export const invited = signal<{ mission: string; user: string } | null>(null)

export interface Refusal {
  key: Key
  params: Record<string, string | number>
}

/** Reads the link, then asks who is there. A link for somebody else asks for that person's password. */
export async function startSession(): Promise<void> {
  readLink()
  addEventListener('hashchange', () => void (readLink() && invited.value && askAgain()))
  const reply = await ask(PATH)
  const found = reply.status === 200 ? (reply.json as SignedIn) : null
  session.value = found && isInvited(found) ? found : null
}

function readLink(): boolean {
  const given = new URLSearchParams(location.hash.slice(1))
  const [mission, user] = [given.get('m') ?? '', given.get('u') ?? '']
  if (!mission && !user) return false
  history.replaceState(history.state, '', location.pathname + location.search)
  invited.value = { mission, user }
  return true
}

function askAgain(): void {
  if (session.value && !isInvited(session.value)) session.value = null
}

const isInvited = (found: SignedIn): boolean =>
  !invited.value || (found.mission === invited.value.mission && found.user === invited.value.user)

/** Signs in; gives what to tell the person when that does not work. */
export async function signIn(mission: string, user: string, password: string, totp: string): Promise<Refusal | null> {
  const reply = await ask(PATH, { method: 'POST', body: { mission, user, password, ...(totp ? { totp } : {}) } })
  if (reply.status !== 200) return refusal(reply)
  forget()
  ended.value = false
  invited.value = null
  session.value = reply.json as SignedIn
  return null
}

function refusal(reply: Parameters<typeof codeOf>[0]): Refusal {
  const code = codeOf(reply)
  if (reply.status === 0) return { key: 'away', params: {} }
  if (code === 'second_factor') return { key: 'digitsWanted', params: {} }
  if (code === 'invalid_credentials') return { key: 'wrong', params: {} }
  if (code === 'rate_limited') return { key: 'tooMany', params: { n: Math.max(1, Math.ceil((reply.retry_after_s ?? 60) / 60)) } }
  return { key: 'failed', params: { code } }
}

export async function signOut(): Promise<void> {
  await ask(PATH, { method: 'DELETE' })
  forget()
  session.value = null
}

export function sessionEnded(): void {
  forget()
  ended.value = true
  session.value = null
}
