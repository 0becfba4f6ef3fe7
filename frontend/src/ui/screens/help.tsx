/** Guide pages of ours and of the mission, with a search in them, and the ways to the other quiet screens. */
import { useState } from 'preact/hooks'
import type { GuidePage } from '../../store/api'
import { fold } from '../../store/search'
import { pick, type Key } from '../../text'
import { lang, phone, t } from '../app-state'
import { Icon } from '../icons'
import { go } from '../nav'
import { PracticeRow } from '../practice'
import { Hotline, Row, Screen, State, T, toToday } from '../parts'
import { SearchField } from '../search-field'

const PAGES: [Key, Key[]][] = [
  ['helpRules', ['helpRules1', 'helpRules2', 'helpRules3']],
  ['helpWords', ['helpWords1', 'helpWords2']],
  ['helpNet', ['helpNet1', 'helpNet2']],
  ['helpBlank', ['helpBlank1', 'helpBlank2']],
  ['helpSums', ['helpSums1']],
  ['helpVoice', ['helpVoice1']],
  ['helpBreak', ['helpBreak1']],
]

const ours = (): GuidePage[] => PAGES.map(([title, texts]) => ({ title: t(title), text: texts.map((text) => t(text)).join('\n') }))

/** True if each word of the search begins one of the page. */
function tells({ title, text }: GuidePage, query: string): boolean {
  const words = ` ${fold([title, text].map((part) => pick(part, lang.value).text).join(' '))}`
  return fold(query).split(' ').every((word) => words.includes(` ${word}`))
}

function Page({ page: { title, text }, query }: { page: GuidePage; query: string }) {
  return (
    <details class="guide" open={query !== ''}>
      <summary class="row">
        <span class="row-main">
          <b><T of={title} sought={query} /></b>
        </span>
        <Icon name="next" cls="go" />
      </summary>
      <p><T of={text} sought={query} /></p>
    </details>
  )
}

function Pages({ title, pages, query }: { title?: string; pages: GuidePage[]; query: string }) {
  if (pages.length === 0) return null
  return (
    <>
      {title && <h2 class="head">{title}</h2>}
      <ul class={title ? 'block rows' : 'block rows first-block'}>
        {pages.map((page, index) => (
          <li key={index}>
            <Page page={page} query={query} />
          </li>
        ))}
      </ul>
    </>
  )
}

export function HelpScreen() {
  const [query, setQuery] = useState('')
  const [own, missions] = [ours(), phone.session.value!.mission.guide ?? []].map((pages) => pages.filter((page) => tells(page, query)))
  return (
    <Screen title={t('help')} to={toToday()} head={<SearchField hint={t('helpSearch')} value={query} onText={setQuery} />}>
      <Hotline />
      <Pages pages={own!} query={query} />
      <Pages title={t('helpMission')} pages={missions!} query={query} />
      {own!.length + missions!.length === 0 && <State icon="search" title={t('helpNone', { query })} text={t('helpNoneDo')} />}
      <ul class="block rows">
        <PracticeRow />
        <li>
          <Row lead={<Icon name="tick" />} title={t('readyTitle')} onClick={() => go({ at: 'ready' })} />
        </li>
        <li>
          <Row lead={<Icon name="team" />} title={t('handover')} onClick={() => go({ at: 'handover' })} />
        </li>
        <li>
          <Row lead={<Icon name="kept" />} title={t('about')} onClick={() => go({ at: 'about' })} />
        </li>
      </ul>
    </Screen>
  )
}
