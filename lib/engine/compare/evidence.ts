import { splitAlpha } from '#lib/analysis/alpha.ts'
import { judge, type Judge } from '#lib/analysis/judge.ts'
import type { ArmIncrement } from '#lib/analysis/model.ts'
import type { JudgeRule, RuleVerdict } from '#lib/analysis/rule.ts'
import type { ArmCounts } from '#lib/analysis/threshold.ts'
import type { Evidence, Look, Past } from '#lib/engine/compare/schema.ts'
import { type Analysis, type CompareRule, usualAlpha } from '#lib/rollouts/schema.ts'

export const comparisonsOf = (analysis: Analysis): CompareRule[] => analysis.rules.filter((r) => r.kind === 'compare')

/** Fewer requests of the past than these say too little about where latencies lie. */
const leastPast = 100
const knowsLatency = (past: Past): boolean => past.counts.length > 1 && past.counts.reduce((a, b) => a + b, 0) >= leastPast

/** The rules that can be judged after such a past: latency needs one. */
export const judgedRules = (analysis: Analysis, past: Past): CompareRule[] => comparisonsOf(analysis).filter((r) => r.metric === 'error_rate' || knowsLatency(past))

/** Each comparison's chance of a false alarm, by name. */
export function alphas(analysis: Analysis): ReadonlyMap<string, number> {
  const rules = comparisonsOf(analysis)
  const parts = splitAlpha(analysis.alpha ?? usualAlpha, rules.map((r) => r.alpha ?? undefined))
  return new Map(rules.map((r, i) => [r.name, parts[i] ?? 0]))
}

function judgeFor(analysis: Analysis, past: Past, share: number): Judge {
  const alpha = alphas(analysis)
  const rules: JudgeRule[] = judgedRules(analysis, past).map((r) => ({ name: r.name, compare: { metric: r.metric, tolerance: r.metric === 'error_rate' ? r.tolerance : undefined, alpha: alpha.get(r.name) } }))
  return judge({ share, alpha: analysis.alpha ?? usualAlpha, rules, past: past.minutes, hasNoGaps: true, ...(knowsLatency(past) && { history: { edgesMs: past.innerMs, stableCounts: past.counts } }) })
}

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
