import { candidateShareOfEvents } from '#lib/analysis/limit.ts'
import { fairExponent } from '#lib/analysis/event-mixture.ts'
import { logOfBoth, logSum, type Onsets, onsets } from '#lib/analysis/onsets.ts'
import { normalBand, normalUpperQuantile } from '#lib/analysis/special-functions.ts'

/** Log evidence of each shape, and of each that begins late. The shapes do not depend on the share, so a test made for another share goes on with the same numbers. */
export type LatencyEvidence = { shapes: readonly number[]; late: Onsets }

export type LatencyTest = {
  start: LatencyEvidence
  /** Adds the requests per bucket that one look brought, candidate's and stable's. */
  step: (s: LatencyEvidence, candidateCounts: readonly number[], stableCounts: readonly number[]) => LatencyEvidence
  /** Natural log of the e-value now. */
  logEvidence: (s: LatencyEvidence) => number
  /** The same evidence at another share. */
  fold: (s: LatencyEvidence) => LatencyEvidence
}

/** Part of the requests that slow down, by how many normal scores, and the weight of that alternative. */
type Shape = { part: number; shift: number; weight: number }

const shapes: readonly Shape[] = [
  ...[0.05, 0.1, 0.2, 0.4, 0.8, 1.6].map((shift) => ({ part: 1, shift, weight: 3 })),
  ...[1, 2, 3].map((shift) => ({ part: 0.2, shift, weight: 1 })),
  ...[2, 3].map((shift) => ({ part: 0.05, shift, weight: 1 })),
  ...[2, 3, 4].map((shift) => ({ part: 0.01, shift, weight: 1 })),
]

/** Requests of both arms in which a slowdown of some size shows itself. */
const paceRequests = 5000

/**
 * Inner edges of `buckets` latency buckets: the first holds what is at most `minMs`, the last what is above `maxMs`, the others grow by
 * one factor. 25 keep nearly all that a shift tells; take `maxMs` well above the slowest requests seen, or a slow tail shows only as "above".
 */
export function logEdgesMs(minMs: number, maxMs: number, buckets = 25): number[] {
  const inner = buckets - 1
  return Array.from({ length: inner }, (_, i) => minMs * (maxMs / minMs) ** (i / (inner - 1)))
}

/** Probability of each bucket from counts of the past; half a request is added to each so that none is impossible. */
export function smoothedMasses(counts: readonly number[]): number[] {
  const total = counts.reduce((a, b) => a + b, 0) + counts.length / 2
  return counts.map((n) => (n + 0.5) / total)
}

/** Normal scores of the buckets' edges, the outer ones infinite. */
function scoresOf(masses: readonly number[], total: number): number[] {
  let above = total
  return [-Infinity, ...masses.map((mass, j) => normalUpperQuantile((above = j === masses.length - 1 ? 0 : Math.max(above - mass, 0)) / total))]
}

/** For each shape, how many times as likely each bucket becomes. A shift of a normal never falls from one bucket to a slower one; rounding must not, either. */
function densityRatios(masses: readonly number[]): number[][] {
  const total = masses.reduce((a, b) => a + b, 0)
  const scores = scoresOf(masses, total)
  return shapes.map(({ part, shift }) => {
    let highest = 0
    return masses.map((mass, j) => {
      const moved = (normalBand((scores[j] ?? 0) - shift, (scores[j + 1] ?? 0) - shift) * total) / mass
      return (highest = Math.max(highest, 1 - part + part * moved))
    })
  })
}

/**
 * "The candidate is slower than stable", anywhere in the distribution, valid at every look.
 *
 * Null: the candidate's latency is not stochastically larger than stable's. Given its bucket, a request is the candidate's with probability
 * `share` when both arms have the same law, whatever that law is; a shape bets on more of them in slow buckets. Because no shape falls
 * from a bucket to a slower one, a faster candidate gathers no evidence either. There is no tolerance: "slower by a little" is slower.
 * `masses`: probability of each bucket in stable's past, all above 0 (`smoothedMasses`), fixed before the rollout; wrong masses cost
 * power, never validity. `varianceRatio`: how far slow requests come in bunches.
 * The alternatives move all requests or a part of them by some normal scores; the e-value is their weighted mean, and a part is kept for a
 * slowdown that begins late (onsets.ts). Betting on the arm
 * given the outcome: Lindon & Malek, NeurIPS 2022, arXiv 2011.03567; mixing over alternatives: Robbins, Ann. Math. Statist. 41, 1970.
 */
export function latencyTest(given: { share: number; masses: readonly number[]; varianceRatio?: number }): LatencyTest {
  const varianceRatio = given.varianceRatio ?? 1
  const weightSum = shapes.reduce((sum, s) => sum + s.weight, 0)
  const ratios = densityRatios(given.masses)
  const bets = shapes.map((shape, i) => {
    const thetas = (ratios[i] ?? []).map((r) => candidateShareOfEvents(given.share, r))
    const ups = thetas.map((theta) => Math.log(theta / given.share))
    const downs = thetas.map((theta) => Math.log((1 - theta) / (1 - given.share)))
    const exponent = Math.min(...ups.map((up, j) => fairExponent(given.share, up, downs[j] ?? 0, varianceRatio, 2 * varianceRatio)))
    return { ups: ups.map((x) => x * exponent), downs: downs.map((x) => x * exponent), logWeight: Math.log(shape.weight / weightSum) }
  })
  const late = onsets(bets.map((bet) => Math.exp(bet.logWeight)), paceRequests)
  return {
    start: { shapes: bets.map(() => 0), late: late.start },
    step(s, candidateCounts, stableCounts) {
      let requests = 0
      for (let j = 0; j < given.masses.length; j++) requests += (candidateCounts[j] ?? 0) + (stableCounts[j] ?? 0)
      const gains = bets.map(({ ups, downs }) => {
        let sum = 0
        for (let j = 0; j < ups.length; j++) sum += (candidateCounts[j] ?? 0) * (ups[j] ?? 0) + (stableCounts[j] ?? 0) * (downs[j] ?? 0)
        return sum
      })
      return { shapes: s.shapes.map((sum, i) => sum + (gains[i] ?? 0)), late: late.step(s.late, gains, requests) }
    },
    logEvidence: (s) => logOfBoth(logSum(bets.map((bet, i) => bet.logWeight + (s.shapes[i] ?? 0))), late.logEvidence(s.late)),
    fold: (s) => ({ ...s, late: late.moved(s.late) }),
  }
}
