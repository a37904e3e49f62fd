import { forecastByShare, forecastSentence } from '#lib/analysis/forecast.ts'
import type { RuleVerdict as Judged } from '#lib/analysis/rule.ts'
import type { Evidence } from '#lib/engine/compare/schema.ts'
import type { CompareRule, RolloutPlan } from '#lib/rollouts/schema.ts'

export type Forecast = { seconds: number; text: string }

/** How many requests until a candidate twice as bad would be caught, and how long they take at this share and at the next. */
export function forecastOf(rule: CompareRule, v: Judged, plan: RolloutPlan, e: Evidence, alpha: number): Forecast | null {
  const { candidate, stable } = e.judge.totals
  const seconds = (e.toMs - e.fromMs) / 1000
  const requests = candidate.requests + stable.requests
  if (seconds <= 0 || requests === 0 || v.evidence === null) return null
  const later = plan.steps.flatMap((s) => (s.kind === 'setWeight' && s.percent / 100 > e.share && s.percent < 100 ? [s.percent / 100] : [])).slice(0, 1)
  const by = forecastByShare({
    shares: [e.share, ...later], requestsPerSecond: requests / seconds, alpha, tolerance: rule.metric === 'error_rate' ? rule.tolerance : 0,
    logEvidence: v.evidence * Math.log(1 / alpha), stable: v.counts.stable,
  })
  return by[0] ? { seconds: by[0].seconds, text: forecastSentence(by, v.counts.stable.events === 0) } : null
}

/** The judge's sentence, and what is needed to see a candidate twice as bad. */
export const saidOf = (v: Judged, forecast: Forecast | null): string => `${v.reason.charAt(0).toLowerCase()}${v.reason.slice(1)}${forecast === null ? '' : `; one twice as bad shows after ${forecast.text}`}`
