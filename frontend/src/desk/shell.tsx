/** What stands around every page: where am I, of which mission, who am I. */
import { useEffect } from 'preact/hooks'
import { CoveragePage } from './coverage-page'
import { useFeed } from './feed'
import { t } from './language'
import { LanguagePick, ThemePick } from './light'
import { address, place, type Page } from './nav'
import { Go, Icon, Menu, Waiting } from './parts'
import { ResultsPage } from './results-page'
import { session, signOut } from './session'
import { SignIn } from './sign-in'
import type { Key } from './text'
import type { Mission, SignedIn } from './wire'

const PAGES: readonly Page[] = ['coverage', 'results']

export function Desk() {
  const who = session.value
  if (who === undefined) return <main id="main"><span class="vh">{t('loading')}</span></main>
  return who ? <Inside key={`${who.mission} ${who.user}`} who={who} /> : <SignIn />
}

function Inside({ who }: { who: SignedIn }) {
  const { body, refused } = useFeed<Mission>('/v1/mission')
  // A phone of another mission may be joined in this browser; its mission is not the desk's.
  const mission = body?.mission === who.mission ? body : null
  const { page } = place.value
  useEffect(() => void (document.title = `${t(page)} · Urna`))
  useEffect(() => window.scrollTo(0, 0), [page])
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>{t('skip')}</a>
      <Top who={who} name={mission?.name ?? who.mission} />
      {mission?.simulated && <p class="sim"><span>{t('simulated')}</span></p>}
      <main id="main" class="page" tabIndex={-1}>
        {!mission && <Waiting refused={body ? 'other_mission' : refused} />}
        {mission && (page === 'coverage' ? <CoveragePage mission={mission} /> : <ResultsPage mission={mission} />)}
      </main>
    </>
  )
}

function skip(event: MouseEvent): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

function Top({ who, name }: { who: SignedIn; name: string }) {
  return (
    <header class="top">
      <Menu cls="menu-pages" label={t('menu')} name={<Icon name="menu" />}>
        <Pages cls="nav-column" />
        <p class="menu-mission">{name}</p>
      </Menu>
      <Go to={address('coverage')} cls="top-home"><Icon name="mark" />{t('urna')}</Go>
      <span class="top-mission">{name}</span>
      <Pages cls="nav" />
      <Menu cls="menu-who push" name={<><span>{role(who.role)}</span><Icon name="team" /></>}>
        <p>{t('account', { user: who.user })}</p>
        <p class="cap">{who.mission}</p>
        <LanguagePick />
        <ThemePick />
        <button type="button" class="btn" onClick={() => void signOut()}>{t('signOut')}</button>
      </Menu>
    </header>
  )
}

function Pages({ cls }: { cls: string }) {
  return (
    <nav class={cls} aria-label={t('pages')}>
      {PAGES.map((page) => <Go key={page} to={address(page)} current={place.value.page === page}>{t(page)}</Go>)}
    </nav>
  )
}

const ROLES = ['admin', 'head', 'analyst', 'coordinator', 'auditor']
const role = (name: string): string => (ROLES.includes(name) ? t(`role_${name}` as Key) : name)
