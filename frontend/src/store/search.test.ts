import { describe, expect, it } from 'vitest'
import type { Station } from './api'
import { distanceM, entryOf, find, fold } from './search'

const station = (number: string, name: string, address = ''): Station => ({ code: number, number, name, address })
const some = [
  station('0123', 'Мектеп-гимназия № 8', 'Абай даңғылы 12'),
  station('1123', 'Балабақша 15', 'Қызылорда көшесі 3'),
  station('1230', 'Щучинская школа', 'улица Ёлкина'),
  station('0007', 'Өскемен мәдениет үйі', 'Шәкәрім көшесі'),
].map(entryOf)
const numbers = (query: string): string[] => find(some, query, 50).map((one) => one.number)

describe('finding a station', () => {
  it('puts the exact number first, then last digits, then first digits', () => {
    expect(numbers('123')).toEqual(['0123', '1123', '1230'])
    expect(numbers('№ 0123')).toEqual(['0123'])
    expect(numbers('7')).toEqual(['0007'])
  })

  it('reads the parts of a number in their order, with dots or without', () => {
    const dotted = ['00.01.02', '00.02.01', '12.02.01'].map((number) => entryOf(station(number, 'School')))
    const first = (query: string): string | undefined => find(dotted, query, 50)[0]?.number
    expect(['00.02.01', '000201', '02.01', '12 02 01', '00.01.02'].map(first)).toEqual(
      ['00.02.01', '00.02.01', '00.02.01', '12.02.01', '00.01.02'])
  })

  it.each([
    ['кызылорда', '1123'],
    ['Қызылорда', '1123'],
    ['qyzylorda', '1123'],
    ['kyzylorda', '1123'],
    ['абай', '0123'],
    ['abai', '0123'],
    ['Abay', '0123'],
    ['mektep', '0123'],
    ['shchuchinsk', '1230'],
    ['елкина', '1230'],
    ['oskemen', '0007'],
    ['Ускемен'.replace('У', 'О'), '0007'],
    ['madeniet', '0007'],
    ['şäkärim', '0007'],
    ['shakarim', '0007'],
    ['шакарим', '0007'],
  ])('finds %s whatever the keyboard', (query, number) => {
    expect(numbers(query)).toContain(number)
  })

  it('asks every word and takes beginnings of words before their middles', () => {
    expect(numbers('мектеп 8')).toEqual(['0123'])
    expect(numbers('мектеп 15')).toEqual([])
    expect(numbers('')).toEqual([])
    expect(numbers(' - ')).toEqual([])
  })

  it('folds to one alphabet and never throws on odd letters', () => {
    expect(fold('Ұлттық ҮЙ')).toBe('ulttik ui')
    expect(fold('საქართველო 🗳️')).toBe('საქართველო')
    expect(fold('\ud800')).toBe('')
  })

  it('searches 10,000 stations in a few milliseconds', () => {
    const many = Array.from({ length: 10_000 }, (_, i) =>
      entryOf(station(String(i).padStart(4, '0'), `Мектеп № ${i % 300}`, `Абай даңғылы ${i % 90}`)),
    )
    const start = performance.now()
    for (const query of ['мектеп', 'abai 12', '4711', 'жоқ', 'даңғылы']) find(many, query, 50)
    expect((performance.now() - start) / 5).toBeLessThan(60)
  })

  it('measures distances on the globe', () => {
    expect(distanceM(43.25, 76.9, 43.25, 76.9)).toBe(0)
    expect(Math.round(distanceM(0, 0, 0, 1) / 1000)).toBe(111)
  })
})
