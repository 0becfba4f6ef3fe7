/**
 * Finding a station by what a tired person types: the number on the door or its last digits, or words of the name in
 * Kazakh, Russian or Latin letters, whichever keyboard is on. Pure.
 *
 * Both sides are folded to one small alphabet of sounds, so that "qyzylorda", "кызылорда" and "Қызылорда" are the same
 * letters. Folding is coarse on purpose: a station too many costs a glance, a station not found costs a visit.
 */
import type { Station } from './api'

/** Each letter before its sound; signs have none. */
const CYRILLIC: Record<string, string> = Object.fromEntries(
  ('аa әa бb вv гg ғg дd еe жj зz иi іi їi кk қk лl мm нn ңn оo өo пp рr сs тt уu ұu үu фf хh һh цc чq шx щx ъ ыi ь эe єe ' +
    'юu яa ґg ўu јj ҳh ҷq').split(' ').map(([letter, sound = '']) => [letter, sound]),
) // prettier-ignore

/** Latin spellings of one sound, longest first; `q` and `x` stand for ch and sh from here on. */
const LATIN: [RegExp, string][] = [
  [/ş|š/g, '§'],
  [/ç|č/g, '¢'],
  [/ž/g, 'j'],
  [/ı/g, 'i'],
  [/shch|sh/g, '§'],
  [/tch|ch/g, '¢'],
  [/zh|dj/g, 'j'],
  [/kh|x/g, 'h'],
  [/gh/g, 'g'],
  [/ts/g, 'c'],
  [/q/g, 'k'],
  [/w/g, 'u'],
  [/y(?=[aeou])/g, ''],
  [/y/g, 'i'],
]
const AFTER: Record<string, string> = { '§': 'x', '¢': 'q' }

/** Letters and digits of any keyboard as one alphabet; everything else is one blank. */
export function fold(text: string): string {
  let latin = text.toLowerCase()
  for (const [spelling, sound] of LATIN) latin = latin.replace(spelling, sound)
  const plain = latin.normalize('NFD').replace(/[\u0300-\u036f]/g, '')
  const sounds = plain.replace(/[\u0400-\u04ff§¢]/g, (letter) => AFTER[letter] ?? CYRILLIC[letter] ?? letter)
  return sounds.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
}

/** A station as the search sees it. `number` has no dots. `words` begins with a blank, so that a word's beginning is " word". */
export interface Entry {
  station: Station
  number: string
  words: string
}

export function entryOf(station: Station): Entry {
  const { name, address, district, region_name, code } = station
  const texts = [name, address, district, region_name, code].flatMap((part) =>
    part === undefined || part === null ? [] : typeof part === 'string' ? [part] : Object.values(part),
  )
  return { station, number: joined(fold(station.number).split(' ')), words: ` ${fold(texts.join(' '))}` }
}

const joined = (words: string[]): string => words.join('')

/** Best first. Ranks: 0 exact number, 1 last digits, 2 first digits, 3 every word begins one, 4 every word is in one. */
export function find(entries: readonly Entry[], query: string, limit: number): Station[] {
  const tokens = fold(query).split(' ').filter(Boolean)
  if (tokens.length === 0) return []
  const ranks: Station[][] = [[], [], [], [], []]
  for (const entry of entries) {
    const rank = rankOf(entry, tokens)
    if (rank !== null && ranks[rank]!.length < limit) ranks[rank]!.push(entry.station)
  }
  return ranks.flat().slice(0, limit)
}

/** A number with dots or blanks in it is one number: 00.02.01 is not 00.01.02, and its dots need not be typed. */
function rankOf(entry: Entry, tokens: string[]): number | null {
  const whole = /\d/.test(tokens[0]!) ? byNumber(entry, joined(tokens)) : null
  if (whole !== null) return whole
  let worst = 0
  for (const token of tokens) {
    const rank = /\d/.test(token) ? (byNumber(entry, token) ?? byWord(entry, token)) : byWord(entry, token)
    if (rank === null) return null
    if (rank > worst) worst = rank
  }
  return worst
}

/** Leading zeros are paper, not number: "0123" is typed as "123". */
function byNumber({ number }: Entry, token: string): number | null {
  if (number === token || number.replace(/^0+/, '') === token.replace(/^0+/, '')) return 0
  if (number.endsWith(token)) return 1
  return number.startsWith(token) ? 2 : null
}

function byWord({ words }: Entry, token: string): number | null {
  if (words.includes(` ${token}`)) return 3
  return words.includes(token) ? 4 : null
}

const EARTH_RADIUS_M = 6_371_000

/** Great-circle distance in metres. */
export function distanceM(lat1: number, lon1: number, lat2: number, lon2: number): number {
  const [a, b, d] = [lat1, lat2, lon2 - lon1].map((degrees) => (degrees * Math.PI) / 180) as [number, number, number]
  const h = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(d / 2) ** 2
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(h))
}
