/** Option rows: one of several, several, and the kinds of blank, always last. */
import type { ComponentChildren } from 'preact'
import type { Answer, Blank, Item, OpenReport } from '../store/api'
import { lang, t } from './app-state'
import { blankKey, blankOf, sideBySide } from './answers'
import { Icon, type IconName } from './icons'
import { T } from './parts'
import { afterPress } from './presses'

interface OptionProps {
  name: string
  many: boolean
  on: boolean
  blank?: boolean
  icon?: IconName
  children: ComponentChildren
  onPick: () => void
}

/** The native control lies over the whole row, so that finger, keyboard and reader all find it. */
function OptionRow({ name, many, on, blank, icon, children, onPick }: OptionProps) {
  return (
    <label class={`opt${on ? ' on' : ''}${blank ? ' opt-blank' : ''}`}>
      <input type={many ? 'checkbox' : 'radio'} name={name} checked={on} onChange={onPick} />
      {icon ? (
        <Icon name={icon} />
      ) : (
        <span class={many ? 'dot dot-many' : 'dot'}>
          <Icon name="tick" />
        </span>
      )}
      <span class="grow">{children}</span>
    </label>
  )
}

const BLANK_ICONS: Record<Blank, IconName> = { not_observed: 'unseen', not_applicable: 'dash', no_access: 'barred' }

/** Not observed and its kin: answers of their own kind. `many`: they are ticked off again by a second press. */
export function Blanks({ report, item, many }: { report: OpenReport; item: Item; many: boolean }) {
  const blanks = item.blanks ?? []
  const chosen = blankOf(report.view.value.answers[item.code])
  if (blanks.length === 0) return null
  const pick = (blank: Blank): void =>
    void (many && chosen === blank ? report.clear(item.code) : report.setAnswer(item.code, { blank }))
  return (
    <div class="opts">
      {blanks.map((blank) => (
        <OptionRow
          key={blank}
          name={item.code}
          many={many}
          on={chosen === blank}
          blank
          icon={BLANK_ICONS[blank]}
          onPick={() => pick(blank)}
        >
          {t(blankKey(item, blank))}
        </OptionRow>
      ))}
    </div>
  )
}

export function OneOf({ report, item }: { report: OpenReport; item: Item }) {
  const answer = report.view.value.answers[item.code]
  return (
    <>
      <div class={sideBySide(item, lang.value) ? 'opts opts-2' : 'opts'}>
        {(item.options ?? []).map((option) => (
          <OptionRow
            key={option.code}
            name={item.code}
            many={false}
            on={answer === option.code}
            onPick={() => void report.setAnswer(item.code, option.code)}
          >
            <T of={option.label} />
          </OptionRow>
        ))}
      </div>
      <Blanks report={report} item={item} many={false} />
    </>
  )
}

export function SomeOf({ report, item }: { report: OpenReport; item: Item }) {
  const answer: Answer | undefined = report.view.value.answers[item.code]
  const chosen = Array.isArray(answer) ? answer : []
  const press = (code: string): void => {
    const codes = afterPress(item, chosen, code)
    void (codes.length ? report.setAnswer(item.code, codes) : report.clear(item.code))
  }
  return (
    <>
      <p class="q-hint">{t('chosenMany')}</p>
      <div class="opts">
        {(item.options ?? []).map((option) => (
          <OptionRow key={option.code} name={`${item.code}.${option.code}`} many on={chosen.includes(option.code)} onPick={() => press(option.code)}>
            <T of={option.label} />
          </OptionRow>
        ))}
      </div>
      <Blanks report={report} item={item} many />
    </>
  )
}
