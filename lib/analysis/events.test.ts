import { describe, expect, test } from 'vitest'
import { type EventEvidence, type EventTest, eventTest } from '#lib/analysis/events.ts'
import { candidateShareOfEvents } from '#lib/analysis/limit.ts'
import { promoteEarlyTest } from '#lib/analysis/promote-early.ts'
import { choose, everyStop } from '#lib/analysis/testing/enumeration.ts'
import { binomial, random } from '#lib/analysis/testing/random.ts'

const alpha = 0.05
const bar = Math.log(1 / alpha)

/** Mean of the e-value after `n` events of which each is the candidate's with probability `theta`: a sum over all outcomes, no simulation. */
function meanEvidence(by: EventTest, n: number, theta: number, from: EventEvidence = by.start): number {
  return Array.from({ length: n + 1 }, (_, c) => choose(n, c) * theta ** c * (1 - theta) ** (n - c) * Math.exp(by.logEvidence(by.step(from, c, n - c)))).reduce((a, b) => a + b, 0)
}

describe('the error test', () => {
  test.each([0.01, 0.05, 0.1, 0.5])('at share %d the mean of the e-value is 1 when the arms are equal, below 1 when the candidate is better', (share) => {
    const by = eventTest({ share })
    for (const n of [1, 2, 5, 20, 60]) {
      expect(meanEvidence(by, n, share)).toBeCloseTo(1, 9)
      expect(meanEvidence(by, n, candidateShareOfEvents(share, 0.7))).toBeLessThan(1)
      expect(meanEvidence(by, n, candidateShareOfEvents(share, 1.5))).toBeGreaterThan(1)
    }
  })

  test('a tolerance allows that much, and no more', () => {
    const by = eventTest({ share: 0.1, tolerance: 0.5 })
    expect(meanEvidence(by, 30, candidateShareOfEvents(0.1, 1.5))).toBeCloseTo(1, 9)
    expect(meanEvidence(by, 30, candidateShareOfEvents(0.1, 1.3))).toBeLessThan(1)
    expect(meanEvidence(by, 30, candidateShareOfEvents(0.1, 2.5))).toBeGreaterThan(1)
  })

  test.each([0.01, 0.1, 0.5])('at share %d it stops at most alpha of equal candidates, whenever one looks', (share) => {
    const by = eventTest({ share })
    const stopped = everyStop((c, s) => by.logEvidence({ candidate: c, stable: s, peak: 0 }) >= bar, share, 2000)
    expect(stopped).toBeLessThan(alpha)
    // Far below would mean power given away.
    expect(stopped).toBeGreaterThan(alpha / 4)
  })

  test('evidence of successive shares multiplies: still a mean of 1, and more than either period alone', () => {
    const [small, large] = [eventTest({ share: 0.1 }), eventTest({ share: 0.5 })]
    for (const c of [0, 3, 8]) {
      const before = small.fold(small.step(small.start, c, 10 - c))
      expect(large.logEvidence(before)).toBeCloseTo(small.logEvidence(small.step(small.start, c, 10 - c)), 12)
      expect(meanEvidence(large, 20, 0.5, before)).toBeCloseTo(Math.exp(large.logEvidence(before)), 9)
    }
    const worse = large.step(small.fold(small.step(small.start, 5, 15)), 12, 6)
    expect(large.logEvidence(worse)).toBeGreaterThan(small.logEvidence(small.step(small.start, 5, 15)))
    expect(large.logEvidence(worse)).toBeGreaterThan(large.logEvidence(large.step(large.start, 12, 6)))
  })

  test('a restart from JSON goes on with the same numbers, in the middle of a share and after a change of it', () => {
    const [small, large] = [eventTest({ share: 0.1 }), eventTest({ share: 0.5 })]
    const next = random(3)
    let [kept, restarted] = [small.start, small.start]
    for (let look = 0; look < 200; look++) {
      const by = look < 100 ? small : large
      const [c, s] = [binomial(next, 10, 0.03), binomial(next, 90, 0.01)]
      kept = by.step(kept, c, s)
      restarted = JSON.parse(JSON.stringify(by.step(restarted, c, s)))
      if (look === 99) [kept, restarted] = [small.fold(kept), JSON.parse(JSON.stringify(small.fold(restarted)))]
    }
    expect(restarted).toEqual(kept)
    expect(large.logEvidence(restarted)).toBe(large.logEvidence(kept))
  })

  test('how the events are cut into looks does not matter, except that a peak between looks is not seen', () => {
    const by = eventTest({ share: 0.1 })
    const [cut, whole] = [by.step(by.step(by.start, 3, 1), 1, 20), by.step(by.start, 4, 21)]
    expect(by.logEvidence(cut)).toBe(by.logEvidence(whole))
    expect(cut.peak).toBeGreaterThan(whole.peak)
    expect(cut.peak).toBe(by.logEvidence(by.step(by.start, 3, 1)))
  })

  test('a better candidate never gets there, however much is seen', () => {
    const by = eventTest({ share: 0.5 })
    for (const events of [10, 1000, 1e6, 1e9]) expect(by.logEvidence(by.step(by.start, 0.4 * events, 0.6 * events))).toBeLessThan(0)
  })

  test('counts of a busy year neither overflow nor lose the sign', () => {
    const by = eventTest({ share: 0.1 })
    expect(by.logEvidence(by.step(by.start, 3e9, 9e9))).toBeGreaterThan(1e8)
    expect(Number.isFinite(by.logEvidence(by.step(by.start, 1e9, 9.2e9)))).toBe(true)
  })
})

describe('told where it will stop', () => {
  /** Mean of the e-value over all ways that `looks` looks of so many events each can go. */
  const meanOfLooks = (by: EventTest, sizes: readonly number[], theta: number, s: EventEvidence = by.start): number => {
    const [n, ...rest] = sizes
    if (n === undefined) return Math.exp(by.logEvidence(s))
    return Array.from({ length: n + 1 }, (_, c) => choose(n, c) * theta ** c * (1 - theta) ** (n - c) * meanOfLooks(by, rest, theta, by.step(s, c, n - c))).reduce((a, b) => a + b, 0)
  }

  test.each([0.01, 0.1, 0.5])('at share %d the mean of the e-value stays 1, through looks of one event and of several', (share) => {
    const by = eventTest({ share, alpha: 0.5 })
    for (const sizes of [Array.from({ length: 9 }, () => 1), [1, 3, 0, 2, 4, 1], [5, 5, 5]]) {
      expect(meanOfLooks(by, sizes, share)).toBeCloseTo(1, 8)
      expect(meanOfLooks(by, sizes, candidateShareOfEvents(share, 0.5))).toBeLessThan(1)
    }
  })

  test('it reaches the line where the plain test would shoot over it, and never later', () => {
    const [plain, told] = [eventTest({ share: 0.1 }), eventTest({ share: 0.1, alpha })]
    let [a, b] = [plain.start, told.start]
    while (plain.logEvidence(a) < bar) [a, b] = [plain.step(a, 1, 0), told.step(b, 1, 0)]
    expect(plain.logEvidence(a)).toBeGreaterThan(bar + 0.1)
    expect(told.logEvidence(b)).toBeGreaterThanOrEqual(bar)
    expect(told.logEvidence(b)).toBeCloseTo(bar, 1)
    // What is over the line is worth nothing, so nothing more is bet.
    expect(told.logEvidence(told.step(b, 0, 50))).toBeCloseTo(told.logEvidence(b), 1)
  })

  test('it stops earlier on average, and at most alpha of equal candidates', () => {
    const [plain, told] = [eventTest({ share: 0.05 }), eventTest({ share: 0.05, alpha })]
    const theta = candidateShareOfEvents(0.05, 5)
    const looksUntil = (by: EventTest, seed: number, of: number) => {
      const next = random(seed)
      let s = by.start
      for (let look = 1; look <= 400; look++) {
        const isCandidates = next() < of
        s = by.step(s, isCandidates ? 1 : 0, isCandidates ? 0 : 1)
        if (s.peak >= bar) return look
      }
      return Infinity
    }
    const seeds = Array.from({ length: 400 }, (_, i) => i)
    const mean = (by: EventTest) => seeds.map((seed) => looksUntil(by, seed, theta)).reduce((a, b) => a + b, 0) / seeds.length
    expect(mean(told)).toBeLessThan(mean(plain))
    expect(seeds.filter((seed) => looksUntil(told, seed, 0.05) < Infinity).length).toBeLessThan(seeds.length * 0.06)
  })

  test('when events turn out to come in bunches, what was gathered as if they did not is taken back', () => {
    const [single, bunched] = [eventTest({ share: 0.1, alpha: 0.001 }), eventTest({ share: 0.1, alpha: 0.001, varianceRatio: 3 })]
    const [before, fair] = [single.step(single.start, 4, 4), bunched.step(bunched.start, 4, 4)]
    expect(bunched.logEvidence(before)).toBeGreaterThan(bunched.logEvidence(fair) + 0.5)
    expect(bunched.logEvidence(bunched.lowered(before))).toBeCloseTo(bunched.logEvidence(fair), 2)
    const better = single.step(single.start, 0, 30)
    expect(bunched.logEvidence(bunched.lowered(better))).toBeCloseTo(single.logEvidence(better), 1)
  })

  test('a restart and another share keep what was staked', () => {
    const [small, large] = [eventTest({ share: 0.1, alpha }), eventTest({ share: 0.5, alpha })]
    const before = JSON.parse(JSON.stringify(small.fold(small.step(small.step(small.start, 3, 2), 1, 4))))
    expect(large.logEvidence(before)).toBe(small.logEvidence(small.step(small.step(small.start, 3, 2), 1, 4)))
    const after = large.step(before, 4, 1)
    expect(large.logEvidence(after)).toBeGreaterThan(large.logEvidence(before))
  })
})

describe('bunches', () => {
  /** Mean of the e-value when errors come in bunches of `m` that fall to one arm. */
  const meanOfBunches = (by: EventTest, bunches: number, m: number, theta: number) =>
    Array.from({ length: bunches + 1 }, (_, c) => choose(bunches, c) * theta ** c * (1 - theta) ** (bunches - c) * Math.exp(by.logEvidence(by.step(by.start, c * m, (bunches - c) * m)))).reduce((a, b) => a + b, 0)

  test('bunches of three make the plain test unfair, and a variance ratio of three makes it fair again', () => {
    for (const share of [0.01, 0.1, 0.5]) {
      expect(meanOfBunches(eventTest({ share }), 10, 3, share)).toBeGreaterThan(1.5)
      for (const m of [2, 3, 4, 6]) expect(meanOfBunches(eventTest({ share, varianceRatio: m }), 10, m, share)).toBeLessThanOrEqual(1 + 1e-9)
      expect(meanOfBunches(eventTest({ share, varianceRatio: 3, bunch: 3 }), 10, 3, share)).toBeCloseTo(1, 6)
    }
  })

  test('rare large bunches among single errors are fair when their size is known, not by the ratio alone', () => {
    // Of 60 errors 40 come singly and 20 in one bunch: V = 1 + (20/60) * 19.
    const mixed = (by: EventTest) => {
      const theta = 0.1
      const singles = Array.from({ length: 41 }, (_, c) => ({ c, p: choose(40, c) * theta ** c * (1 - theta) ** (40 - c) }))
      const value = (c: number, s: number) => Math.exp(by.logEvidence(by.step(by.start, c, s)))
      return singles.reduce((sum, { c, p }) => sum + p * (theta * value(c + 20, 40 - c) + (1 - theta) * value(c, 60 - c)), 0)
    }
    const ratio = 1 + (20 / 60) * 19
    expect(mixed(eventTest({ share: 0.1, varianceRatio: ratio, bunch: 20 }))).toBeLessThan(1.05)
    expect(mixed(eventTest({ share: 0.1, varianceRatio: ratio, bunch: ratio }))).toBeGreaterThan(1.05)
  })

  test('a ratio of 1 is the plain test', () => {
    const [plain, given] = [eventTest({ share: 0.1 }), eventTest({ share: 0.1, varianceRatio: 1, bunch: 50 })]
    expect(given.logEvidence(given.step(given.start, 7, 20))).toBe(plain.logEvidence(plain.step(plain.start, 7, 20)))
  })
})

describe('the promote-early test', () => {
  test.each([1.5, 2, 3])('at R = %d the mean is below 1 for every candidate that bad or worse', (ratio) => {
    const by = promoteEarlyTest({ share: 0.1, ratio })
    for (const n of [1, 5, 40]) {
      expect(meanEvidence(by, n, candidateShareOfEvents(0.1, ratio))).toBeLessThan(1)
      expect(meanEvidence(by, n, candidateShareOfEvents(0.1, 2 * ratio))).toBeLessThan(1)
    }
  })

  test('no error at all proves nothing', () => {
    const by = promoteEarlyTest({ share: 0.1, ratio: 2 })
    expect(by.logEvidence(by.start)).toBeLessThanOrEqual(0)
  })
})

test('a look with thousands of errors of stable leaves evidence that can rise again', () => {
  const t = eventTest({ share: 0.1, alpha: 0.05 })
  const broken = t.step(t.step(t.start, 0, 10), 0, 5000)
  expect(Number.isFinite(t.logEvidence(broken))).toBe(true)
})
