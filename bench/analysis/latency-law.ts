import { informationPerRequest, evidenceCost } from '#lib/analysis/limit.ts'
import { alpha } from '#bench/analysis/part.ts'

/**
 * Latencies are lognormal: their logarithm is `sigma` times a normal score above that of the median. Scores are kept in
 * cells of 1/256, 0.3% of a latency: fine enough that the rules on values (the mean, the distribution) lose nothing.
 */
const medianMs = 80
const sigma = 0.8
const cellsPerScore = 256
const [lowestScore, highestScore] = [-6, 9]

export const cellCount = (highestScore - lowestScore) * cellsPerScore

/** Latency in the middle of each cell. */
export const cellMs: readonly number[] = Array.from({ length: cellCount }, (_, i) => medianMs * Math.exp(sigma * (lowestScore + (i + 0.5) / cellsPerScore)))

/** `part` of the requests takes `factor` times as long. */
export type Slowdown = { part: number; factor: number }

export const unchanged: Slowdown = { part: 0, factor: 1 }

const density = (score: number) => Math.exp((-score * score) / 2)
const slowed = ({ part, factor }: Slowdown, score: number) => (1 - part) * density(score) + part * density(score - Math.log(factor) / sigma)

const points = (from: number, to: number, count: number) => Array.from({ length: count }, (_, i) => from + ((i + 0.5) * (to - from)) / count)

/** A law on the given scores, summing to 1. */
function probabilities(slowdown: Slowdown, scores: readonly number[]): number[] {
  const weights = scores.map((score) => slowed(slowdown, score))
  const total = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => weight / total)
}

const cellScores = points(lowestScore, highestScore, cellCount)

/** Probability of each cell. */
export const law = (slowdown: Slowdown): number[] => probabilities(slowdown, cellScores)

/** The limit in requests on 200,000 points of the true laws, so that what buckets lose counts against the rules. */
export function latencyLimitRequests(share: number, slowdown: Slowdown): number {
  const fine = points(lowestScore - 2, highestScore + 5, 200_000)
  return evidenceCost(alpha, 0) / informationPerRequest(share, probabilities(unchanged, fine), probabilities(slowdown, fine))
}

/** Index of the first cell at or above which no more than `above` of the law lies. */
export function quantileCell(counts: readonly number[], above: number): number {
  const total = counts.reduce((a, b) => a + b, 0)
  let left = total
  return counts.findIndex((count) => (left -= count) <= above * total)
}
