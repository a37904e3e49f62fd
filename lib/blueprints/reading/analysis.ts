import type { Analysis, ThresholdRule } from '#lib/rollouts/schema.ts'
import { metricNames } from '#lib/rollouts/schema.ts'
import { bad, fail, list, object, optional, type Read, required } from '#lib/blueprints/reading/shape.ts'
import { duration, freeName, oneOf, rate, whole } from '#lib/blueprints/reading/scalars.ts'
import { uniqueNames } from '#lib/blueprints/reading/unique.ts'
import type { Cursor } from '#lib/blueprints/reading/source.ts'

const left = 30 * 60_000

/** A rate for error_rate, a duration for a latency: which one is known only from the field beside it. */
const limit = (metric: string): Read<number> => (metric === 'error_rate' ? rate : duration({ minMs: 1, maxMs: 3_600_000, fine: true }))
const unread: Read<Cursor> = (at) => at

const threshold = object({
  metric: required(oneOf(metricNames, { request_rate: 'the metric request_rate is', availability: 'the metric availability is', saturation: 'the metric saturation is' })),
  max: required(unread),
  over: required(duration({ minMs: 1000, maxMs: 24 * 3_600_000 })),
  minRequests: required(whole(1, 1_000_000_000)),
})

const ruleFields = object(
  { name: required(freeName), threshold: required(threshold), mode: optional(oneOf(['watch', 'ask', 'rollback']), 'ask' as const) },
  { compare: 'rules that compare with stable are', slo: 'burn-rate rules are', query: 'rules on queries of your own are' },
)
const rule: Read<ThresholdRule> = (at) => {
  const read = ruleFields(at)
  if (read === bad) return bad
  const { metric, over, minRequests } = read.threshold
  const max = limit(metric)(read.threshold.max)
  if (max === bad) return bad
  return { name: read.name, kind: 'threshold', mode: read.mode, metric, max, overMs: over, minRequests }
}

const fields = object({
  notEnoughData: optional(object({ after: optional(duration(), left), then: optional(oneOf(['ask', 'rollback', 'advance']), 'ask' as const) }), { after: left, then: 'ask' as const }),
  cannotMeasure: optional(object({ after: optional(duration(), left), then: optional(oneOf(['ask', 'rollback']), 'ask' as const) }), { after: left, then: 'ask' as const }),
  rules: optional(list(rule, { max: 50, of: 'rules' }), []),
})

export const analysis: Read<Analysis> = (at) => {
  const read = fields(at)
  if (read === bad) return bad
  const twice = uniqueNames(read.rules)
  if (twice !== null) return fail(at, `the rule "${twice}" stands twice; names are unique in their list`)
  const { notEnoughData, cannotMeasure, rules } = read
  return { notEnoughData: { afterMs: notEnoughData.after, then: notEnoughData.then }, cannotMeasure: { afterMs: cannotMeasure.after, then: cannotMeasure.then }, rules }
}
