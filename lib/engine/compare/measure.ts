import 'server-only'
import type { RuleVerdict as Judged } from '#lib/analysis/rule.ts'
import { histogramQuantile } from '#lib/analysis/threshold.ts'
import type { Metrics, RevisionCounts } from '#lib/drivers/metrics.ts'
import { addLook, beginEvidence, comparisonsOf, isOfThisJudge, judgedAgain, movedAt, requestsHere, saidBy } from '#lib/engine/compare/evidence.ts'
import type { Evidence, Look, NewEvidence } from '#lib/engine/compare/schema.ts'
import { readPast } from '#lib/engine/compare/past.ts'
import { forecastOf, saidOf } from '#lib/engine/compare/words.ts'
import { findEvidence, findRecord } from '#lib/engine/compare/store.ts'
import { unjudged } from '#lib/engine/unjudged.ts'
import { noSampleText, type Timing, type Window, windowFor } from '#lib/engine/window.ts'
import { isoOf } from '#lib/platform/time.ts'
import type { CompareRule, RuleVerdict } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'

export type Compared = { verdicts: RuleVerdict[]; added: NewEvidence | null }

/** The candidate's part of what both arms get; null where one of them gets nothing, so that there is nothing to compare. */
function shareOf(r: RolloutRow): number | null {
  const percent = (revision: string | undefined) => (revision === undefined ? 0 : (r.observedSplit?.[revision] ?? 0))
  const [candidate, stable] = [percent(r.candidate?.revision), percent(r.stable?.revision)]
  return candidate > 0 && stable > 0 ? candidate / (candidate + stable) : null
}

/** `isOurSplit`: live is as it was last read back, so the share of the samples since is known. */
type At = { source: Metrics; timing: Timing; sinceMs: number; nowMs: number; isOurSplit: boolean }

/**
 * Verdicts of the rules that compare with stable, from what was gathered and the samples that came since; without such
 * rules the looks alone, by which other rules can be tried on this rollout later. Nothing is written: what was added is
 * saved with the decision that rests on it, or counted again. Samples of a split before, shown only after traffic moved
 * on, are left out.
 */
export async function compare(r: RolloutRow, at: At): Promise<Compared> {
  const { analysis } = r.plan
  const { timing, sinceMs, nowMs } = at
  if (analysis.rules.length === 0) return { verdicts: [], added: null }
  if (r.stable === null || hasAll(r)) return { verdicts: judgedBefore(r), added: null }
  const share = shareOf(r)
  const stored = await findEvidence(r.id)
  // Judging the record again takes long, and polls between two looks seldom need it.
  const gathered = () => ofThisJudge(r, stored, sinceMs)
  const asBefore = () => keptOf(r, gathered, nowMs, timing)
  // Somebody moved traffic, or a write of ours is under way: no share is known for the samples since.
  if (!at.isOurSplit || r.observedSplit === null || r.hold?.code === 'outside_change' || r.intent?.kind === 'traffic') return { verdicts: await asBefore(), added: null }
  if (share === null) return { verdicts: comparisonsOf(analysis).map((rule) => ({ ...unjudged(rule, r, nowMs), verdict: 'inconclusive', message: 'one of the arms gets no requests, so there is nothing to compare' })), added: null }
  // Counted up to here already, on the grid of samples; all that is whole since is one look.
  const samples = windowFor({ overMs: Infinity }, Math.max(sinceMs, stored?.toMs ?? 0), nowMs, timing)
  if (samples) return looked(r, at, await gathered(), samples, share)
  const kept = await asBefore()
  return { verdicts: stored !== null && stored.toMs > sinceMs ? kept : kept.map(notYetHere), added: null }
}

/** After Sluice itself changed, an open rollout's evidence is of a judge that is no more: what was recorded is judged again. */
async function ofThisJudge(r: RolloutRow, stored: Evidence | null, sinceMs: number): Promise<Evidence | null> {
  if (stored === null || isOfThisJudge(stored)) return stored
  const record = await findRecord(r.id)
  return record && judgedAgain(r.plan.analysis, record.past, record.looks, sinceMs)
}

async function looked(r: RolloutRow, { source, sinceMs, nowMs }: At, before: Evidence | null, { lagSeconds, ...samples }: Window, share: number): Promise<Compared> {
  const { analysis, locator } = r.plan
  const stable = r.stable?.revision ?? ''
  const begin = async () => beginEvidence(analysis, await readPast(source, locator, stable, r.startedAt?.getTime() ?? sinceMs), share, samples.fromMs)
  const [counts, started] = await Promise.all([source.counts(locator, samples), before ?? begin()])
  const of = (revision: string | undefined): RevisionCounts | null => counts.find((c) => c.revision === revision) ?? null
  const look: Look = { ...samples, share, candidate: of(r.candidate?.revision), stable: of(stable) }
  const { evidence, verdicts } = addLook(analysis, movedAt(started, sinceMs), look)
  return { verdicts: comparisonsOf(analysis).map((rule) => viewOf(rule, verdicts, r, evidence, { nowMs, lagSeconds })), added: { evidence, look, stepIndex: r.stepIndex, byRule: Object.fromEntries(verdicts.map((v) => [v.name, v.evidence])) } }
}

const hasAll = (r: RolloutRow): boolean => r.candidate !== null && r.observedSplit?.[r.candidate.revision] === 100

/** All traffic is the candidate's: there is nothing to compare with any more. What was said last stays to be read, and decides nothing. */
const judgedBefore = (r: RolloutRow): RuleVerdict[] => r.verdicts.filter((v) => comparisonsOf(r.plan.analysis).some((rule) => rule.name === v.rule)).map((v) => ({ ...v, past: true }))

/** Traffic moved since: what passed at the split before has not been seen at this one. */
const notYetHere = (v: RuleVerdict): RuleVerdict => ({ ...v, standing: undefined, ...(v.verdict === 'pass' && { verdict: 'inconclusive', message: `no sample yet at this split; before it: ${v.message}` }) })

/**
 * No newer sample: what was judged last still holds, and its lag grows. A source that could not be read left no window and
 * says nothing of the candidate: then the evidence itself is asked again.
 */
async function keptOf(r: RolloutRow, gathered: () => Promise<Evidence | null>, nowMs: number, t: Timing): Promise<RuleVerdict[]> {
  const lagSeconds = (toMs: number) => Math.round((nowMs - toMs) / 1000)
  const rules = comparisonsOf(r.plan.analysis)
  const lastOf = (rule: CompareRule) => r.verdicts.find((v) => v.rule === rule.name && (v.verdict !== 'error' || v.windowTo !== null))
  const before = rules.every(lastOf) ? null : await gathered()
  const said = before && saidBy(r.plan.analysis, before)
  return rules.map((rule) => {
    const last = lastOf(rule)
    if (last) return { ...last, stepIndex: r.stepIndex, past: undefined, ...(last.windowTo !== null && { lagSeconds: lagSeconds(Date.parse(last.windowTo)) }), at: isoOf(nowMs) }
    if (before === null || said === null) return { ...unjudged(rule, r, nowMs), verdict: 'inconclusive', message: noSampleText(t) }
    return viewOf(rule, said, r, before, { nowMs, lagSeconds: lagSeconds(before.toMs) })
  })
}

type Seen = { nowMs: number; lagSeconds: number }

const viewOf = (rule: CompareRule, verdicts: readonly Judged[], r: RolloutRow, e: Evidence, at: Seen): RuleVerdict => {
  const judged = verdicts.find((v) => v.name === rule.name)
  return judged ? verdictOf(rule, judged, r, e, at) : { ...unjudged(rule, r, at.nowMs), verdict: 'inconclusive', message: 'stable has too few requests in the hour before the rollout to know its latency: waiting does not help' }
}

/** Half the way to the line: a bake that ends with more than this against the candidate would end on luck. */
const mostEvidence = 0.5

function verdictOf(rule: CompareRule, v: Judged, r: RolloutRow, e: Evidence, at: Seen): RuleVerdict {
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

