/** What two phones of a team say differently, settled by a person with two taps: never by the machine. */
import type { Answer, Item, OpenReport, Place } from '../store/api'
import { when, type Key } from '../text'
import { describe, shortName } from './answers'
import { lang, t, today } from './app-state'
import { itemsOf } from './engine'
import { Icon } from './icons'

const OF_HEADER: Record<string, Key> = {
  arrived_at: 'arrived',
  departed_at: 'departed',
  filled_by: 'filledBy',
  other_teams: 'otherTeams',
  comment: 'comment',
  place: 'place',
}

const itemOf = (report: OpenReport, name: string): Item | undefined =>
  itemsOf(report.form).find((item) => item.code === name.replace('notes.', ''))

/** What the two differ about; a part of the header without a name of its own is a part of the visit. */
function labelOf(report: OpenReport, name: string): string {
  const item = itemOf(report, name)
  if (!item) return t(OF_HEADER[name.replace('header.', '')] ?? 'aboutVisit')
  const label = `${item.id} ${shortName(item, lang.value).text}`
  return item.code === name ? label : `${label}: ${t('note')}`
}

function words(item: Item | undefined, value: unknown): string {
  if (item) return describe(item, value as Answer, lang.value)
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no')
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT/.test(value) ? when(lang.value, value, today.value) : value
  const place = value as Place | number | null
  return typeof place === 'object' ? (place?.id ?? place?.text ?? '') : String(place)
}

/** `named`: what it is about is said too, for it stands away from its question. */
export function Disagreement({ report, name, named }: { report: OpenReport; name: string; named?: boolean }) {
  const values = report.view.value.disagreements[name]
  if (!values || values.length < 2) return null
  const item = itemOf(report, name)
  const by = { here: t('byHere'), team: t('byTeam'), staff: t('byStaff') }
  return (
    <div class="find" role="status">
      <Icon name="team" />
      <b>{named ? labelOf(report, name) : t('twoPhones')}</b>
      {named && <p>{t('twoPhones')}</p>}
      <div class="find-acts">
        {values.map((other, index) => (
          <button key={index} class="btn btn-s" type="button" onClick={() => void report.settle(name, other.value)}>
            <span>
              {words(item?.code === name ? item : undefined, other.value) || t('emptyValue')}
              <small class="by">{by[other.author]}</small>
            </span>
          </button>
        ))}
      </div>
    </div>
  )
}

/** Every question, note and time that two phones tell differently. */
export function Disagreements({ report }: { report: OpenReport }) {
  return (
    <>
      {Object.keys(report.view.value.disagreements).map((name) => (
        <Disagreement key={name} report={report} name={name} named />
      ))}
    </>
  )
}
