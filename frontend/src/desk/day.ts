/** Days as the desk writes them, by Intl; months of Kazakh stand here, for browsers ship them in part or not at all. */

const locales: Record<string, string> = { en: 'en-GB', ru: 'ru-RU' }
const KK_MONTHS = 'қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан'.split(' ')

/** 20 November. `day` is "YYYY-MM-DD". */
export function shortDay(language: string, day: string): string {
  const date = new Date(`${day}T12:00:00Z`)
  if (language === 'kk') return `${date.getUTCDate()} ${KK_MONTHS[date.getUTCMonth()]}`
  return date.toLocaleDateString(locales[language], { day: 'numeric', month: 'long', timeZone: 'UTC' })
}
