import { expect, test } from 'vitest'
import { clustered } from '#bench/analysis/clusters.ts'
import { generator } from '#bench/analysis/random.ts'
import { aliasSampler, betaBinomial, poisson } from '#bench/analysis/sampling.ts'
import { incompleteBeta, logRising, upperBound } from '#bench/analysis/special.ts'
import { pastOf, steady } from '#bench/analysis/traffic.ts'

const draws = 100_000

function moments(draw: () => number): { mean: number; variance: number } {
  const values = Array.from({ length: draws }, draw)
  const mean = values.reduce((a, b) => a + b, 0) / draws
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws }
}

test('the alias method keeps its weights', () => {
  const draw = aliasSampler([1, 0, 3], generator(1, 'alias'), 5)
  const counts = [0, 0, 0]
  for (let i = 0; i < draws; i++) {
    const drawn = draw() - 5
    counts[drawn] = (counts[drawn] ?? 0) + 1
  }
  expect(counts[1]).toBe(0)
  expect((counts[2] ?? 0) / draws).toBeCloseTo(0.75, 1)
})

test.each([0.09, 1, 9.9, 89])('Poisson counts of mean %d', (mean) => {
  const found = moments(poisson(mean, generator(1, 'poisson')))
  expect(Math.abs(found.mean - mean)).toBeLessThan(4 * Math.sqrt(mean / draws))
  expect(found.variance / mean).toBeCloseTo(1, 1)
})

test('a beta-binomial count spreads by its correlation', () => {
  const draw = betaBinomial(0.1, 0.02, generator(1, 'together'))
  const found = moments(() => draw(90))
  expect(found.mean).toBeCloseTo(9, 0)
  expect(found.variance / (90 * 0.1 * 0.9 * (1 + 89 * 0.02))).toBeCloseTo(1, 1)
})

test('traffic has the rates it was asked for, and retries multiply what fails', () => {
  const load = { perSecond: 100, share: 0, tickSeconds: 1, random: generator(1, 'traffic') }
  const sums = (past: { requests: number[]; errors: number[] }) => [past.requests, past.errors].map((list) => list.reduce((a, b) => a + b, 0) / list.length)
  const [requests = 0, errors = 0] = sums(pastOf(steady(load, { candidate: 0.01, stable: 0.01 }), 10_000))
  expect(requests).toBeCloseTo(100, 0)
  expect(errors).toBeCloseTo(1, 1)
  const retried = sums(pastOf(clustered(load, 0.01, { correlation: 0, retriesAfterSeconds: [1, 3], hotClient: 'none' }), 10_000))
  expect(retried[1]).toBeCloseTo(3, 0)
})

test('special functions', () => {
  expect(incompleteBeta(2, 3, 0.4)).toBeCloseTo(0.5248, 10)
  expect(incompleteBeta(300, 2700, 0.1)).toBeCloseTo(0.5, 1)
  expect(logRising(0.5)(3)).toBeCloseTo(Math.log(0.5 * 1.5 * 2.5), 12)
  // 0 of n: 1 − 0.05^(1/n).
  expect(upperBound(0, 100)).toBeCloseTo(1 - 0.05 ** 0.01, 8)
  expect(upperBound(5, 5)).toBe(1)
})
