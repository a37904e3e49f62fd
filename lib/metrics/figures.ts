import { type ArmCounts, metricValue } from '#lib/analysis/threshold.ts'
import type { Figures } from '#lib/metrics/contract.ts'

/** A histogram's quantile is inside a bucket: a tenth of a millisecond is already more than it knows. */
const tenths = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 10) / 10)

export const figuresOf = (c: ArmCounts): Figures => ({
  requests: c.requests, errors: c.errors, errorRate: metricValue('error_rate', c), p50Ms: tenths(metricValue('latency_p50', c)), p95Ms: tenths(metricValue('latency_p95', c)),
})
