/** Short guides, and the ways to the other quiet screens. */
import { type Key } from '../../text'
import { t } from '../app-state'
import { Icon } from '../icons'
import { go } from '../nav'
import { PracticeRow } from '../practice'
import { Hotline, Row, Screen, toToday } from '../parts'

const GUIDES: [Key, Key[]][] = [
  ['helpWords', ['helpWords1', 'helpWords2']],
  ['helpNet', ['helpNet1', 'helpNet2']],
  ['helpBlank', ['helpBlank1', 'helpBlank2']],
  ['helpSums', ['helpSums1']],
  ['helpVoice', ['helpVoice1']],
  ['helpBreak', ['helpBreak1']],
]

function Guide({ title, texts }: { title: Key; texts: Key[] }) {
  return (
    <details class="guide">
      <summary class="row">
        <span class="row-main">
          <b>{t(title)}</b>
        </span>
        <Icon name="next" cls="go" />
      </summary>
      <div>
        {texts.map((text) => (
          <p key={text}>{t(text)}</p>
        ))}
      </div>
    </details>
  )
}

export function HelpScreen() {
  return (
    <Screen title={t('help')} to={toToday()}>
      <Hotline />
      <ul class="block rows first-block">
        {GUIDES.map(([title, texts]) => (
          <li key={title}>
            <Guide title={title} texts={texts} />
          </li>
        ))}
      </ul>
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
