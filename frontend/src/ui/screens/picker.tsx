/** Finding the place: by route, by position, by any spelling of it. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Commission, Station } from '../../store/api'
import { distance, pick, when } from '../../text'
import { lang, phone, t, today } from '../app-state'
import { Icon } from '../icons'
import { go, route, type Route } from '../nav'
import { Button, Plate, Row, Screen, State, T, toToday } from '../parts'
import { reportsAt } from '../places'
import { SearchField } from '../search-field'
import { PlaceCard } from './place'

const FOUND_MAX = 500
const NEAR_MAX = 30

type Tab = 'route' | 'near' | 'all'

/** Search and tab outlive the screen, so that Back finds them as they were. */
let kept: { query: string; tab: Tab | null } = { query: '', tab: null }

/** A route that keeps what the place is picked for. */
const onward = (next: Route): Route => ({ ...next, pick: route.value.pick, report: route.value.report })

function choose(station: Station): void {
  go(onward({ at: 'place', place: station.code, kind: 'station' }))
}

function visited(station: Station): string | undefined {
  const [last] = reportsAt(station.code)
  return last && t('visitedToday', { time: when(lang.value, last.header.arrived_at, today.value) })
}

/** `away`: in another region than the first that was found, which the row then names before the street. */
function FoundRow({ station, end, away, sought }: { station: Station; end?: string; away?: boolean; sought?: string }) {
  const street = station.address ?? station.district
  return (
    <Row
      lead={<Plate>{station.number}</Plate>}
      title={<T of={station.name} cls="clamp" sought={sought} />}
      sub={
        visited(station) ?? (
          <span class="clamp clamp-1">
            {away && <><T of={station.region_name ?? station.region} />, </>}
            <T of={street} sought={sought} />
          </span>
        )
      }
      end={end}
      onClick={() => choose(station)}
    />
  )
}

/** A long list of equal rows, of which only those near the window exist. */
function TallList({ stations, region, query }: { stations: Station[]; region: string | undefined; query: string }) {
  const list = useRef<HTMLUListElement>(null)
  const [range, setRange] = useState({ from: 0, to: 20 })
  const [height, setHeight] = useState(96)
  useLayoutEffect(() => {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
    const row = rem * ROW_REM
    const follow = (): void => {
      const top = list.current!.getBoundingClientRect().top
      const from = Math.max(0, Math.floor(-top / row) - 8)
      setRange({ from, to: from + Math.ceil(innerHeight / row) + 16 })
    }
    setHeight(row)
    follow()
    addEventListener('scroll', follow, { passive: true })
    addEventListener('resize', follow)
    return () => {
      removeEventListener('scroll', follow)
      removeEventListener('resize', follow)
    }
  }, [])
  return (
    <ul ref={list} class="block tall" style={{ blockSize: `${stations.length * height}px`, '--row-h': `${height}px` }}>
      {stations.slice(range.from, range.to).map((station, index) => (
        <li key={station.code} aria-setsize={stations.length} aria-posinset={range.from + index + 1} style={{ '--y': `${(range.from + index) * height}px` }}>
          <FoundRow station={station} away={station.region !== region} sought={query} />
        </li>
      ))}
    </ul>
  )
}

const ROW_REM = 5.5

const ByHand = () => (
  <Button cls="btn-big btn-even btn-wide" icon="plus" onClick={() => go(onward({ at: 'hand', kind: route.value.kind ?? 'station' }))}>
    {t('addByHand')}
  </Button>
)

/** The best fit opens as a card, with its button in sight; what to do if it is none of them stands below it. */
function Found({ query, stations }: { query: string; stations: Station[] }) {
  const [first, ...rest] = stations
  if (!first) return <State icon="search" title={t('noneFound', { query })} text={t('noneFoundDo')} />
  return (
    <>
      <PlaceCard key={first.code} station={first} sought={query} />
      <div class="pad">
        <ByHand />
      </div>
      {rest.length > 0 && (
        <h2 class="head">
          {t('alsoFound')}
          <small>{t('stationsN', { n: rest.length })}</small>
        </h2>
      )}
      {rest.length > 0 && <TallList key={query} stations={rest} region={first.region} query={query} />}
    </>
  )
}

function OnRoute() {
  const stations = phone.stations.planned.value
  if (stations.length === 0) return <State icon="pin" title={t('noRoute')} text={t('noRouteDo')} />
  return (
    <ul class="block rows first-block">
      {stations.map((station) => (
        <li key={station.code}>
          <FoundRow station={station} />
        </li>
      ))}
    </ul>
  )
}

type Near = 'ask' | 'wait' | 'refused' | { lat: number; lon: number }

function Nearby() {
  const [near, setNear] = useState<Near>('ask')
  const locate = (): void => {
    setNear('wait')
    if (!('geolocation' in navigator)) return setNear('refused')
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => setNear({ lat: coords.latitude, lon: coords.longitude }),
      () => setNear('refused'),
      { timeout: 15_000, maximumAge: 60_000 },
    )
  }
  if (near === 'ask') {
    return (
      <div class="pad">
        <p class="note">{t('nearWhy')}</p>
        <Button cls="btn-wide" icon="pin" onClick={locate}>{t('nearAsk')}</Button>
      </div>
    )
  }
  if (near === 'wait') return <State icon="pin" title={t('loading')} />
  const found = near === 'refused' ? [] : phone.stations.nearby(near.lat, near.lon, NEAR_MAX)
  if (found.length === 0) return <State icon="pin" title={t('nearNo')} text={t('nearNoDo')} />
  return (
    <ul class="block rows first-block">
      {found.map(({ station, distance_m }) => (
        <li key={station.code}>
          <FoundRow station={station} end={distance(lang.value, distance_m)} />
        </li>
      ))}
    </ul>
  )
}

function Tabs({ tab, onTab }: { tab: Tab; onTab: (tab: Tab) => void }) {
  const names = { route: t('tabRoute'), near: t('tabNear'), all: t('tabAll', { n: phone.stations.count.value }) }
  return (
    <div class="tabs" role="tablist">
      {(['route', 'near', 'all'] as const).map((some) => (
        <button key={some} class="tab" type="button" role="tab" aria-selected={tab === some} onClick={() => onTab(some)}>
          {names[some]}
        </button>
      ))}
    </div>
  )
}

const wayBack = (): { route: Route; name: string } => {
  const { report, pick: why } = route.value
  if (why === 'incident') return { route: { at: 'incident', report }, name: t('incident') }
  return report ? { route: { at: 'visit', report }, name: t('answers') } : toToday()
}

/** The row that leads to the commissions, where the mission follows tabulation. */
function CommissionsRow() {
  const { report, pick: why } = route.value
  const count = phone.stations.commissions.value.length
  if (count === 0 || report || why) return null
  return (
    <ul class="block rows gap">
      <li>
        <Row lead={<Icon name="team" />} title={t('commissionsRow')} onClick={() => go({ at: 'picker', kind: 'commission' })} />
      </li>
    </ul>
  )
}

export function PickerScreen() {
  const [query, setQuery] = useState(kept.query)
  const [chosen, setTab] = useState(kept.tab)
  const tab = chosen ?? (phone.stations.planned.value.length > 0 ? 'route' : 'all')
  kept = { query, tab: chosen }
  if (route.value.kind === 'commission') return <CommissionPicker />
  const found = phone.stations.search(query, { limit: FOUND_MAX })
  return (
    <Screen
      title={t('pickTitle')}
      to={wayBack()}
      head={
        <>
          <SearchField hint={t('searchHint')} value={query} onText={setQuery} />
          {query === '' ? <Tabs tab={tab} onTab={setTab} /> : null}
        </>
      }
      foot={found.length === 0 && <ByHand />}
    >
      {query !== '' ? (
        <Found query={query} stations={found} />
      ) : (
        <>
          {tab === 'route' && <OnRoute />}
          {tab === 'near' && <Nearby />}
          {tab === 'all' && <State icon="search" title={t('stationsN', { n: phone.stations.count.value })} text={t('typeToFind')} />}
          <CommissionsRow />
        </>
      )}
    </Screen>
  )
}

/** Lower case without marks: a commission list is short, a plain look-up will do. */
const plain = (text: string): string => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')

function fits(commission: Commission, query: string): boolean {
  const names = typeof commission.name === 'string' ? [commission.name] : Object.values(commission.name)
  const text = plain([commission.code, commission.region ?? '', ...names].join(' '))
  return plain(query).split(/\s+/).every((word) => text.includes(word))
}

function CommissionPicker() {
  const [query, setQuery] = useState('')
  const found = phone.stations.commissions.value.filter((commission) => fits(commission, query))
  return (
    <Screen
      title={t('pickCommission')}
      to={wayBack()}
      head={<SearchField hint={t('searchHint')} value={query} onText={setQuery} />}
      foot={<ByHand />}
    >
      {found.length === 0 && <State icon="search" title={t('noneFound', { query })} text={t('noneFoundDo')} />}
      <ul class="block rows first-block">
        {found.slice(0, FOUND_MAX).map((commission) => (
          <li key={commission.code}>
            <Row title={<T of={commission.name} />} sub={pick(commission.region ?? commission.code, lang.value).text} onClick={() => go(onward({ at: 'place', place: commission.code, kind: 'commission' }))} />
          </li>
        ))}
      </ul>
    </Screen>
  )
}
