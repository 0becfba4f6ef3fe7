/**
 * Numbers, sizes, distances and clock times as each language writes them, by Intl. Browsers ship Kazakh in part or not at
 * all, so its numbers are written as Russian ones, which they equal.
 */

const locales: Record<string, string> = { en: 'en-GB', ru: 'ru-RU', kk: 'ru-RU' }
const cache = new Map<string, Intl.NumberFormat>()

function numbers(language: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = language + JSON.stringify(options)
  let format = cache.get(key)
  if (!format) cache.set(key, (format = new Intl.NumberFormat(locales[language], options)))
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
