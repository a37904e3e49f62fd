import { candidateShareOfEvents } from '#lib/analysis/limit.ts'
import { fairExponent } from '#lib/analysis/event-mixture.ts'
import { normalBand, normalUpperQuantile } from '#lib/analysis/special-functions.ts'

/** Log evidence of each shape. The shapes do not depend on the share, so a test made for another share goes on with the same array. */
export type LatencyEvidence = readonly number[]

export type LatencyTest = {
  start: LatencyEvidence
  /** Adds the requests per bucket that one look brought, candidate's and stable's. */
  step: (s: LatencyEvidence, candidateCounts: readonly number[], stableCounts: readonly number[]) => LatencyEvidence
  /** Natural log of the e-value now. */
  logEvidence: (s: LatencyEvidence) => number
}

/** Part of the requests that slow down, by how many normal scores, and the weight of that alternative. */
type Shape = { part: number; shift: number; weight: number }

const shapes: readonly Shape[] = [
  ...[0.05, 0.1, 0.2, 0.4, 0.8, 1.6].map((shift) => ({ part: 1, shift, weight: 3 })),
  ...[1, 2, 3].map((shift) => ({ part: 0.2, shift, weight: 1 })),
  ...[2, 3].map((shift) => ({ part: 0.05, shift, weight: 1 })),
  ...[2, 3, 4].map((shift) => ({ part: 0.01, shift, weight: 1 })),
]

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

/** How many times as likely each bucket becomes under the shape. A shift of a normal never falls from one bucket to a slower one; rounding must not, either. */
function densityRatios(shape: Shape, masses: readonly number[]): number[] {
  const total = masses.reduce((a, b) => a + b, 0)
  let above = total
  let highest = 0
  return masses.map((mass, j) => {
    const low = normalUpperQuantile(above / total)
    above = j === masses.length - 1 ? 0 : Math.max(above - mass, 0)
    const high = normalUpperQuantile(above / total)
    const moved = (normalBand(low - shape.shift, high - shape.shift) * total) / mass
    highest = Math.max(highest, 1 - shape.part + shape.part * moved)
    return highest
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
 * The alternatives move all requests or a part of them by some normal scores; the e-value is their weighted mean. Betting on the arm
 * given the outcome: Lindon & Malek, NeurIPS 2022, arXiv 2011.03567; mixing over alternatives: Robbins, Ann. Math. Statist. 41, 1970.
 */
export function latencyTest(given: { share: number; masses: readonly number[]; varianceRatio?: number }): LatencyTest {
  const varianceRatio = given.varianceRatio ?? 1
  const weightSum = shapes.reduce((sum, s) => sum + s.weight, 0)
  const bets = shapes.map((shape) => {
    const thetas = densityRatios(shape, given.masses).map((r) => candidateShareOfEvents(given.share, r))
    const ups = thetas.map((theta) => Math.log(theta / given.share))
    const downs = thetas.map((theta) => Math.log((1 - theta) / (1 - given.share)))
    const exponent = Math.min(...ups.map((up, j) => fairExponent(given.share, up, downs[j] ?? 0, varianceRatio, 2 * varianceRatio)))
    return { ups: ups.map((x) => x * exponent), downs: downs.map((x) => x * exponent), logWeight: Math.log(shape.weight / weightSum) }
  })
  return {
    start: bets.map(() => 0),
    step: (s, candidateCounts, stableCounts) =>
      bets.map(({ ups, downs }, i) => {
        let sum = s[i] ?? 0
        for (let j = 0; j < ups.length; j++) {
          sum += (candidateCounts[j] ?? 0) * (ups[j] ?? 0) + (stableCounts[j] ?? 0) * (downs[j] ?? 0)
        }
        return sum
      }),
    logEvidence(s) {
      const terms = bets.map((bet, i) => bet.logWeight + (s[i] ?? 0))
      const most = Math.max(...terms)
      return most + Math.log(terms.reduce((sum, x) => sum + Math.exp(x - most), 0))
    },
  }
}
