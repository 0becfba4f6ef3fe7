/** The shapes of the analysts' door and of the sign-in, as far as the desk reads them. */

export type Text = Record<string, string>

export interface SignedIn {
  mission: string
  user: string
  role: string
}

export interface Stamp {
  data_version: number
  as_of: string | null
}

export interface Form {
  code: string
  version: number
  stage: string
  place: string
  title: Text
}

export interface Region {
  code: string
  name: Text
  zone: string | null
}

export interface Mission extends Stamp {
  mission: string
  name: string
  day: string
  zone: string
  languages: string[]
  phases: string[]
  forms: Form[]
  regions: Region[]
  simulated: boolean
}

export interface CoverageRow {
  by: { region?: string | null; stage?: string | null; hour?: number | null }
  expected: number | null
  received: number | null
  visits: number
  stations: number
  teams: number
  place_unknown: number
  stations_in_frame: number | null
}

export interface TeamContact {
  team: string
  region: string | null
  devices: number
  last_contact_at: string | null
}

export interface Coverage extends Stamp {
  expected_from: string[]
  rows: CoverageRow[]
  teams: TeamContact[]
}

export interface Numeric {
  n: number
  zeros: number
  sum: number
  mean: number | null
  min: number | null
  p25: number | null
  median: number | null
  p75: number | null
  max: number | null
}

export interface ResultRow {
  by: { region?: string | null }
  visits: number
  stations: number
  teams: number
  asked: number
  observed: number
  not_observed: number
  no_access: number
  missing: number
  not_applicable: number
  not_in_version: number
  counts: Record<string, number>
  numeric: Numeric | null
  negative_visits: number | null
  negative_stations: number | null
  disagreements: number
  ci: Record<string, [number, number]> | null
  ci_reason: string | null
  small_n: boolean
}

export interface Entry {
  question: { code: string; form: string | null; label: string; type: string; negative: string[] }
  rows: ResultRow[]
}

export interface Results extends Stamp {
  unit: Unit
  results: Entry[]
  suspected_duplicates: number
  links: { answers: string }
}

export interface Choice {
  code: string
  label: Text
  negative: boolean
}

export interface Variable {
  name: string
  id: string
  label: Text
  short_label: Text
  hint: Text
  type: string
  measure: string
  unit: string | null
  options: Choice[]
}

export interface Codebook extends Stamp {
  variables: Variable[]
}

export type Unit = 'visit' | 'station'
