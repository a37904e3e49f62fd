import { describe, expect, test } from 'vitest'
import { bernoulliDivergence, candidateShareOfEvents, evidenceCost, informationPerRequest, limitRequests, promoteEarlyLimitEvents } from '#lib/analysis/limit.ts'

/** Total requests that the limit asks for at alpha .05, as worked out apart from this code, per share. */
const table: readonly [string, number, number, Record<number, number>][] = [
  ['1% to 1.25%', 0.01, 0.0125, { 0.01: 1_035_512, 0.05: 216_505, 0.1: 114_715, 0.5: 42_566 }],
  ['1% to 1.5%', 0.01, 0.015, { 0.01: 276_865, 0.05: 58_056, 0.1: 30_871, 0.5: 11_754 }],
  ['1% to 2%', 0.01, 0.02, { 0.01: 77_544, 0.05: 16_347, 0.1: 8748, 0.5: 3475 }],
  ['1% to 5%', 0.01, 0.05, { 0.01: 7398, 0.05: 1598, 0.1: 878, 0.5: 400 }],
  ['0.1% to 1%', 0.001, 0.01, { 0.01: 21_910, 0.05: 4875, 0.1: 2757, 0.5: 1395 }],
  ['0.1% to 0.2%', 0.001, 0.002, { 0.01: 784_620, 0.05: 165_429, 0.1: 88_544, 0.5: 35_213 }],
]
const coin = (p: number) => [1 - p, p]
const within = (value: number, expected: number) => expect(Math.abs(value / expected - 1)).toBeLessThan(0.001)

describe('limit of requests', () => {
  test.each(table)('%s', (_, stable, candidate, requests) => {
    for (const [share, expected] of Object.entries(requests)) {
      within(limitRequests({ share: Number(share), stable: coin(stable), candidate: coin(candidate), alpha: 0.05, beta: 0 }), expected)
    }
  })

  test('what must be gathered, with and without a chance to miss', () => {
    expect(evidenceCost(0.05, 0)).toBeCloseTo(2.996, 3)
    expect(evidenceCost(0.05, 0.05)).toBeCloseTo(2.65, 3)
    expect(evidenceCost(0.01, 0.05)).toBeCloseTo(4.177, 3)
    expect(evidenceCost(0.001, 0.05)).toBeCloseTo(6.364, 2)
  })

  test.each([
    [1.25, 1260],
    [1.5, 363],
    [2, 115],
    [3, 41],
  ])('error events until "%d times worse" can be ruled out at 10%%', (ratio, events) => {
    expect(Math.abs(promoteEarlyLimitEvents({ share: 0.1, ratio, beta: 0.05 }) - events)).toBeLessThan(1)
  })

  test('equal laws tell nothing, and merging outcomes never tells more', () => {
    const [stable, candidate] = [[0.7, 0.2, 0.1], [0.6, 0.25, 0.15]]
    expect(informationPerRequest(0.1, stable, stable)).toBeCloseTo(0, 15)
    expect(informationPerRequest(0.1, [0.7, 0.3], [0.6, 0.4])).toBeLessThan(informationPerRequest(0.1, stable, candidate))
    expect(() => informationPerRequest(0.1, stable, [1])).toThrow(/same outcomes/)
  })

  test('for rare errors the arm of an error is nearly all the information there is', () => {
    const perError = bernoulliDivergence(candidateShareOfEvents(0.1, 2), 0.1)
    const errors = limitRequests({ share: 0.1, stable: coin(1e-5), candidate: coin(2e-5), alpha: 0.05, beta: 0 }) * 1.1e-5
    within(errors, evidenceCost(0.05, 0) / perError)
  })
})
