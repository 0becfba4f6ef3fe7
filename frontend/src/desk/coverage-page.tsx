/** How far the day is: what was to be seen, what was seen, and who is silent. */
import { board, hours, ordered, planned, STAGES, sum, type BoardRow, type Cell, type Order, type Stage } from './board'
import { link, useFeed } from './feed'
import { told } from './figures'
import { language, regionName, t } from './language'
import { change, place } from './nav'
import { AsOf, Bar, Copy, Icon, Pick, Waiting } from './parts'
import { number } from '../text/format'
import type { Coverage, Mission, TeamContact } from './wire'

const ORDERS: readonly Order[] = ['name', 'least', 'silent']
const n = (count: number): string => number(language.value, count)

export function CoveragePage({ mission }: { mission: Mission }) {
  const byRegion = useFeed<Coverage>('/v1/coverage?by=region')
  const byStage = useFeed<Coverage>('/v1/coverage?by=region,stage')
  const byHour = useFeed<Coverage>('/v1/coverage?by=hour')
  return (
    <>
      <div class="page-head">
        <h1>{t('coverage')}</h1>
        <AsOf of={byRegion.body} zone={mission.zone} />
        <span class="cap push">{t('localTime')}</span>
      </div>
      {byRegion.body && byStage.body ? (
        <Board mission={mission} byRegion={byRegion.body} byStage={byStage.body} byHour={byHour.body} />
      ) : (
        <Waiting refused={byRegion.refused ?? byStage.refused} />
      )}
    </>
  )
}

function Board({ mission, byRegion, byStage, byHour }: {
  mission: Mission
  byRegion: Coverage
  byStage: Coverage
  byHour: Coverage | null
}) {
  const now_ms = link.value.server_ms
  const name = (row: BoardRow): string => regionName(mission, row.region)
  const rows = board(byRegion, byStage, now_ms)
  const total = sum(rows, byRegion.teams, now_ms)
  const order = ORDERS.find((known) => known === place.value.asked['order']) ?? 'name'
  const stages = STAGES.filter((stage) => mission.phases.includes(stage))
  const sampled = byStage.expected_from.includes('sample')
  const zone = (row: BoardRow): string => mission.regions.find(({ code }) => code === row.region)?.zone ?? mission.zone
  const orders: [Order, string][] = [['name', t('byName')], ['least', t('leastFirst')], ['silent', t('silentFirst')]]
  return (
    <>
      <Tiles total={total} sampled={sampled} byHour={byHour} />
      <div class="filters">
        <Pick label={t('order')} value={order} options={orders} change={(chosen) => change({ order: chosen === 'name' ? null : chosen })} />
        <span class="push">
          <a class="quiet" href={`/v1/coverage?by=region,stage&as_of=${byStage.data_version}`} target="_blank" rel="noreferrer"><Icon name="save" small />{t('json')}</a>
          <Copy icon="link" label={t('copyLink')} text={() => location.href} />
        </span>
      </div>
      <div class="sheet"><table class="tab tab-cov">
        <caption class="vh">{t('coverage')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('region')}</th>
            <th scope="col" class="num">{t('teams')}</th>
            {stages.map((stage) => <th key={stage} scope="col">{t(stage)}</th>)}
            <th scope="col" class="num">{t('stations')}</th>
            <th scope="col" class="num">{t('reports')}</th>
            <th scope="col" class="num">{t('lastContact')}</th>
            <th scope="col">{t('silent')}</th>
          </tr>
        </thead>
        <tbody>
          <Row row={total} name={t('allRegions')} stages={stages} zone={mission.zone} total />
          {ordered(rows, order, name).map((row) => <Row key={row.region ?? ''} row={row} name={name(row)} stages={stages} zone={zone(row)} />)}
        </tbody>
      </table></div>
      {total.silent.length > 0 && <Silent teams={total.silent} mission={mission} />}
      <How sampled={sampled} />
    </>
  )
}

function Tiles({ total, sampled, byHour }: { total: BoardRow; sampled: boolean; byHour: Coverage | null }) {
  const visits = planned(total)
  return (
    <dl class="tiles">
      <Tile name={t('reportsReceived')} value={n(total.reports)} of={t('finished')} />
      <Tile name={t(sampled ? 'sampleSeen' : 'plannedSeen')} value={n(visits.done)} of={visits.planned === null ? t('noPlan') : t('ofN', { of: visits.planned })} />
      <Tile name={t('stationsSeen')} value={n(total.stations)} of={t('ofN', { of: total.stations_in_frame })} />
      {total.place_unknown > 0 && <Tile name={t('placeUnknown')} value={n(total.place_unknown)} of={t('placeUnknownSub', { n: total.place_unknown })} act />}
      <Tile name={t('silentOver')} value={n(total.silent.length)} of={t('ofTeams', { n: total.teams })} act={total.silent.length > 0} />
      {byHour && <Hours answer={byHour} />}
    </dl>
  )
}

function Tile({ name, value, of, act }: { name: string; value: string; of: string; act?: boolean }) {
  return (
    <div class={`tile${act ? ' act' : ''}`}>
      <dt>{name}</dt>
      <dd><b>{value}</b><small>{of}</small></dd>
    </div>
  )
}

function Hours({ answer }: { answer: Coverage }) {
  const found = hours(answer)
  const [first, last] = [found[0], found[found.length - 1]]
  if (!first || !last) return null
  const most = Math.max(1, ...found.map(({ count }) => count))
  const clock = (hour: number): string => String(hour).padStart(2, '0')
  const all = found.map(({ hour, count }) => t('arrivalsAt', { hour: clock(hour), n: count })).join('; ')
  return (
    <div class="tile tile-hours">
      <dt>{t('arrivalsByHour')}</dt>
      <dd>
        <span class="hours" role="img" aria-label={all}>
          {found.map(({ hour, count }) => <i key={hour} title={t('arrivalsAt', { hour: clock(hour), n: count })} style={{ '--v': `${(100 * count) / most}%` }} />)}
        </span>
        <span class="hours-x"><span>{clock(first.hour)}</span><span>{clock(last.hour)}</span></span>
      </dd>
    </div>
  )
}

function Row({ row, name, stages, zone, total }: { row: BoardRow; name: string; stages: readonly Stage[]; zone: string; total?: boolean }) {
  const count = (found: number, label: string) => <td class={`num${found === 0 ? ' zero' : ''}`} data-l={label}>{n(found)}</td>
  return (
    <tr class={total ? 'total' : undefined}>
      <th scope="row">{name}</th>
      {count(row.teams, t('teams'))}
      {stages.map((stage) => <td key={stage} data-l={t(stage)}><Done cell={row.cells[stage]} /></td>)}
      {count(row.stations, t('stations'))}
      {count(row.reports, t('reports'))}
      <td class="num last" data-l={t('lastContact')}>{row.last_contact_at ? told(language.value, row.last_contact_at, zone, link.value.server_ms) : <span class="zero">–</span>}</td>
      <td class={`silent${row.silent.length ? '' : ' none'}`} data-l={t('silent')}>
        {row.silent.length ? <span class="ask"><Icon name="phone" small />{t('silentTeams', { n: row.silent.length })}</span> : <span class="zero">{t('none')}</span>}
      </td>
    </tr>
  )
}

/** Done of planned, and how far; without a plan what was seen; a dash before the first. */
function Done({ cell }: { cell: Cell | undefined }) {
  if (!cell || (cell.planned === null && cell.done === 0)) return <span class="zero">–</span>
  if (cell.planned === null) return <b>{n(cell.done)}</b>
  return (
    <span class="cov">
      <span><b class={cell.done === 0 ? 'zero' : undefined}>{n(cell.done)}</b> <span class="zero">/ {n(cell.planned)}</span></span>
      <Bar k={cell.done} of={cell.planned} weight="w3" thin />
    </span>
  )
}

/** Whom to call, the longest silent first. */
function Silent({ teams, mission }: { teams: readonly TeamContact[]; mission: Mission }) {
  const zone = (code: string | null): string => mission.regions.find((region) => region.code === code)?.zone ?? mission.zone
  return (
    <section class="sheet below">
      <h2>{t('silentHead')}</h2>
      <p class="sub">{t('silentSub')}</p>
      <ul class="calls">
        {teams.map((team) => (
          <li key={team.team}>
            <b class="ltr">{team.team}</b>
            <span>{regionName(mission, team.region)}</span>
            <span class="sub">{team.devices === 0 ? t('noDevice') : t('device', { n: team.devices })}</span>
            <span class="sub">{team.last_contact_at ? told(language.value, team.last_contact_at, zone(team.region), link.value.server_ms) : t('never')}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function How({ sampled }: { sampled: boolean }) {
  return (
    <details class="how">
      <summary>{t('coverageHow')}</summary>
      <ul>
        {([sampled ? 'howSample' : 'howPlan', 'howReports', 'howContact', 'howSilent', 'howHours'] as const).map((key) => <li key={key}>{t(key)}</li>)}
      </ul>
    </details>
  )
}
