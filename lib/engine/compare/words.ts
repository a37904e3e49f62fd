import { forecastByShare, forecastSentence } from '#lib/analysis/forecast.ts'
import { counted, type RuleVerdict as Judged } from '#lib/analysis/rule.ts'
import { alphas, requestsHere } from '#lib/engine/compare/evidence.ts'
import type { Evidence } from '#lib/engine/compare/schema.ts'
import type { CompareRule, RolloutPlan } from '#lib/rollouts/schema.ts'
import type { Standing } from '#lib/rollouts/state.ts'

/** `missingSeconds`: until the rule's minimum of requests, where that is what is missing. */
export type Forecast = { text: string; missingSeconds?: number }

/**
 * What is still needed: the rule's minimum of requests of the candidate since traffic moved, and then, where stable has such events at all,
 * the requests after which one twice as bad would show; each with its time at this share and at the next.
 */
export function forecastOf(rule: CompareRule, v: Judged, plan: RolloutPlan, e: Evidence): Forecast | null {
  const { candidate, stable } = e.judge.totals
  // Since traffic moved: before that somebody may have held it for hours in which nothing was counted.
  const seconds = (e.toMs - Math.max(e.fromMs, e.moved.sinceMs)) / 1000
  const requestsPerSecond = seconds > 0 ? (candidate.requests + stable.requests - e.moved.ofBoth) / seconds : 0
  if (requestsPerSecond === 0) return null
  const later = plan.steps.flatMap((s) => (s.kind === 'setWeight' && s.percent / 100 > e.share && s.percent < 100 ? [s.percent / 100] : [])).slice(0, 1)
  const shares = [e.share, ...later]
  const here = requestsHere(e)
  const missing = rule.minRequests - here
  if (missing > 0) {
    // Where traffic moves they are counted anew.
    const by = shares.map((share) => ({ share, requests: missing, seconds: (share === e.share ? missing : rule.minRequests) / (requestsPerSecond * share) }))
    return { text: `${counted(here)} of ${counted(rule.minRequests)} requests of the candidate${e.moved.requests > 0 ? ' at this split' : ''}: ${forecastSentence(by)}`, missingSeconds: by[0]?.seconds ?? 0 }
  }
  // Twice nothing is nothing: without an event of stable every number of requests would only grow with what is seen.
  if (v.counts.stable.events === 0 || v.evidence === null) return null
  const alpha = alphas(plan.analysis).get(rule.name) ?? 0
  const by = forecastByShare({ shares, requestsPerSecond, alpha, tolerance: rule.metric === 'error_rate' ? rule.tolerance : 0, logEvidence: v.evidence * Math.log(1 / alpha), stable: v.counts.stable })
  return by[0] && Number.isFinite(by[0].seconds) ? { text: `one twice as bad shows after ${forecastSentence(by, { of: ' of both arms' })}` } : null
}

const leads = { not_worse: 'not shown to be worse: ', leans: 'leans against it, and is not proven: ' } satisfies Record<Standing, string>

/** The figures first where nothing is decided: "not shown to be worse: 0 of 480 (0%) failed on the candidate, …; one twice as bad …". */
export function saidOf(v: Judged, forecast: Forecast | null, standing: Standing | undefined): string {
  const isOpen = v.figures !== undefined && (v.verdict === 'inconclusive' || standing === 'leans')
  const lead = isOpen ? `${standing === undefined ? '' : leads[standing]}${v.figures}` : `${v.reason.charAt(0).toLowerCase()}${v.reason.slice(1)}`
  if (forecast === null) return lead
  return forecast.missingSeconds === undefined ? `${lead}; ${forecast.text}` : `${forecast.text}; ${lead}`
}
