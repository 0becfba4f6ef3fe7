/** The code of the card: typed, or brought by its link. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { phone, t } from '../app-state'
import { groupCode, CODE_LENGTH } from '../card'
import { Home, make } from '../home'
import { Icon } from '../icons'
import { route, swap } from '../nav'
import { Button, Screen, errorWords } from '../parts'
import { Scan, canScan } from '../scan'

type Trouble = { kind: 'short'; typed: number } | { kind: 'refused'; error: unknown } | null

export function EnrolScreen() {
  const [code, setCode] = useState(groupCode(route.value.code ?? ''))
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<Trouble>(null)
  const [scanning, setScanning] = useState(false)
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
      await phone.enrol(code, make)
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
          {canScan() && <Button cls="btn-wide" icon="photo" onClick={() => setScanning(!scanning)}>{t(scanning ? 'close' : 'scanDo')}</Button>}
          {scanning && (
            <Scan
              onCode={(read) => {
                setScanning(false)
                setCode(groupCode(read))
              }}
            />
          )}
          {trouble && (
            <p class="err" role="alert">
              <Icon name="notice" small />
              <span>{trouble.kind === 'short' ? t('enrolShort', { n: trouble.typed }) : errorWords(trouble.error)}</span>
            </p>
          )}
        </div>
      </form>
      <Home />
      <p class="pad note">{t('firstLoad')}</p>
    </Screen>
  )
}
