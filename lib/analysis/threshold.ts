/** Counts of one arm in a window, as a metrics driver gives them. */
export type ArmCounts = { requests: number; errors: number; latency: { boundsMs: readonly number[]; counts: readonly number[] } }

export type ThresholdMetric = 'error_rate' | 'latency_p50' | 'latency_p95' | 'latency_p99'

export const thresholdMethod = 'threshold with a minimum of requests'

const quantileOf = { latency_p50: 0.5, latency_p95: 0.95, latency_p99: 0.99 } as const

/**
 * Quantile of a histogram in milliseconds, linear inside the bucket where it falls.
 * @param boundsMs upper bound of each bucket, the last Infinity @param counts requests per bucket @param q 0 to 1
 * @returns null without requests; the highest finite bound when it falls in the overflow bucket, which is then a lower bound.
 * Source: the usual reading of cumulative histogram buckets (Prometheus histogram_quantile).
 */
export function histogramQuantile(boundsMs: readonly number[], counts: readonly number[], q: number): number | null {
  const total = counts.reduce((a, b) => a + b, 0)
  if (total === 0) return null
  const rank = q * total
  let below = 0
  for (let i = 0; i < counts.length; i++) {
    const n = counts[i] ?? 0
    if (n === 0 || below + n < rank) {
      below += n
      continue
    }
    const upper = boundsMs[i] ?? Infinity
    const lower = i === 0 ? 0 : (boundsMs[i - 1] ?? 0)
    if (!Number.isFinite(upper)) return lower
    return lower + ((rank - below) / n) * (upper - lower)
  }
  return boundsMs.findLast(Number.isFinite) ?? null
}

/** Value of a metric over the counts: a fraction for error_rate, milliseconds for a latency; null without data. */
export function metricValue(metric: ThresholdMetric, c: ArmCounts): number | null {
  if (metric === 'error_rate') return c.requests === 0 ? null : c.errors / c.requests
  return histogramQuantile(c.latency.boundsMs, c.latency.counts, quantileOf[metric])
}

type ThresholdOutcome = { verdict: 'pass' | 'fail' | 'inconclusive'; value: number | null; requests: number; errors: number }

/**
 * Absolute threshold with a minimum of requests: below the minimum there is no verdict, whatever the rate, since one
 * error of three requests says nothing. `candidate` null = no series at all = not enough data, never zero errors.
 */
export function judgeThreshold(rule: { metric: ThresholdMetric; max: number; minRequests: number }, candidate: ArmCounts | null): ThresholdOutcome {
  if (candidate === null) return { verdict: 'inconclusive', value: null, requests: 0, errors: 0 }
  const value = metricValue(rule.metric, candidate)
  const seen = { value, requests: candidate.requests, errors: candidate.errors }
  if (candidate.requests < rule.minRequests || value === null) return { verdict: 'inconclusive', ...seen }
  return { verdict: value > rule.max ? 'fail' : 'pass', ...seen }
}

/**
 * Milliseconds until `minRequests` at the rate seen so far; null when nothing has come yet, Infinity when a whole window of
 * `overMs` holds less than half of them.
 */
export function forecastMs(requests: number, minRequests: number, windowMs: number, overMs = Infinity): number | null {
  if (requests >= minRequests) return 0
  if (requests <= 0 || windowMs <= 0) return null
  // A window that just falls short, or has only begun to fill, says nothing of the next one.
  if (windowMs >= overMs && requests < minRequests / 2) return Infinity
  return Math.ceil(((minRequests - requests) / requests) * windowMs)
}
