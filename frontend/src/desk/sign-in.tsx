/** Mission, user, password; six digits where the role asks for them. A link fills in two of them. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from './parts'
import { t } from './language'
import { LanguagePick } from './light'
import { ended, invited, signIn, type Refusal } from './session'

export function SignIn() {
  const given = invited.value
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const [busy, setBusy] = useState(false)
  const [digits, setDigits] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const field = (name: string): HTMLInputElement => form.current!.elements.namedItem(name) as HTMLInputElement
  useEffect(() => field(['mission', 'user'].find((name) => !field(name).value) ?? 'password').focus(), [given])

  useEffect(() => void (document.title = `${t('signIn')} · Urna`))

  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const [mission, user, password] = ['mission', 'user', 'password'].map((name) => field(name).value) as [string, string, string]
    const empty = ['mission', 'user', 'password'].find((name) => !field(name).value.trim())
    if (empty) {
      setRefusal({ key: 'fillIn', params: {} })
      return field(empty).focus()
    }
    setBusy(true)
    const found = await signIn(mission.trim(), user.trim(), password, digits ? field('totp').value.replace(/\D/g, '') : '')
    if (!found) return
    setBusy(false)
    setRefusal(found)
    if (found.key === 'digitsWanted') return setDigits(true)
    field('password').select()
  }
  useEffect(() => {
    if (digits) field('totp').select()
  }, [digits, refusal])

  const message = refusal ? t(refusal.key, refusal.params) : ended.value ? t('ended') : ''
  return (
    <main class="sign" id="main">
      <form ref={form} onSubmit={(event) => void send(event)} class="sheet sign-sheet" noValidate aria-describedby="sign-for">
        <p class="sign-home"><Icon name="mark" />{t('urna')}</p>
        <h1>{t('signInTitle')}</h1>
        <p class="sub" id="sign-for">{t('signInFor')}</p>
        <Field name="mission" label={t('mission')} value={given?.mission} complete="organization" />
        <Field name="user" label={t('user')} value={given?.user} complete="username" />
        <Field name="password" label={t('password')} secret complete="current-password" />
        {digits && <Field name="totp" label={t('digits')} complete="one-time-code" />}
        <p class="sign-word" role="alert">{message && <><Icon name="notice" small /><span>{message}</span></>}</p>
        <button type="submit" class="btn btn-main" aria-disabled={busy}>{t(busy ? 'checking' : 'signIn')}</button>
      </form>
      <LanguagePick />
    </main>
  )
}

function Field({ name, label, value, complete, secret }: {
  name: string
  label: string
  value?: string | undefined
  complete: string
  secret?: boolean
}) {
  const common = { name, defaultValue: value ?? '', autoComplete: complete, autoCapitalize: 'none', spellcheck: false, maxLength: 200, required: true } as const
  return (
    <label class="field">
      <span>{label}</span>
      {secret ? <input {...common} type="password" /> : <input {...common} type="text" />}
    </label>
  )
}
