import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { increments, type Scrape } from '#lib/drivers/prometheus/increments.ts'

/** Scrapes each 15 s, beginning at 15 s. */
const scrapes = (...values: (number | null)[][]): Scrape[] => values.map((v, i) => ({ tMs: (i + 1) * 15_000, values: v }))
const risen = (given: Scrape[], bornAfterMs: number | null = null) => increments(given, { bornAfterMs, longestMs: 20_000 }).map((x) => x.values)

describe('what counters rose by', () => {
  test.each<[string, Scrape[], number | null, number[][]]>([
    ['nothing is known of nothing', [], null, []],
    ['one scrape says only where counting begins', scrapes([1000]), null, []],
    ['one scrape of a counter that was not there before is all it counted', scrapes([7]), 0, [[7]]],
    ['differences', scrapes([10], [10], [25]), null, [[0], [15]]],
    ['a restart counts from zero', scrapes([100], [3], [5]), null, [[3], [2]]],
    ['a restart to zero is no increment', scrapes([100], [0], [5]), null, [[0], [5]]],
    ['two restarts', scrapes([100], [3], [1], [2]), null, [[3], [1], [1]]],
    ['one that fell shows that all began anew, also one that is past its old value', scrapes([1000, 3], [50, 5]), null, [[50, 5]]],
    ['a class that appears later began at zero', scrapes([100, null], [110, null], [120, 2]), null, [[10, 0], [10, 2]]],
    ['a class that went away keeps what it had', scrapes([100, 3], [110, null], [120, 4]), null, [[10, 0], [10, 1]]],
    ['a class that comes back lower counts from zero, and the others are left alone', scrapes([100, 3], [110, null], [120, 1]), null, [[10, 0], [10, 1]]],
    ['a class that is away at a restart begins at zero after it', scrapes([100, 9], [10, null], [20, 9]), null, [[10, 0], [10, 9]]],
  ])('%s', (_, given, born, expected) => {
    expect(risen(given, born)).toEqual(expected)
  })

  test('an increment begins at the scrape before it, or where counting began; over missed scrapes it begins a scrape before its end', () => {
    const at = (...times: number[]) => times.map((tMs, i) => ({ tMs, values: [i] }))
    expect(increments(at(15_000, 30_000, 90_000), { bornAfterMs: 1000, longestMs: 20_000 }).map((x) => x.startMs)).toEqual([1000, 15_000, 70_000])
  })

  test('sums are exact, whatever restarts when and however the samples are cut', () => {
    const life = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.array(life, { minLength: 1, maxLength: 4 }), fc.nat(20), (lives, cut) => {
        // Each life begins lower than the one before ended, or nobody could see the restart.
        const counted = lives.map((steps, k) => steps.map((_, i) => (4 - k) * 1000 + steps.slice(0, i + 1).reduce((a, b) => a + b, 0)))
        const truth = counted.reduce((n, values, k) => n + (values.at(-1) ?? 0) - (k === 0 ? (values[0] ?? 0) : 0), 0)
        const samples = counted.flat().map((v, i) => ({ tMs: i, values: [v] }))
        const total = (part: Scrape[]) => increments(part, { bornAfterMs: null, longestMs: 20_000 }).reduce((n, x) => n + (x.values[0] ?? 0), 0)
        const i = Math.min(cut, samples.length - 1)
        expect([total(samples), total(samples.slice(0, i + 1)) + total(samples.slice(i))]).toEqual([truth, truth])
      }),
    )
  })
})
