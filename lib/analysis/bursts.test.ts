import { expect, test } from 'vitest'
import { learnBursts, learnLive, liveRatio, liveStart } from '#lib/analysis/bursts.ts'
import { beta, binomial, poisson, random } from '#lib/analysis/testing/random.ts'

const hour = 3600
const past = (seed: number, errorsOf: (next: () => number, second: number) => number) => {
  const next = random(seed)
  return { requests: Array.from({ length: hour }, () => 100), errors: Array.from({ length: hour }, (_, second) => errorsOf(next, second)) }
}
const seeds = Array.from({ length: 12 }, (_, i) => i + 1)
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

test('independent errors give exactly 1, at nearly every seed and at any rate', () => {
  for (const rate of [0.0002, 0.01, 0.2]) {
    const found = seeds.map((seed) => learnBursts(past(seed, (next) => binomial(next, 100, rate))).varianceRatio)
    expect(found.filter((ratio) => ratio === 1).length).toBeGreaterThanOrEqual(10)
    expect(Math.max(...found)).toBeLessThan(2)
  }
})

test('a rate that swings over the hour is not taken for bunches', () => {
  const found = seeds.map((seed) => learnBursts(past(seed, (next, second) => binomial(next, 100, 0.01 * (1 + 0.8 * Math.sin(second / 400))))).varianceRatio)
  expect(found.filter((ratio) => ratio === 1).length).toBeGreaterThanOrEqual(9)
})

test('bunches give their size, whether they come within a second or over a few', () => {
  const tripled = seeds.map((seed) => learnBursts(past(seed, (next) => 3 * binomial(next, 100, 0.01))).varianceRatio)
  expect(Math.min(...tripled)).toBeGreaterThan(2.7)
  expect(median(tripled)).toBeLessThan(5)
  const late = seeds.map((seed) => {
    const { requests, errors } = past(seed, (next) => binomial(next, 100, 0.01))
    return learnBursts({ requests, errors: errors.map((n, i) => n + (errors[i - 1] ?? 0) + (errors[i - 3] ?? 0)) }).varianceRatio
  })
  expect(Math.min(...late)).toBeGreaterThan(2.2)
})

test('correlation within a second gives 1 + (n - 1) times it', () => {
  const found = seeds.map((seed) => learnBursts(past(seed, (next) => binomial(next, 100, beta(next, 0.49, 48.51)))).varianceRatio)
  expect(Math.min(...found)).toBeGreaterThan(2.4)
  expect(median(found)).toBeLessThan(5.5)
})

test('rare large bunches among single errors show their size', () => {
  const found = seeds.map((seed) => learnBursts(past(seed, (next) => poisson(next, 1) + (next() < 1 / 60 ? 20 : 0))))
  for (const { varianceRatio: ratio, bunch } of found) {
    expect(ratio).toBeGreaterThan(3)
    expect(bunch).toBeGreaterThan(12)
    expect(bunch).toBeLessThan(60)
  }
})

test('too short a past, an empty one, and one without errors say nothing', () => {
  expect(learnBursts({ requests: [], errors: [] }).varianceRatio).toBe(1)
  expect(learnBursts({ requests: [100, 100], errors: [3, 0] }).varianceRatio).toBe(1)
  expect(learnBursts({ requests: Array.from({ length: 100 }, () => 100), errors: Array.from({ length: 100 }, () => 0) }).varianceRatio).toBe(1)
  expect(learnBursts({ requests: Array.from({ length: 100 }, () => 0), errors: Array.from({ length: 100 }, () => 0) }).varianceRatio).toBe(1)
})

test('what a rollout shows of stable is learned look by look, the same after a restart; independent errors leave it at 1', () => {
  const ratios = (seed: number, errorsOf: (next: () => number) => number) => {
    const { errors } = past(seed, errorsOf)
    let live = liveStart
    return errors.slice(0, 600).map((n) => liveRatio((live = JSON.parse(JSON.stringify(learnLive(live, { requests: 100, errors: n }))))))
  }
  const even = seeds.map((seed) => Math.max(...ratios(seed, (next) => binomial(next, 100, 0.01))))
  expect(even.filter((ratio) => ratio === 1).length).toBeGreaterThanOrEqual(11)
  for (const seed of seeds.slice(0, 4)) {
    const tripled = ratios(seed, (next) => 3 * binomial(next, 100, 0.01))
    expect(tripled[10]).toBe(1)
    expect(tripled[200]).toBeGreaterThanOrEqual(3)
    expect(tripled[200]).toBeLessThanOrEqual(6)
  }
})
