/**
 * Days as each language writes them, by the catalogues: browsers know Kazakh in part or not at all ("M11 20"), and one
 * way for all languages is shorter than two.
 */
import { catalogues, type Language } from './catalogues'
import { clock, wall } from './format'

/** One of the words that a catalogue lists under `key`. */
const nth = (language: Language, key: 'months' | 'weekdays', n: number): string => String(catalogues[language][key]).split(' ')[n]!

/** Sunday 20 November. `day` is "YYYY-MM-DD". */
export function longDay(language: Language, day: string): string {
  const weekday = nth(language, 'weekdays', new Date(`${day.slice(0, 10)}T12:00Z`).getUTCDay())
  return String(catalogues[language].longDay).replace('{weekday}', weekday).replace('{date}', shortDay(language, day))
}

/** 20 November. */
export const shortDay = (language: Language, day: string): string =>
  `${Number(day.slice(8, 10))} ${nth(language, 'months', Number(day.slice(5, 7)) - 1)}`

/** Clock time, with the day in front where it is not `today` ("YYYY-MM-DD"). */
export function when(language: Language, moment: string | null | undefined, today: string): string {
  if (!moment) return ''
  const local = /Z$|[+-]\d\d:?\d\d$/.test(moment) ? wall(new Date(moment)) : moment
  return local.slice(0, 10) === today ? clock(local) : `${shortDay(language, local)}, ${clock(local)}`
}
