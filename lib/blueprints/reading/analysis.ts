import { splitAlpha } from '#lib/analysis/alpha.ts'
import type { Analysis, Rule, ThresholdRule } from '#lib/rollouts/schema.ts'
import { comparedNames, metricNames, usualAlpha } from '#lib/rollouts/schema.ts'
import { bad, fail, list, object, optional, type Read, required } from '#lib/blueprints/reading/shape.ts'
import { duration, freeName, oneOf, rate, whole } from '#lib/blueprints/reading/scalars.ts'
import { uniqueNames } from '#lib/blueprints/reading/unique.ts'
import type { Cursor } from '#lib/blueprints/reading/source.ts'

const left = 30 * 60_000

type Value<R> = R extends Read<infer T> ? T : never

/** A chance of a false alarm: neither none nor certain. */
const chance: Read<number> = (at) => {
  const value = rate(at)
  return value === bad || (value > 0 && value < 1) ? value : fail(at, 'needs a chance above 0% and below 100%')
}

/** A rate for error_rate, a duration for a latency: which one is known only from the field beside it. */
const limit = (metric: string): Read<number> => (metric === 'error_rate' ? rate : duration({ minMs: 1, maxMs: 3_600_000, fine: true }))
const unread: Read<Cursor> = (at) => at

const threshold = object({
  metric: required(oneOf(metricNames, { request_rate: 'the metric request_rate is', availability: 'the metric availability is', saturation: 'the metric saturation is' })),
  max: required(unread),
  over: required(duration({ minMs: 1000, maxMs: 24 * 3_600_000 })),
  minRequests: required(whole(1, 1_000_000_000)),
})

/** Below it a doubling of a usual error rate could hardly have been seen. */
const usualLeast = 200

const compareFields = object({
  metric: required(oneOf(comparedNames)),
  tolerance: optional(rate, 0),
  alpha: optional(chance, null),
  minRequests: optional(whole(1, 1_000_000_000), usualLeast),
})

const compare: Read<Value<typeof compareFields>> = (at) => {
  const read = compareFields(at)
  return read !== bad && read.metric === 'latency' && read.tolerance > 0 ? fail(at, 'a comparison of latency knows no tolerance: leave it out') : read
}

const ruleFields = object(
  { name: required(freeName), threshold: optional(threshold, null), compare: optional(compare, null), mode: optional(oneOf(['watch', 'ask', 'rollback']), 'ask' as const) },
  { slo: 'burn-rate rules are', query: 'rules on queries of your own are' },
)
type Named = Pick<Rule, 'name' | 'mode'>
const rule: Read<Rule> = (at) => {
  const read = ruleFields(at)
  if (read === bad) return bad
  const { name, mode } = read
  if ((read.threshold === null) === (read.compare === null)) return fail(at, 'a rule has exactly one of threshold, compare', ['threshold', 'compare'])
  return read.threshold !== null ? thresholdRule({ name, mode }, read.threshold) : read.compare !== null ? { name, mode, kind: 'compare', ...read.compare } : bad
}

function thresholdRule(named: Named, { metric, max: written, over, minRequests }: Value<typeof threshold>): ThresholdRule | typeof bad {
  const max = limit(metric)(written)
  return max === bad ? bad : { ...named, kind: 'threshold', metric, max, overMs: over, minRequests }
}

const fields = object({
  notEnoughData: optional(object({ after: optional(duration(), left), then: optional(oneOf(['ask', 'rollback', 'advance']), 'ask' as const) }), { after: left, then: 'ask' as const }),
  cannotMeasure: optional(object({ after: optional(duration(), left), then: optional(oneOf(['ask', 'rollback']), 'ask' as const) }), { after: left, then: 'ask' as const }),
  alpha: optional(chance, null),
  warmUp: optional(duration({ minMs: 1000, maxMs: 3_600_000 }), null),
  rules: optional(list(rule, { max: 50, of: 'rules' }), []),
})

export const analysis: Read<Analysis> = (at) => {
  const read = fields(at)
  if (read === bad) return bad
  const twice = uniqueNames(read.rules)
  if (twice !== null) return fail(at, `the rule "${twice}" stands twice; names are unique in their list`)
  const { notEnoughData, cannotMeasure, alpha, warmUp, rules } = read
  const shared = sharedOut(alpha ?? usualAlpha, rules)
  if (shared !== null) return fail(at, shared)
  return { notEnoughData: { afterMs: notEnoughData.after, then: notEnoughData.then }, cannotMeasure: { afterMs: cannotMeasure.after, then: cannotMeasure.then }, ...(alpha !== null && { alpha }), ...(warmUp !== null && { warmUpMs: warmUp }), rules }
}

/** Why the rules' chances do not fit into the strategy's; null when they do. */
function sharedOut(alpha: number, rules: readonly Rule[]): string | null {
  try {
    splitAlpha(alpha, rules.flatMap((r) => (r.kind === 'compare' ? [r.alpha ?? undefined] : [])))
    return null
  } catch (err) {
    if (err instanceof RangeError) return err.message
    throw err
  }
}
