import type { RuleVerdict as Judged } from '#lib/analysis/rule.ts'
import { histogramQuantile } from '#lib/analysis/threshold.ts'
import { requestsHere } from '#lib/engine/compare/evidence.ts'
import type { Evidence } from '#lib/engine/compare/schema.ts'
import { forecastOf, saidOf } from '#lib/engine/compare/words.ts'
import { unjudged } from '#lib/engine/unjudged.ts'
import { isoOf } from '#lib/platform/time.ts'
import type { CompareRule, RuleVerdict } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'

type Judgeable = Pick<RolloutRow, 'candidate' | 'stepIndex' | 'plan'>
type Seen = { nowMs: number; lagSeconds: number }

/** What a comparison says, in the words and figures of a verdict, of all evidence so far. */
export const viewOf = (rule: CompareRule, verdicts: readonly Judged[], r: Judgeable, e: Evidence, at: Seen): RuleVerdict => {
  const judged = verdicts.find((v) => v.name === rule.name)
  return judged ? verdictOf(rule, judged, r, e, at) : { ...unjudged(rule, r, at.nowMs), verdict: 'inconclusive', message: 'stable has too few requests in the hour before the rollout to know its latency: waiting does not help' }
}

const ofBefore = '; at the split before: '
/** What was said of a split, without why there was nothing to say of the next. */
export const withoutWait = (message: string): string => message.split(ofBefore).at(-1) ?? message

/** The same of a split that is no more: what was open or passed there is still to be seen at this one, and a failure stays one. */
export function viewBefore(rule: CompareRule, verdicts: readonly Judged[], r: Judgeable, e: Evidence, { why, ...at }: Seen & { why: string }): RuleVerdict {
  const judged = verdicts.find((v) => v.name === rule.name)
  const v = viewOf(rule, verdicts, r, e, at)
  return judged === undefined || v.verdict === 'fail' ? v : { ...v, verdict: 'inconclusive', standing: undefined, forecastAt: null, message: `${why}${ofBefore}${saidOf(judged, null, undefined)}` }
}

/** Half the way to the line: a bake that ends with more than this against the candidate would end on luck. */
const mostEvidence = 0.5

function verdictOf(rule: CompareRule, v: Judged, r: Judgeable, e: Evidence, at: Seen): RuleVerdict {
  const { candidate, stable } = e.judge.totals
  const valueOf = (arm: typeof candidate) => (rule.metric === 'error_rate' ? (arm.requests === 0 ? null : arm.errors / arm.requests) : histogramQuantile([...e.past.innerMs, Infinity], arm.latency, 0.95))
  // As with a threshold: what passed at the split before has to show at this one as well. A service that nobody asks is no
  // fault of the source: it is waited for, then a person is asked.
  const isShort = requestsHere(e) < rule.minRequests
  const isOpen = v.verdict === 'pass' || v.verdict === 'inconclusive'
  const leans = isOpen && !isShort && (v.evidence ?? 0) > mostEvidence
  const verdict = v.cause === 'no requests' || (v.verdict === 'pass' && (isShort || leans)) ? 'inconclusive' : v.verdict
  const standing = leans ? 'leans' : v.verdict === 'inconclusive' && !isShort && (v.evidence ?? 1) <= mostEvidence ? 'not_worse' : undefined
  const forecast = verdict === 'inconclusive' ? forecastOf(rule, v, r.plan, e) : null
  return {
    ...unjudged(rule, r, at.nowMs),
    verdict,
    message: saidOf(v, forecast, standing),
    value: valueOf(candidate),
    requests: candidate.requests,
    errors: candidate.errors,
    windowFrom: isoOf(e.fromMs),
    windowTo: isoOf(e.toMs),
    lagSeconds: at.lagSeconds,
    stable: { requests: stable.requests, errors: stable.errors, value: valueOf(stable) },
    forecastAt: forecast?.missingSeconds === undefined ? null : isoOf(at.nowMs + forecast.missingSeconds * 1000),
    evidence: v.evidence,
    ...(standing && { standing }),
    method: v.method,
  }
}
