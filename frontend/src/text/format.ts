/**
 * Numbers, dates, sizes and distances as each language writes them, by Intl. Browsers ship Kazakh in part or not at all
 * ("M11 20"), so its numbers are written as Russian ones, which they equal, and its days and months stand here.
 */

const locales: Record<string, string> = { en: 'en-GB', ru: 'ru-RU', kk: 'ru-RU' }
const KK_MONTHS = 'қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан'.split(' ')
const KK_DAYS = 'жексенбі дүйсенбі сейсенбі сәрсенбі бейсенбі жұма сенбі'.split(' ')
const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>()

function numbers(language: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = language + JSON.stringify(options)
  let format = cache.get(key) as Intl.NumberFormat | undefined
  if (!format) cache.set(key, (format = new Intl.NumberFormat(locales[language], options)))
  return format
}

function dates(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options)
  let format = cache.get(key) as Intl.DateTimeFormat | undefined
  if (!format) cache.set(key, (format = new Intl.DateTimeFormat(locales[language], options)))
  return format
}

/** 1165 -> "1,165" in English, "1 165" with a no-break space in Russian and Kazakh. */
export const number = (language: string, value: number): string =>
  numbers(language, { maximumFractionDigits: 20, useGrouping: true }).format(value)

/** Bytes as KB or MB, one digit after the point below ten. */
export function size(language: string, bytes: number): string {
  const units: [number, string, string][] = [[1e9, 'GB', 'ГБ'], [1e6, 'MB', 'МБ'], [1e3, 'KB', 'КБ']]
  const [unit, latin, cyrillic] = units.find(([u]) => bytes >= u) ?? units[2]!
  const value = bytes / unit
  const text = numbers(language, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)
  return `${text} ${language === 'en' ? latin : cyrillic}`
}

/** Metres: under a kilometre in tens, else kilometres with one digit. */
export function distance(language: string, metres: number): string {
  const [m, km] = language === 'en' ? ['m', 'km'] : ['м', 'км']
  if (metres < 950) return `${number(language, Math.round(metres / 10) * 10)} ${m}`
  const value = metres / 1000
  return `${numbers(language, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)} ${km}`
}

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** A moment on this phone's clock as wall time, "YYYY-MM-DDTHH:MM". */
export function wall(moment: Date): string {
  const day = `${moment.getFullYear()}-${twoDigits(moment.getMonth() + 1)}-${twoDigits(moment.getDate())}`
  return `${day}T${twoDigits(moment.getHours())}:${twoDigits(moment.getMinutes())}`
}

/** "HH:MM" of a wall time, or of an ISO moment on this phone's clock; "" of nothing. */
export function clock(moment: string | null | undefined): string {
  if (!moment) return ''
  return (/Z$|[+-]\d\d:?\d\d$/.test(moment) ? wall(new Date(moment)) : moment).slice(11, 16)
}

const atNoon = (day: string): Date => new Date(`${day.slice(0, 10)}T12:00:00Z`)

/** Sunday 20 November. `day` is "YYYY-MM-DD". */
export function longDay(language: string, day: string): string {
  if (language === 'kk') return `${shortDay('kk', day)}, ${KK_DAYS[atNoon(day).getUTCDay()]}`
  const text = dates(language, { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }).format(atNoon(day))
  const plain = language === 'en' ? text.replace(',', '') : text
  return plain.charAt(0).toUpperCase() + plain.slice(1)
}

/** 20 November. */
export function shortDay(language: string, day: string): string {
  const date = atNoon(day)
  if (language === 'kk') return `${date.getUTCDate()} ${KK_MONTHS[date.getUTCMonth()]}`
  return dates(language, { day: 'numeric', month: 'long', timeZone: 'UTC' }).format(date)
}

/** Clock time, with the day in front where it is not `today` ("YYYY-MM-DD"). */
export function when(language: string, moment: string | null | undefined, today: string): string {
  if (!moment) return ''
  const local = /Z$|[+-]\d\d:?\d\d$/.test(moment) ? wall(new Date(moment)) : moment
  return local.slice(0, 10) === today ? clock(local) : `${shortDay(language, local)}, ${clock(local)}`
}
