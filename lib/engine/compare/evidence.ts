import { splitAlpha } from '#lib/analysis/alpha.ts'
import { judge, type Judge } from '#lib/analysis/judge.ts'
import type { ArmIncrement } from '#lib/analysis/model.ts'
import type { JudgeRule, RuleVerdict } from '#lib/analysis/rule.ts'
import type { ArmCounts } from '#lib/analysis/threshold.ts'
import type { Evidence, Look, Past } from '#lib/engine/compare/schema.ts'
import { type Analysis, type CompareRule, type Rule, usualAlpha } from '#lib/rollouts/schema.ts'

export const comparisonsOf = (analysis: Analysis): CompareRule[] => analysis.rules.filter((r) => r.kind === 'compare')

/** Fewer requests of the past than these say too little about where latencies lie. */
const leastPast = 100
export const knowsLatency = (past: Past): boolean => past.counts.length > 1 && past.counts.reduce((a, b) => a + b, 0) >= leastPast

/** The rules that can be judged after such a past: latency needs one. */
export const judgedRules = (analysis: Analysis, past: Past): CompareRule[] => comparisonsOf(analysis).filter((r) => r.metric === 'error_rate' || knowsLatency(past))

/** Each comparison's chance of a false alarm, by name. */
export function alphas(analysis: Analysis): ReadonlyMap<string, number> {
  const rules = comparisonsOf(analysis)
  const parts = splitAlpha(analysis.alpha ?? usualAlpha, rules.map((r) => r.alpha ?? undefined))
  return new Map(rules.map((r, i) => [r.name, parts[i] ?? 0]))
}

const judgeRuleOf = (r: Rule, alpha: number | undefined): JudgeRule =>
  r.kind === 'compare'
    ? { name: r.name, mode: r.mode, compare: { metric: r.metric, tolerance: r.metric === 'error_rate' ? r.tolerance : undefined, alpha } }
    : { name: r.name, mode: r.mode, threshold: { metric: r.metric, max: r.max, minRequests: r.minRequests, overSeconds: r.overMs / 1000 } }

/** The judge of these rules, which are of `analysis`, while the candidate gets `share`. */
export function judgeOf(analysis: Analysis, rules: readonly Rule[], past: Past, share: number): Judge {
  const alpha = alphas(analysis)
  return judge({ share, alpha: analysis.alpha ?? usualAlpha, rules: rules.map((r) => judgeRuleOf(r, alpha.get(r.name))), past: past.minutes, hasNoGaps: true, ...(knowsLatency(past) && { history: { edgesMs: past.innerMs, stableCounts: past.counts } }) })
}

const judgeFor = (analysis: Analysis, past: Past, share: number): Judge => judgeOf(analysis, judgedRules(analysis, past), past, share)

function increment(arm: ArmCounts | null, past: Past): ArmIncrement {
  if (arm === null) return { requests: 0, errors: 0, latency: past.counts.map(() => 0) }
  return { requests: arm.requests, errors: arm.errors, latency: knowsLatency(past) ? arm.latency.counts : [] }
}

/** Before the first look. */
export const beginEvidence = (analysis: Analysis, past: Past, share: number, fromMs: number): Evidence => ({ past, share, fromMs, toMs: fromMs, judge: judgeFor(analysis, past, share).start })

/** Adds one look. What was gathered at another share goes on: evidence of successive periods multiplies. */
export function addLook(analysis: Analysis, e: Evidence, look: Look): { evidence: Evidence; verdicts: readonly RuleVerdict[] } {
  const before = look.share === e.share ? e.judge : judgeFor(analysis, e.past, e.share).fold(e.judge)
  const { state, verdicts } = judgeFor(analysis, e.past, look.share).look(before, { t: look.toMs / 1000, candidate: increment(look.candidate, e.past), stable: increment(look.stable, e.past) })
  return { evidence: { ...e, share: look.share, toMs: look.toMs, judge: state }, verdicts }
}
