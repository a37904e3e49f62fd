import { counted } from '#lib/analysis/rule.ts'
import { type ArmCounts, forecastMs, judgeThreshold, metricValue, thresholdMethod } from '#lib/analysis/threshold.ts'
import type { RevisionCounts } from '#lib/drivers/metrics.ts'
import { unjudged } from '#lib/engine/unjudged.ts'
import type { Window } from '#lib/engine/window.ts'
import { isoOf } from '#lib/platform/time.ts'
import { durationText } from '#lib/platform/words.ts'
import type { RuleVerdict, ThresholdRule } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'

/** What a verdict says of the rollout that it is about. */
type Arms = Pick<RolloutRow, 'candidate' | 'stable' | 'stepIndex' | 'observedSplit'>

/** What a threshold rule says of the counts of one window, `lagSeconds` after its end. */
export function judged(rule: ThresholdRule, r: Arms, nowMs: number, w: Window, counts: readonly RevisionCounts[]): RuleVerdict {
  const of = (revision: string | undefined): ArmCounts | null => counts.find((c) => c.revision === revision) ?? null
  const out = judgeThreshold(rule, of(r.candidate?.revision))
  const stable = of(r.stable?.revision)
  const leftMs = out.verdict === 'inconclusive' ? forecastMs(out.requests, rule.minRequests, w.toMs - w.fromMs, rule.overMs) : null
  return {
    ...unjudged(rule, r, nowMs),
    verdict: out.verdict,
    message: sentence(rule, out, leftMs, r),
    value: out.value,
    requests: out.requests,
    errors: out.errors,
    method: thresholdMethod,
    windowFrom: isoOf(w.fromMs),
    windowTo: isoOf(w.toMs),
    lagSeconds: w.lagSeconds,
    stable: stable && { requests: stable.requests, errors: stable.errors, value: metricValue(rule.metric, stable) },
    forecastAt: leftMs === null || !Number.isFinite(leftMs) ? null : isoOf(nowMs + leftMs),
  }
}

/** "0.53%", "5%": as the figures beside the sentence are written. */
const shown = (rule: ThresholdRule, v: number): string => (rule.metric === 'error_rate' ? `${(v * 100).toFixed(v * 100 < 1 ? 2 : 1).replace(/\.0+$/, '')}%` : `${counted(Math.round(v))} ms`)

function sentence(rule: ThresholdRule, out: { verdict: string; value: number | null; requests: number; errors: number }, leftMs: number | null, r: Arms): string {
  if (out.verdict === 'inconclusive') {
    const share = r.candidate ? (r.observedSplit?.[r.candidate.revision] ?? 0) : 0
    const left = leftMs === null ? '' : !Number.isFinite(leftMs) ? `: at ${share}% of this traffic ${durationText(rule.overMs)} do not hold that many, so waiting does not help` : `, about ${leftMs < 90_000 ? `${Math.ceil(leftMs / 1000)} s` : `${Math.ceil(leftMs / 60_000)} min`} at ${share}%`
    return `${counted(out.requests)} of ${counted(rule.minRequests)} requests${left}`
  }
  const what = rule.metric === 'error_rate' ? `${counted(out.errors)} of ${counted(out.requests)} requests failed, ${shown(rule, out.value ?? 0)}` : `${rule.metric.replace('latency_', '')} ${shown(rule, out.value ?? 0)} over ${counted(out.requests)} requests`
  return `${what}; limit ${shown(rule, rule.max)}`
}
