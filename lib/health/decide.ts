import { type ArmCounts, metricValue } from '#lib/analysis/threshold.ts'
import type { Health } from '#lib/health/schema.ts'
import { isoOf } from '#lib/platform/time.ts'

type Counted = ArmCounts & { revision: string }

const blank = { requests: 0, errors: 0, p95Ms: null, revisions: [], until: null, error: null }

export const notMeasured = (asOfMs: number): Health => ({ ...blank, state: 'not_measured', asOf: isoOf(asOfMs) })
export const cannotMeasure = (asOfMs: number, error: string): Health => ({ ...blank, state: 'cannot_measure', asOf: isoOf(asOfMs), error })

/** Of one target: what its revisions answered together, and each by itself where several did. */
export function healthOf(counts: readonly Counted[], at: { asOfMs: number; untilMs: number }): Health {
  const serving = counts.filter((c) => c.requests > 0)
  const whole = { ...blank, asOf: isoOf(at.asOfMs), until: isoOf(at.untilMs) }
  if (serving.length === 0) return { ...whole, state: 'no_requests' }
  return {
    ...whole, ...figures(together(serving)), state: 'measured',
    revisions: serving.length > 1 ? serving.map((c) => ({ revision: c.revision, ...figures(c) })).toSorted((a, b) => b.requests - a.requests) : [],
  }
}

/** A histogram's quantile is inside a bucket: a whole millisecond is already more than it knows. */
function figures(c: ArmCounts) {
  const p95 = metricValue('latency_p95', c)
  return { requests: c.requests, errors: c.errors, p95Ms: p95 === null ? null : Math.round(p95) }
}

function together(counts: readonly Counted[]): ArmCounts {
  const boundsMs = counts.find((c) => c.latency.boundsMs.length > 0)?.latency.boundsMs ?? []
  // Buckets of another shape cannot be added; one revision's latency would then pass for that of all.
  const fits = counts.every((c) => c.latency.boundsMs.length === boundsMs.length || c.latency.boundsMs.length === 0)
  const sum = (of: (c: Counted) => number) => counts.reduce((n, c) => n + of(c), 0)
  const latency = fits ? { boundsMs, counts: boundsMs.map((_, i) => sum((c) => c.latency.counts[i] ?? 0)) } : { boundsMs: [], counts: [] }
  return { requests: sum((c) => c.requests), errors: sum((c) => c.errors), latency }
}
