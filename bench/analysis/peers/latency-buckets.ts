import { law, type Slowdown, unchanged } from '#bench/analysis/latency-law.ts'
import { bucketCount, type LatencyRule } from '#bench/analysis/latency-traffic.ts'
import { logBayesFactor } from '#bench/analysis/peers/lindon-malek.ts'

/** Likelihood ratio of somebody who knows both laws, but sees them in the same buckets; see oracle.ts. */
export function bucketOracle(slowdown: Slowdown, share: number, alpha: number): LatencyRule {
  const [slow, usual] = [law(slowdown), law(unchanged)]
  const start: LatencyRule['start'] = ({ bucketOf }) => {
    const inBuckets = (cells: readonly number[]) => {
      const sums = Array.from({ length: bucketCount }, () => 0)
      cells.forEach((p, cell) => (sums[bucketOf[cell] ?? 0] = (sums[bucketOf[cell] ?? 0] ?? 0) + p))
      return sums
    }
    const [p1, p0] = [inBuckets(slow), inBuckets(usual)]
    const mixed = p1.map((p, j) => share * p + (1 - share) * (p0[j] ?? 0))
    const gain = (p: readonly number[]) => p.map((value, j) => Math.log(value / (mixed[j] ?? 1)))
    const [candidateGain, stableGain] = [gain(p1), gain(p0)]
    let evidence = 0
    return ({ candidate, stable }) => {
      for (let j = 0; j < bucketCount; j++) evidence += (candidate.buckets[j] ?? 0) * (candidateGain[j] ?? 0) + (stable.buckets[j] ?? 0) * (stableGain[j] ?? 0)
      return evidence >= Math.log(1 / alpha)
    }
  }
  return { name: 'oracle on buckets', start }
}

/**
 * Lindon & Malek's test on each bucket, and their product: given its bucket, a request is the candidate's with
 * probability `share`, against a prior of concentration k around it. Two-sided.
 * k = 300: with the authors' 100 a shift of 10%, which moves each bucket by little, takes a quarter longer, and the
 * other rows come out alike; spreading k over the buckets by their masses took up to five times as long.
 * Source: Lindon & Malek, NeurIPS 2022, arXiv 2011.03567; see lindon-malek.ts.
 */
export function dirichletBuckets(share: number, alpha: number, k = 300): LatencyRule {
  const evidence = logBayesFactor(k, share)
  const start: LatencyRule['start'] = () => {
    const seen = Array.from({ length: bucketCount }, () => ({ candidate: 0, stable: 0 }))
    return ({ candidate, stable }) => {
      const sum = seen.reduce((total, bucket, j) => {
        bucket.candidate += candidate.buckets[j] ?? 0
        bucket.stable += stable.buckets[j] ?? 0
        return total + evidence(bucket.candidate, bucket.stable)
      }, 0)
      return sum >= Math.log(1 / alpha)
    }
  }
  return { name: `Dirichlet on buckets, k = ${k}`, start }
}
