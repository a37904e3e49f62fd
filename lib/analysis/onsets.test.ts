import { describe, expect, test } from 'vitest'
import { type EventEvidence, eventTest } from '#lib/analysis/events.ts'
import { latencyTest } from '#lib/analysis/latency.ts'
import { type Onsets, onsets } from '#lib/analysis/onsets.ts'
import { poisson, random } from '#lib/analysis/testing/random.ts'

const alpha = 0.05
const bar = Math.log(1 / alpha)

describe('a stake that waits', () => {
  const [up, down] = [Math.log(0.3 / 0.1), Math.log(0.7 / 0.9)]
  const gains = (isCandidates: boolean) => [isCandidates ? up : down]
  const by = onsets([1], 10)

  test('is a mean of 1 over all ways that events can fall, however often it is moved', () => {
    const walk = (left: number, before: Onsets): number => {
      if (left === 0) return Math.exp(by.logEvidence(before))
      const s = left === 4 ? by.moved(before) : before
      return 0.1 * walk(left - 1, by.step(s, gains(true), 1)) + 0.9 * walk(left - 1, by.step(s, gains(false), 1))
    }
    expect(walk(9, by.start)).toBeCloseTo(1, 9)
  })

  test('is never given up, nor lost, and survives JSON', () => {
    let s = by.start
    for (let i = 0; i < 20_000; i++) s = by.step(s, gains(false), 1)
    // One in sqrt(1 + 2000) still waits.
    expect(Math.exp(s.waiting)).toBeCloseTo(1 / Math.sqrt(2001), 6)
    expect(JSON.parse(JSON.stringify(s))).toEqual(s)
    const moved = by.moved(s)
    expect(by.logEvidence(moved)).toBeCloseTo(by.logEvidence(s), 9)
    expect(by.step(moved, gains(true), 1).begun[0]).toBeGreaterThan((by.step(s, gains(true), 1).begun[0] ?? 0) + 1)
  })

  test('counts nothing of gains that turn out too large', () => {
    const seen = Array.from({ length: 50 }).reduce<Onsets>((s) => by.step(s, gains(true), 1), by.start)
    expect(by.logEvidence(seen)).toBeGreaterThan(20)
    expect(by.logEvidence(by.lowered(seen))).toBeCloseTo(seen.waiting, 9)
  })
})

/** Seconds from the first bad one to the verdict, at 100 requests a second of which a tenth is the candidate's. */
function secondsTo(quietSeconds: number, seed: number, restartsAt = Infinity): number {
  const next = random(seed)
  const by = eventTest({ share: 0.1, alpha })
  let s: EventEvidence = by.start
  for (let second = 1; second < quietSeconds + 3000; second++) {
    s = by.step(s, poisson(next, second <= quietSeconds ? 0.1 : 0.5), poisson(next, 0.9))
    if (second === quietSeconds && restartsAt === 0) s = by.fold(s)
    if (second > quietSeconds && by.logEvidence(s) >= bar) return second - quietSeconds
  }
  return Infinity
}
const mean = (of: (seed: number) => number) => Array.from({ length: 60 }, (_, seed) => of(seed + 1)).reduce((a, b) => a + b, 0) / 60

test('after a healthy hour a five-fold rate is found in less than a minute, sooner where traffic moved', () => {
  const fresh = mean((seed) => secondsTo(0, seed))
  const late = mean((seed) => secondsTo(3600, seed))
  const moved = mean((seed) => secondsTo(3600, seed, 0))
  expect(fresh).toBeLessThan(17)
  expect(late).toBeLessThan(4.5 * fresh)
  expect(moved).toBeLessThan(0.85 * late)
})

test('of equal candidates at most alpha are ever stopped, over hours and moves of traffic', () => {
  const next = random(7)
  const by = eventTest({ share: 0.1, alpha })
  const runs = 400
  let stopped = 0
  for (let run = 0; run < runs; run++) {
    let s: EventEvidence = by.start
    for (let minute = 1; minute <= 300; minute++) {
      s = by.step(s, poisson(next, 6), poisson(next, 54))
      if (minute % 60 === 0) s = by.fold(s)
    }
    if (s.peak >= bar) stopped++
  }
  expect(stopped / runs).toBeLessThan(alpha)
  expect(stopped).toBeGreaterThan(0)
})

test('latency: a slowdown after a long healthy time shows', () => {
  const by = latencyTest({ share: 0.1, masses: [0.2, 0.3, 0.3, 0.15, 0.05] })
  const [healthy, slower] = [[20, 30, 30, 15, 5], [15, 25, 30, 20, 10]]
  const stable = [180, 270, 270, 135, 45]
  const looksTo = (quiet: number) => {
    let s = by.start
    for (let look = 0; look < quiet; look++) s = by.step(s, healthy, stable)
    for (let look = 1; look < 2000; look++) {
      s = by.step(s, slower, stable)
      if (by.logEvidence(s) >= bar) return look
    }
    return Infinity
  }
  expect(looksTo(0)).toBeLessThan(10)
  expect(looksTo(1000)).toBeLessThan(5 * looksTo(0))
  expect(by.logEvidence(by.start)).toBeCloseTo(0, 9)
})
