/** The code of the card: typed, or brought by its link. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { PhoneError } from '../../store/api'
import { has, type Key } from '../../text'
import { phone, t } from '../app-state'
import { groupCode, CODE_LENGTH } from '../card'
import { Icon } from '../icons'
import { route, swap } from '../nav'
import { Button, Screen } from '../parts'

/** What this phone is called at the mission: its make, never a person. */
function label(): string {
  const agent = navigator.userAgent
  return /iPhone|iPad/.test(agent) ? 'iPhone' : /Android/.test(agent) ? 'Android' : 'Computer'
}

function words(error: unknown): string {
  const code = error instanceof PhoneError ? error.code : 'other'
  const key: Key = has(`err_${code}`) ? (`err_${code}` as Key) : 'err_other'
  const wait = error instanceof PhoneError ? (error.retry_after_s ?? 60) : 60
  return t(key, { n: wait, code })
}

type Trouble = { kind: 'short'; typed: number } | { kind: 'refused'; error: unknown } | null

export function EnrolScreen() {
  const [code, setCode] = useState(groupCode(route.value.code ?? ''))
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<Trouble>(null)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => setCode((typed) => typed || groupCode(route.value.code ?? '')), [route.value.code])
  const join = async (): Promise<void> => {
    const typed = code.replace(/-/g, '').length
    if (typed < CODE_LENGTH) {
      setTrouble({ kind: 'short', typed })
      return input.current?.focus()
    }
    setBusy(true)
    setTrouble(null)
    try {
      await phone.enrol(code, label())
      swap({ at: 'ready' })
    } catch (error) {
      setTrouble({ kind: 'refused', error })
    } finally {
      setBusy(false)
    }
  }
  return (
    <Screen
      title={t('enrolTitle')}
      to={{ route: { at: phone.session.value ? 'today' : 'welcome' }, name: phone.session.value ? t('today') : t('urna') }}
      foot={<Button cls="btn-main" onClick={() => busy || void join()}>{t(busy ? 'enrolBusy' : 'enrolDo')}</Button>}
    >
      <form
        class="block first-block"
        onSubmit={(event) => {
          event.preventDefault()
          void join()
        }}
      >
        <label class="label" for="code">
          {t('enrolCode')}
        </label>
        <div class="inset">
          <input
            ref={input}
            id="code"
            class="code-in"
            type="text"
            inputMode="text"
            autocapitalize="characters"
            autocomplete="one-time-code"
            spellcheck={false}
            enterkeyhint="go"
            placeholder="XXXX-XXXX-XXXX"
            aria-describedby="code-hint"
            value={code}
            onInput={(event) => {
              const grouped = groupCode(event.currentTarget.value)
              event.currentTarget.value = grouped
              setCode(grouped)
            }}
          />
          <p class="q-hint" id="code-hint">
            {t('enrolHint')}
          </p>
          {trouble && (
            <p class="err" role="alert">
              <Icon name="notice" small />
              <span>{trouble.kind === 'short' ? t('enrolShort', { n: trouble.typed }) : words(trouble.error)}</span>
            </p>
          )}
        </div>
      </form>
      <p class="pad note">{t('firstLoad')}</p>
    </Screen>
  )
}
