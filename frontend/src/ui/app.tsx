/** The phone's page: which screen stands, the language and the light it stands in, and what is said in passing. */
import { Component, type ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Checklist, OpenReport } from '../store/api'
import { wall } from '../text'
import { current, lang, now, phone, spoken, t, turn, undo } from './app-state'
import { keyOf, back, route, type ScreenName } from './nav'
import { Loading, Screen, State, toToday } from './parts'
import { seldom } from './seldom'
import { isNight } from './stage'
import { useReport } from './use-report'
import { CheckScreen } from './screens/check'
import { EnrolScreen } from './screens/enrol'
import { IncidentScreen } from './screens/incident'
import { OutboxScreen } from './screens/outbox'
import { PickerScreen } from './screens/picker'
import { HandScreen, PlaceScreen } from './screens/place'
import { ReceiptScreen } from './screens/receipt'
import { SectionScreen } from './screens/section'
import { TodayScreen } from './screens/today'
import { VisitScreen } from './screens/visit'
import { Languages, WelcomeScreen } from './screens/welcome'

type OfReport = (props: { report: OpenReport }) => ComponentChildren

const OF_REPORT: Partial<Record<ScreenName, OfReport>> = {
  visit: VisitScreen,
  section: SectionScreen,
  check: CheckScreen,
  times: seldom('TimesScreen'),
  withdraw: seldom('WithdrawScreen'),
  receipt: ReceiptScreen,
}

const PLAIN: Partial<Record<ScreenName, () => ComponentChildren>> = {
  welcome: WelcomeScreen,
  enrol: EnrolScreen,
  ready: seldom('ReadyScreen'),
  today: TodayScreen,
  picker: PickerScreen,
  place: PlaceScreen,
  hand: HandScreen,
  outbox: OutboxScreen,
  help: seldom('HelpScreen'),
  handover: seldom('HandoverScreen'),
  about: seldom('AboutScreen'),
}

/** Without a mission there is only the way into one. */
function reachable(at: ScreenName): ScreenName {
  if (phone.session.value) return at === 'welcome' || (phone.practising && at === 'enrol') ? 'today' : at
  return at === 'enrol' ? at : 'welcome'
}

function Current() {
  const at = reachable(route.value.at)
  const report = useReport(phone.session.value ? route.value.report : undefined)
  if (at === 'incident') return <IncidentScreen report={report} />
  const Plain = PLAIN[at]
  if (Plain) return <Plain />
  const OfReportScreen = OF_REPORT[at]
  if (OfReportScreen && report) return <OfReportScreen report={report} />
  return (
    <Screen title={t('loading')} to={toToday()}>
      <Loading />
    </Screen>
  )
}

/** A screen that fails must not take the others with it: what was typed is on the disk. */
class Guard extends Component<{ at: string; children: ComponentChildren }, { failed: string | null }> {
  override state = { failed: null as string | null }
  override componentDidCatch(): void {
    this.setState({ failed: this.props.at })
  }
  override render(): ComponentChildren {
    if (this.state.failed !== this.props.at) return this.props.children
    return (
      <Screen title={t('urna')} to={toToday()}>
        <State icon="notice" title={t('today_error')} />
      </Screen>
    )
  }
}

/** The languages, over whatever is on the screen: closing it, nothing has moved. */
function LanguageSheet() {
  const sheet = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null
    sheet.current?.querySelector('button')?.focus()
    return () => before?.focus({ preventScroll: true })
  }, [])
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') back()
    if (event.key !== 'Tab') return
    const buttons = [...sheet.current!.querySelectorAll('button')]
    const edge = event.shiftKey ? buttons[0] : buttons[buttons.length - 1]
    if (document.activeElement !== edge) return
    event.preventDefault()
    ;(event.shiftKey ? buttons[buttons.length - 1] : buttons[0])?.focus()
  }
  return (
    <div class="sheet-veil" onClick={(event) => event.target === event.currentTarget && back()}>
      <div ref={sheet} class="sheet" role="dialog" aria-modal="true" aria-label={t('language')} onKeyDown={onKey}>
        <h2>{t('language')}</h2>
        <Languages onPick={back} />
        <div class="inset">
          <button class="btn btn-wide" type="button" onClick={back}>
            {t('close')}
          </button>
        </div>
      </div>
    </div>
  )
}

function Undo() {
  const offer = undo.value
  if (!offer) return null
  const take = (): void => {
    undo.value = null
    offer.back()
  }
  return (
    <div class="undo" role="region" aria-label={t('undo')}>
      <span>{offer.text}</span>
      <button type="button" onClick={take}>
        {t('undo')}
      </button>
    </div>
  )
}

/** The light: chosen, or of the device; at night over a count, the dim one by itself. */
function useLight(): void {
  const chosen = phone.theme.value
  const stage: Checklist['stage'] | undefined = route.value.report ? current.value?.form.stage : undefined
  const theme = chosen === 'auto' ? (isNight(wall(now.value), stage) ? 'night' : '') : chosen
  useEffect(() => {
    if (theme) document.documentElement.dataset['theme'] = theme
    else delete document.documentElement.dataset['theme']
  }, [theme])
  useWake(theme === 'night')
}

/** Over a count both hands are full: the screen stays on, where the browser can keep it so and the page is in front. */
function useWake(on: boolean): void {
  const visible = document.visibilityState
  useEffect(() => {
    if (!on) return
    const lock = navigator.wakeLock?.request('screen').catch(() => undefined)
    return () => void lock?.then((held) => held?.release())
  }, [on, visible])
}

export function App() {
  useLight()
  const language = lang.value
  useEffect(() => void (document.documentElement.lang = language), [language])
  const sheet = route.value.sheet === 'language'
  const key = `${phone.session.value ? '' : 'out'}${keyOf(route.value)}`
  return (
    <>
      <div class="whole" key={turn.value} aria-hidden={sheet}>
        <Guard at={key}>
          <Current key={key} />
        </Guard>
      </div>
      <Undo />
      {sheet && <LanguageSheet />}
      <div class="vh" role="status" aria-live="polite">
        {spoken.value}
      </div>
    </>
  )
}
