/** The stations of the mission in memory, read from the region lists that were pulled. */
import { type ReadonlySignal, type Signal, computed, signal } from '@preact/signals'
import type { Commission, Station, StationSearch, Text } from './api'
import type { Ref } from './databases'
import { list, number, object, text } from './pulled'
import type { Pulled } from './records'
import { blobText, hashOf } from './reference'
import { type Entry, distanceM, entryOf, find } from './search'

const LIMIT = 50

export interface Region {
  stations: Station[]
  commissions: Commission[]
  /** The stations as the search sees them: folding 10,000 names takes a slow phone half a second, so region by region. */
  entries: Entry[]
}

/**
 * One region's list: `{"region", "name", "commissions": [...], "columns": [...], "rows": [[...]...]}`. A cell that is
 * null says nothing. Nothing for a text that is no such list.
 */
export function readRegion(json: string): Region {
  const content = object(JSON.parse(json))
  const columns = list(content['columns']).map(String)
  const region = text(content['region']) || undefined
  const shared = { ...(region && { region }), region_name: object(content['name']) as Text }
  const stations = list(content['rows']).map((row) => stationOf(columns, list(row), shared))
  const commissions = list(content['commissions']).map((one) => ({ ...(object(one) as unknown as Commission), ...(region && { region }) }))
  return { stations, commissions, entries: stations.map(entryOf) }
}

function stationOf(columns: string[], row: unknown[], shared: object): Station {
  const said = columns.map((name, i) => [name, row[i]] as const).filter(([, value]) => value !== null && value !== '')
  return { ...(Object.fromEntries(said) as unknown as Station), ...shared }
}

export class Stations implements StationSearch {
  private readonly regions: Signal<Region[]> = signal([])
  private readonly loaded = new Map<string, Region>()
  /** The team's route first, then its regions: a number that several regions have is most likely meant here. */
  private readonly entries: ReadonlySignal<Entry[]> = computed(() => {
    const route = new Set(this.planned.value)
    const regions = new Set(this.planned.value.map(({ region }) => region))
    const far = ({ station }: Entry): number => (route.has(station) ? 0 : regions.has(station.region) ? 1 : 2)
    return this.regions.value.flatMap((region) => region.entries).sort((a, b) => far(a) - far(b))
  })
  private readonly codes: ReadonlySignal<ReadonlyMap<string, Station>> = computed(
    () => new Map(this.regions.value.flatMap((region) => region.stations).map((station) => [station.code, station])),
  )
  readonly count = computed(() => this.codes.value.size)
  readonly commissions = computed(() => this.regions.value.flatMap((region) => region.commissions))
  readonly planned: ReadonlySignal<Station[]>

  constructor(plan: ReadonlySignal<Pulled[]>, team: ReadonlySignal<string>) {
    this.planned = computed(() => {
      const codes = this.codes.value
      return routeOf(plan.value, team.value).flatMap((code) => codes.get(code) ?? [])
    })
  }

  /** Reads lists that are here and were not read yet. One at a time, so that a slow phone goes on drawing. */
  async load(ref: Ref, pulled: Pulled[]): Promise<void> {
    const hashes = pulled.map(hashOf).filter((hash): hash is string => hash !== null)
    for (const hash of hashes) {
      if (this.loaded.has(hash)) continue
      const json = await blobText(ref, hash)
      if (json !== null) this.loaded.set(hash, readRegion(json))
    }
    const regions = hashes.map((hash) => this.loaded.get(hash)).filter((region) => region !== undefined)
    const same = regions.length === this.regions.value.length && regions.every((one, i) => one === this.regions.value[i])
    if (!same) this.regions.value = regions
  }

  search(query: string, options: { limit?: number; region?: string } = {}): Station[] {
    const { limit = LIMIT, region } = options
    const entries = this.entries.value
    return find(region === undefined ? entries : entries.filter((e) => e.station.region === region), query, limit)
  }

  byCode(code: string): Station | undefined {
    return this.codes.value.get(code)
  }

  nearby(lat: number, lon: number, limit = LIMIT): { station: Station; distance_m: number }[] {
    const placed = this.entries.value.flatMap(({ station }) =>
      station.lat === undefined || station.lon === undefined
        ? []
        : [{ station, distance_m: Math.round(distanceM(lat, lon, station.lat, station.lon)) }],
    )
    return placed.sort((a, b) => a.distance_m - b.distance_m).slice(0, limit)
  }
}

/** Codes of the places that a team is to visit, in the order planned, each once. */
export function routeOf(plan: Pulled[], team: string): string[] {
  const visits = plan.flatMap((pulled) => {
    const data = object(pulled.data)
    return 'visits' in data ? list(data['visits']).map(object) : [data]
  })
  const own = visits.filter((visit) => text(visit['team'], team) === team)
  const ordered = own.sort((a, b) => number(a['position'], 0) - number(b['position'], 0))
  return [...new Set(ordered.map((visit) => text(visit['place'])).filter(Boolean))]
}
