import { splitAlpha } from '#lib/analysis/alpha.ts'
import { judge, type Judge, judgeVersion } from '#lib/analysis/judge.ts'
import type { ArmIncrement } from '#lib/analysis/model.ts'
import type { JudgeRule, RuleVerdict } from '#lib/analysis/rule.ts'
import type { ArmCounts } from '#lib/analysis/threshold.ts'
import type { Evidence, Look, NewEvidence, Past, RecordedLook } from '#lib/engine/compare/schema.ts'
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

type Increments = { fromMs: number; toMs: number; share: number; candidate: ArmIncrement; stable: ArmIncrement }

function increment(arm: ArmCounts | null, past: Past): ArmIncrement {
  if (arm === null) return { requests: 0, errors: 0, latency: past.counts.map(() => 0) }
  return { requests: arm.requests, errors: arm.errors, latency: knowsLatency(past) ? arm.latency.counts : [] }
}

/** Before the first look. */
export const beginEvidence = (analysis: Analysis, past: Past, share: number, fromMs: number): Evidence => ({ past, share, fromMs, toMs: fromMs, moved: { sinceMs: 0, requests: 0, ofBoth: 0 }, version: judgeVersion, judge: judgeFor(analysis, past, share).start })

/** Whether any look was counted: what was only recorded, in a warm-up or at 100%, was not. */
export const hasCounted = (e: Evidence): boolean => e.toMs > e.fromMs

function add(judgeAt: (share: number) => Judge, e: Evidence, { fromMs, toMs, share, candidate, stable }: Increments): { evidence: Evidence; verdicts: readonly RuleVerdict[] } {
  const before = share === e.share ? e.judge : judgeAt(e.share).fold(e.judge)
  const { state, verdicts } = judgeAt(share).look(before, { t: toMs / 1000, candidate, stable })
  return { evidence: { ...e, fromMs: hasCounted(e) ? e.fromMs : fromMs, share, toMs, judge: state }, verdicts }
}

/** The same evidence, once traffic has moved at `sinceMs`. */
export function movedAt(e: Evidence, sinceMs: number): Evidence {
  const { candidate, stable } = e.judge.totals
  return e.moved.sinceMs === sinceMs ? e : { ...e, moved: { sinceMs, requests: candidate.requests, ofBoth: candidate.requests + stable.requests } }
}

/** Requests of the candidate since traffic moved last. */
export const requestsHere = (e: Evidence): number => e.judge.totals.candidate.requests - e.moved.requests

/** Adds one look. What was gathered at another share goes on: evidence of successive periods multiplies. */
export const addLook = (analysis: Analysis, e: Evidence, look: Look): { evidence: Evidence; verdicts: readonly RuleVerdict[] } =>
  add((share) => judgeFor(analysis, e.past, share), e, { fromMs: look.fromMs, toMs: look.toMs, share: look.share, candidate: increment(look.candidate, e.past), stable: increment(look.stable, e.past) })

/** One look of step `stepIndex`, at a split that began at `sinceMs`: what the rules say, and what is to be kept of it. */
export function takeLook(analysis: Analysis, before: Evidence, look: Look, { sinceMs, stepIndex }: { sinceMs: number; stepIndex: number }): { verdicts: readonly RuleVerdict[]; added: NewEvidence } {
  const { evidence, verdicts } = addLook(analysis, movedAt(before, sinceMs), look)
  return { verdicts, added: { evidence, look, stepIndex, byRule: Object.fromEntries(verdicts.map((v) => [v.name, v.evidence])) } }
}

/** For evidence that begins while there is no split: the first look at one folds the state to its own share. */
export const anyShare = 0.5

/** One look that no comparison counts, at 100% or in a warm-up (`isCold`): recorded alone. */
export const recordLook = (before: Evidence, look: Look, stepIndex: number, isCold = false): NewEvidence => ({ evidence: { ...before, recordedToMs: look.toMs }, look, stepIndex, byRule: {}, isCold })

export const isOfThisJudge = (e: Evidence): boolean => e.version === judgeVersion

/** What the rules say of all that was gathered, without a new look. */
export const saidBy = (analysis: Analysis, e: Evidence): readonly RuleVerdict[] => judgeFor(analysis, e.past, e.share).said(e.judge)

/** What this judge knows of a rollout that another version of it began to judge: the same looks, judged again. Null without any. */
export function judgedAgain(analysis: Analysis, past: Past, recorded: readonly RecordedLook[], sinceMs: number): Evidence | null {
  const looks = recorded.filter((l) => l.share < 1 && !l.isCold)
  const [first] = looks
  if (!first) return null
  const of = ({ requests, errors, latency }: RecordedLook['candidate']): ArmIncrement => ({ requests, errors, latency: knowsLatency(past) ? latency : [] })
  // Making a judge takes longer than a look by it, and there may be thousands.
  const made = new Map([...new Set(looks.map((l) => l.share))].map((share) => [share, judgeFor(analysis, past, share)]))
  const judgeAt = (share: number): Judge => made.get(share) ?? judgeFor(analysis, past, share)
  const here = (e: Evidence, l: RecordedLook) => (l.fromMs >= sinceMs ? movedAt(e, sinceMs) : e)
  return looks.reduce((e, l) => add(judgeAt, here(e, l), { fromMs: l.fromMs, toMs: l.toMs, share: l.share, candidate: of(l.candidate), stable: of(l.stable) }).evidence, beginEvidence(analysis, past, first.share, first.fromMs))
}
