import { describe, expect, test } from 'vitest'
import { type LatencyEvidence, latencyTest, type LatencyTest, logEdgesMs, smoothedMasses } from '#lib/analysis/latency.ts'
import { beta, binomial, random } from '#lib/analysis/testing/random.ts'

const masses = [0.1, 0.4, 0.3, 0.15, 0.05]

/** Mean of the e-value over all ways in which `n` requests fall into arms and buckets. */
function meanEvidence(by: LatencyTest, n: number, share: number, stable: readonly number[], candidate: readonly number[]): number {
  const cells = stable.flatMap((p0, j) => [
    { p: share * (candidate[j] ?? 0), candidate: true, j },
    { p: (1 - share) * p0, candidate: false, j },
  ])
  const one = (j: number) => stable.map((_, i) => (i === j ? 1 : 0))
  const none = stable.map(() => 0)
  const walk = (left: number, s: LatencyEvidence): number =>
    left === 0
      ? Math.exp(by.logEvidence(s))
      : cells.reduce((sum, cell) => (cell.p === 0 ? sum : sum + cell.p * walk(left - 1, by.step(s, cell.candidate ? one(cell.j) : none, cell.candidate ? none : one(cell.j)))), 0)
  return walk(n, by.start)
}

describe('the latency test', () => {
  test.each([0.02, 0.1, 0.5])('at share %d the mean of the e-value is 1 for equal arms, whatever their law is', (share) => {
    const by = latencyTest({ share, masses })
    for (const law of [masses, [0.2, 0.2, 0.2, 0.2, 0.2], [0, 0, 0, 0, 1]]) {
      for (const n of [1, 2, 3]) expect(meanEvidence(by, n, share, law, law)).toBeCloseTo(1, 9)
    }
  })

  test('a candidate that is faster, in the middle or only in the tail, gathers nothing; a slower one does', () => {
    const by = latencyTest({ share: 0.1, masses })
    const mean = (candidate: number[]) => meanEvidence(by, 3, 0.1, masses, candidate)
    expect(mean([0.2, 0.4, 0.25, 0.1, 0.05])).toBeLessThan(1)
    expect(mean([0.1, 0.4, 0.3, 0.18, 0.02])).toBeLessThan(1)
    expect(mean([1, 0, 0, 0, 0])).toBeLessThan(1)
    expect(mean([0.05, 0.3, 0.3, 0.2, 0.15])).toBeGreaterThan(1)
    expect(mean([0.1, 0.4, 0.3, 0.1, 0.1])).toBeGreaterThan(1)
  })

  test('a variance ratio never makes the mean exceed 1', () => {
    const by = latencyTest({ share: 0.1, masses, varianceRatio: 3 })
    expect(meanEvidence(by, 3, 0.1, masses, masses)).toBeLessThan(1)
  })

  test('one request in a bucket that the past never used is bounded evidence', () => {
    const past = smoothedMasses([0, 1000, 5000, 300, 0, 0])
    const by = latencyTest({ share: 0.1, masses: past })
    const none = [0, 0, 0, 0, 0, 0]
    const seen = by.logEvidence(by.step(by.start, [0, 0, 0, 0, 0, 1], none))
    expect(seen).toBeGreaterThan(0)
    // A request is the candidate's one time in ten whatever its latency, so no bucket may count for more than ten.
    expect(seen).toBeLessThan(Math.log(10))
    expect(Number.isFinite(by.logEvidence(by.step(by.start, none, [0, 0, 0, 0, 0, 1000])))).toBe(true)
  })

  test('a restart from JSON, and another share, go on with the same evidence', () => {
    const [small, large] = [latencyTest({ share: 0.1, masses }), latencyTest({ share: 0.5, masses })]
    const before = small.step(small.start, [0, 2, 3, 4, 2], [10, 40, 30, 15, 5])
    const restarted = JSON.parse(JSON.stringify(before))
    expect(large.logEvidence(restarted)).toBe(small.logEvidence(before))
    expect(large.logEvidence(large.fold(restarted))).toBeCloseTo(small.logEvidence(before), 9)
    expect(large.step(restarted, [0, 1, 1, 1, 0], [1, 1, 0, 0, 0])).toEqual(large.step(before, [0, 1, 1, 1, 0], [1, 1, 0, 0, 0]))
  })

  test('wrong masses cost power and never validity: equal arms far from the past stay below 20 to 1', () => {
    const by = latencyTest({ share: 0.1, masses })
    const next = random(11)
    let alarms = 0
    for (let run = 0; run < 200; run++) {
      let s = by.start
      const slow = beta(next, 2, 2)
      let most = 0
      for (let look = 0; look < 100; look++) {
        const arm = (n: number) => {
          const late = binomial(next, n, slow)
          return [0, n - late, 0, 0, late]
        }
        s = by.step(s, arm(5), arm(45))
        most = Math.max(most, by.logEvidence(s))
      }
      if (most >= Math.log(20)) alarms++
    }
    expect(alarms).toBeLessThanOrEqual(10)
  })
})

describe('buckets', () => {
  test('edges grow by one factor and leave the first and the last bucket open', () => {
    const edges = logEdgesMs(10, 1000, 5)
    expect(edges.map(Math.round)).toEqual([10, 46, 215, 1000])
    expect(logEdgesMs(1, 100)).toHaveLength(24)
  })

  test('no bucket is impossible, and the masses sum to 1', () => {
    const smoothed = smoothedMasses([0, 98, 2, 0])
    expect(Math.min(...smoothed)).toBeGreaterThan(0)
    expect(smoothed.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
  })
})
