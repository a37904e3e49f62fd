import 'server-only'
import type { RuleVerdict as Judged } from '#lib/analysis/rule.ts'
import { histogramQuantile } from '#lib/analysis/threshold.ts'
import type { Metrics, RevisionCounts } from '#lib/drivers/metrics.ts'
import { addLook, alphas, beginEvidence, comparisonsOf } from '#lib/engine/compare/evidence.ts'
import type { Evidence, Look, NewEvidence } from '#lib/engine/compare/schema.ts'
import { readPast } from '#lib/engine/compare/past.ts'
import { forecastOf, saidOf } from '#lib/engine/compare/words.ts'
import { findEvidence } from '#lib/engine/compare/store.ts'
import { isoOf } from '#lib/platform/time.ts'
import type { CompareRule, RuleVerdict } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'

type Timing = { samplePeriodMs: number; ingestDelayMs: number }
export type Compared = { verdicts: RuleVerdict[]; added: NewEvidence | null }

/** A verdict before anything is known. */
export const unjudged = (rule: CompareRule, r: RolloutRow, nowMs: number): Omit<RuleVerdict, 'verdict' | 'message'> => ({
  rule: rule.name, mode: rule.mode, revision: r.candidate?.revision ?? '', stepIndex: r.stepIndex, value: null, limit: null, requests: null, errors: null, minRequests: rule.minRequests,
  windowFrom: null, windowTo: null, lagSeconds: null, stable: null, forecastAt: null, evidence: null, since: isoOf(nowMs), at: isoOf(nowMs),
})

/** The candidate's part of what both arms get; null where one of them gets nothing, so that there is nothing to compare. */
function shareOf(r: RolloutRow): number | null {
  const percent = (revision: string | undefined) => (revision === undefined ? 0 : (r.observedSplit?.[revision] ?? 0))
  const [candidate, stable] = [percent(r.candidate?.revision), percent(r.stable?.revision)]
  return candidate > 0 && stable > 0 ? candidate / (candidate + stable) : null
}

/** Whole samples since the traffic moved that are not counted yet; null while there are none. */
function nextSamples(before: Evidence | null, sinceMs: number, nowMs: number, t: Timing): { fromMs: number; toMs: number } | null {
  const fromMs = Math.max(Math.ceil(sinceMs / t.samplePeriodMs) * t.samplePeriodMs, before?.toMs ?? 0)
  const toMs = Math.floor((nowMs - t.ingestDelayMs) / t.samplePeriodMs) * t.samplePeriodMs
  return toMs > fromMs ? { fromMs, toMs } : null
}

/**
 * Verdicts of the rules that compare with stable, from what was gathered and the samples that came since; without such
 * rules the looks alone, by which other rules can be tried on this rollout later. Nothing is written: what was added is saved with the decision that rests on it, or counted again. Samples of a split before,
 * shown only after traffic moved on, are left out.
 */
export async function compare(r: RolloutRow, source: Metrics, timing: Timing, sinceMs: number, nowMs: number): Promise<Compared> {
  const { analysis, locator } = r.plan
  if (analysis.rules.length === 0) return { verdicts: [], added: null }
  // Somebody moved traffic, or a write of ours is under way: no share is known for the samples since.
  if (r.observedSplit === null || r.hold?.code === 'outside_change' || r.intent?.kind === 'traffic') return { verdicts: asBefore(r, nowMs, timing), added: null }
  const share = shareOf(r)
  const before = await findEvidence(r.id)
  const stable = r.stable?.revision
  if (stable === undefined || hasAll(r)) return { verdicts: judgedBefore(r), added: null }
  if (share === null) return { verdicts: comparisonsOf(analysis).map((rule) => ({ ...unjudged(rule, r, nowMs), verdict: 'inconclusive', message: 'one of the arms gets no requests, so there is nothing to compare' })), added: null }
  const samples = nextSamples(before, sinceMs, nowMs, timing)
  if (!samples) return { verdicts: before !== null && before.toMs > sinceMs ? asBefore(r, nowMs, timing) : asBefore(r, nowMs, timing).map(notYetHere), added: null }
  const [counts, started] = await Promise.all([source.counts(locator, samples), before ?? readPast(source, locator, stable, r.startedAt?.getTime() ?? sinceMs).then((past) => beginEvidence(analysis, past, share, samples.fromMs))])
  const of = (revision: string | undefined): RevisionCounts | null => counts.find((c) => c.revision === revision) ?? null
  const look: Look = { ...samples, share, candidate: of(r.candidate?.revision), stable: of(stable) }
  const { evidence, verdicts } = addLook(analysis, started, look)
  const lagSeconds = Math.round((nowMs - samples.toMs) / 1000)
  const views = comparisonsOf(analysis).map((rule) => {
    const judged = verdicts.find((v) => v.name === rule.name)
    return judged ? verdictOf(rule, judged, r, evidence, { nowMs, lagSeconds }) : { ...unjudged(rule, r, nowMs), verdict: 'inconclusive' as const, message: 'stable has too few requests in the hour before the rollout to know its latency' }
  })
  return { verdicts: views, added: { evidence, look, stepIndex: r.stepIndex, byRule: Object.fromEntries(verdicts.map((v) => [v.name, v.evidence])) } }
}

const hasAll = (r: RolloutRow): boolean => r.candidate !== null && r.observedSplit?.[r.candidate.revision] === 100

/** All traffic is the candidate's: there is nothing to compare with any more. What was said last stays to be read, and decides nothing. */
const judgedBefore = (r: RolloutRow): RuleVerdict[] => r.verdicts.filter((v) => comparisonsOf(r.plan.analysis).some((rule) => rule.name === v.rule)).map((v) => ({ ...v, past: true }))

/** Traffic moved since: what passed at the split before has not been seen at this one. */
const notYetHere = (v: RuleVerdict): RuleVerdict => ({ ...v, enough: false, ...(v.verdict === 'pass' && { verdict: 'inconclusive', message: `no sample yet at this split; before it: ${v.message}` }) })

const noSample = (rule: CompareRule, r: RolloutRow, nowMs: number, t: Timing): RuleVerdict => ({ ...unjudged(rule, r, nowMs), verdict: 'inconclusive', message: `no sample yet: the source shows requests about ${Math.ceil((t.samplePeriodMs + t.ingestDelayMs) / 1000)} s late` })

/** No newer sample: what was judged last still holds, and its lag grows. */
const asBefore = (r: RolloutRow, nowMs: number, t: Timing): RuleVerdict[] =>
  comparisonsOf(r.plan.analysis).map((rule) => {
    const last = r.verdicts.find((v) => v.rule === rule.name)
    // The judge named a fault of the feed by a look; a source that could not be read left no window, and may answer by now.
    return last && (last.verdict !== 'error' || last.windowTo !== null) ? { ...last, stepIndex: r.stepIndex, ...(last.windowTo !== null && { lagSeconds: Math.round((nowMs - Date.parse(last.windowTo)) / 1000) }), at: isoOf(nowMs) } : noSample(rule, r, nowMs, t)
  })

/** Half the way to the line: a bake that ends with more than this against the candidate would end on luck. */
const mostEvidence = 0.5

function verdictOf(rule: CompareRule, v: Judged, r: RolloutRow, e: Evidence, at: { nowMs: number; lagSeconds: number }): RuleVerdict {
  const { candidate, stable } = e.judge.totals
  const valueOf = (arm: typeof candidate) => (rule.metric === 'error_rate' ? (arm.requests === 0 ? null : arm.errors / arm.requests) : histogramQuantile([...e.past.innerMs, Infinity], arm.latency, 0.95))
  const hasEnough = v.verdict === 'inconclusive' && candidate.requests >= rule.minRequests && (v.evidence ?? 1) <= mostEvidence
  const forecast = v.verdict === 'inconclusive' ? forecastOf(rule, v, r.plan, e, alphas(r.plan.analysis).get(rule.name) ?? 0) : null
  return {
    ...unjudged(rule, r, at.nowMs),
    // A service that nobody asks is no fault of the source: it is waited for, then a person is asked.
    verdict: v.cause === 'no requests' ? 'inconclusive' : v.verdict,
    message: saidOf(v, forecast),
    value: valueOf(candidate),
    requests: candidate.requests,
    errors: candidate.errors,
    windowFrom: isoOf(e.fromMs),
    windowTo: isoOf(e.toMs),
    lagSeconds: at.lagSeconds,
    stable: { requests: stable.requests, errors: stable.errors, value: valueOf(stable) },
    forecastAt: forecast === null || !Number.isFinite(forecast.seconds) ? null : isoOf(at.nowMs + forecast.seconds * 1000),
    evidence: v.evidence,
    method: v.method,
    ...(hasEnough && { enough: true }),
  }
}

