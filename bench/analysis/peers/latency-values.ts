import { cellCount } from '#bench/analysis/latency-law.ts'
import type { ArmLatency, LatencyRule } from '#bench/analysis/latency-traffic.ts'
import { logMixtureRatio } from '#bench/analysis/peers/msprt.ts'
import { root } from '#bench/analysis/special.ts'

/** The prior's standard deviation as a part of stable's mean: between the shifts of 10% and 25% that are to be found. */
const tauOfMean = 0.15

/** mSPRT on the mean latency with the sample variances. Two-sided. Source: see msprt.ts. */
export function msprtMean(alpha: number): LatencyRule {
  const variance = ({ requests, sum, squares }: ArmLatency) => (squares / requests - (sum / requests) ** 2) / requests
  const start: LatencyRule['start'] = ({ meanMs }) => ({ candidate, stable }) => {
    const difference = candidate.sum / candidate.requests - stable.sum / stable.requests
    return logMixtureRatio(difference, variance(candidate) + variance(stable), tauOfMean * meanMs) >= Math.log(1 / alpha)
  }
  return { name: 'mSPRT on the mean', start }
}

/** The slope of the boundary that Howard & Ramdas recommend; any above √½ has a constant. */
const slope = 0.85

/**
 * The constant C of the band, for one distribution function at confidence 1 − alpha: 8.62 at alpha 0.025.
 * Source: Howard & Ramdas, Sequential estimation of quantiles, arXiv 1906.09712, Theorem 2; gostevehoward/confseq
 * (`EmpiricalProcessLILBound`). Solves inf over eta of 4·e^(−gC)·(1 + 1/((g − 1)·ln eta)) = alpha.
 */
export function bandConstant(alpha: number): number {
  const excess = (constant: number) => {
    let least = Infinity
    for (let i = 1; i < 2000; i++) {
      const eta = 1 + ((2 * slope * slope - 1) * i) / 2000
      const width = slope - Math.sqrt((2 * (eta - 1)) / constant)
      const g = width > 0 ? (2 / eta) * width * width : 0
      if (g > 1) least = Math.min(least, 4 * Math.exp(-g * constant) * (1 + 1 / ((g - 1) * Math.log(eta))))
    }
    return least - alpha
  }
  return root(excess, 1, 100)
}

/** Half width of the band after n requests, valid at all n from 1 on together. */
export const bandWidth = (constant: number, n: number): number => (n < 1 ? Infinity : slope * Math.sqrt((Math.log(1 + Math.log(n)) + constant) / n))

/** Rolls back when the candidate's distribution function lies below stable's by more than both bands, which share alpha. */
export function cdfBand(alpha: number): LatencyRule {
  const constant = bandConstant(alpha / 2)
  const start: LatencyRule['start'] = () => ({ candidate, stable }) => {
    const width = bandWidth(constant, candidate.requests) + bandWidth(constant, stable.requests)
    if (width >= 1) return false
    const [perCandidate, perStable] = [1 / candidate.requests, 1 / stable.requests]
    let [below, furthest] = [0, 0]
    for (let cell = 0; cell < cellCount; cell++) {
      below += (stable.cells[cell] ?? 0) * perStable - (candidate.cells[cell] ?? 0) * perCandidate
      if (below > furthest) furthest = below
    }
    return furthest > width
  }
  return { name: 'Howard–Ramdas band', start }
}
