import { expect, test } from 'vitest'
import { isEvenLook, splitTest } from '#lib/analysis/split.ts'
import { choose, everyStop } from '#lib/analysis/testing/enumeration.ts'

const bar = Math.log(1000)

test.each([0.01, 0.1, 0.5])('at share %d the mean of the e-value is 1 when requests follow the split', (share) => {
  const by = splitTest({ share })
  for (const n of [1, 10, 60]) {
    const mean = Array.from({ length: n + 1 }, (_, c) => choose(n, c) * share ** c * (1 - share) ** (n - c) * Math.exp(by.logEvidence({ candidate: c, stable: n - c }))).reduce((a, b) => a + b, 0)
    expect(mean).toBeCloseTo(1, 8)
  }
})

test('a right split is named wrong less than once in a thousand, looked at after every request', () => {
  const by = splitTest({ share: 0.1 })
  expect(everyStop((c, s) => by.logEvidence({ candidate: c, stable: s }) >= bar, 0.1, 1500)).toBeLessThan(0.001)
})

test('too many and too few are both found; the right split at any volume is not', () => {
  const by = splitTest({ share: 0.1 })
  expect(by.logEvidence(by.step(by.start, 150, 850))).toBeGreaterThan(bar)
  expect(by.logEvidence(by.step(by.start, 40, 960))).toBeGreaterThan(bar)
  for (const n of [100, 1e5, 1e9]) expect(by.logEvidence(by.step(by.start, 0.1 * n, 0.9 * n))).toBeLessThan(0)
  // A hundredth off a tenth is invisible in a thousand requests and plain in a million.
  expect(by.logEvidence(by.step(by.start, 110, 890))).toBeLessThan(bar)
  expect(by.logEvidence(by.step(by.start, 101_000, 899_000))).toBeLessThan(bar)
  expect(by.logEvidence(by.step(by.start, 102_000, 898_000))).toBeGreaterThan(bar)
})

test('a look is uneven when a client that keeps to one arm shows in it, and about one look in a hundred by chance', () => {
  expect(isEvenLook(0.1, 10, 90)).toBe(true)
  expect(isEvenLook(0.1, 15, 85)).toBe(true)
  expect(isEvenLook(0.1, 22, 90)).toBe(false)
  expect(isEvenLook(0.1, 1, 99)).toBe(true)
  expect(isEvenLook(0.1, 0, 99)).toBe(false)
  for (const share of [0.01, 0.1, 0.5]) {
    for (const n of [20, 100, 1000]) {
      const uneven = Array.from({ length: n + 1 }, (_, c) => (isEvenLook(share, c, n - c) ? 0 : choose(n, c) * share ** c * (1 - share) ** (n - c))).filter((p) => p > 0)
      expect(uneven.reduce((a, b) => a + b, 0)).toBeLessThan(0.02)
    }
  }
})

test('looks of a few requests are even, or a service with little traffic would never be compared', () => {
  for (const share of [0.001, 0.01, 0.5]) {
    for (const [c, s] of [[1, 0], [0, 1], [1, 1], [1, 5], [0, 3]] as const) expect(isEvenLook(share, c, s)).toBe(true)
  }
})
