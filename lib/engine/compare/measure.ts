import 'server-only'
import { DriverError } from '#lib/drivers/errors.ts'
import type { Metrics, RevisionCounts } from '#lib/drivers/metrics.ts'
import { anyShare, beginEvidence, comparisonsOf, hasCounted, isOfThisJudge, judgedAgain, recordLook, saidBy, takeLook } from '#lib/engine/compare/evidence.ts'
import type { Evidence, Look, NewEvidence } from '#lib/engine/compare/schema.ts'
import { readPast } from '#lib/engine/compare/past.ts'
import { findEvidence, findRecord } from '#lib/engine/compare/store.ts'
import { viewBefore, viewOf } from '#lib/engine/compare/verdict.ts'
import { unjudged } from '#lib/engine/unjudged.ts'
import { coldWindow, noSampleText, type Timing, type Window, windowFor } from '#lib/engine/window.ts'
import { isoOf } from '#lib/platform/time.ts'
import type { CompareRule, RuleVerdict } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'

/** `added`: the looks that came, oldest first. */
export type Compared = { verdicts: RuleVerdict[]; added: readonly NewEvidence[] }

/** The candidate's part of what both arms get; null where one of them gets nothing, so that there is nothing to compare. */
function shareOf(r: RolloutRow): number | null {
  const percent = (revision: string | undefined) => (revision === undefined ? 0 : (r.observedSplit?.[revision] ?? 0))
  const [candidate, stable] = [percent(r.candidate?.revision), percent(r.stable?.revision)]
  return candidate > 0 && stable > 0 ? candidate / (candidate + stable) : null
}

/** `movedMs`: when traffic moved; `sinceMs`: from when on requests count; `isOurSplit`: live is as it was last read back, so the share of the samples since is known. */
type At = { source: Metrics; timing: Timing; movedMs: number; sinceMs: number; nowMs: number; isOurSplit: boolean }

/**
 * Verdicts of the rules that compare with stable, from what was gathered and the samples that came since; without such
 * rules the looks alone, by which other rules can be tried on this rollout later. Nothing is written: what was added is
 * saved with the decision that rests on it, or counted again. Samples of a split before, shown only after traffic moved
 * on, are left out; those of a warm-up, and those at 100%, are recorded and not counted.
 */
export async function compare(r: RolloutRow, at: At): Promise<Compared> {
  const { analysis } = r.plan
  const { timing, movedMs, sinceMs, nowMs } = at
  if (analysis.rules.length === 0 || r.stable === null) return { verdicts: [], added: [] }
  const isAll = hasAll(r)
  // Somebody moved traffic, or a write of ours is under way: no share is known for the samples since.
  const isShareKnown = at.isOurSplit && r.observedSplit !== null && r.hold?.code !== 'outside_change' && r.intent?.kind !== 'traffic'
  if (isAll && !isShareKnown) return { verdicts: judgedBefore(r), added: [] }
  const share = isAll ? 1 : shareOf(r)
  const stored = await findEvidence(r.id)
  // Judging the record again takes long, and polls between two looks seldom need it.
  const gathered = () => (isAll ? Promise.resolve(stored) : ofThisJudge(r, stored, sinceMs))
  if (!isShareKnown) return { verdicts: await keptOf(r, gathered, at), added: [] }
  if (share === null) return { verdicts: comparisonsOf(analysis).map((rule) => ({ ...unjudged(rule, r, nowMs), verdict: 'inconclusive', message: 'one of the arms gets no requests, so there is nothing to compare' })), added: [] }
  // Counted or recorded up to here already, on the grid of samples; all that is whole since is one look, or one of each kind.
  const seenToMs = Math.max(stored?.toMs ?? 0, stored?.recordedToMs ?? 0)
  const cold = await recorded(r, at, gathered, coldWindow(Math.max(movedMs, seenToMs), sinceMs, nowMs, timing), { share, isCold: true })
  const before = () => (cold[0] ? Promise.resolve(cold[0].evidence) : gathered())
  const samples = windowFor({ overMs: Infinity }, Math.max(sinceMs, seenToMs), nowMs, timing)
  if (isAll) return { verdicts: judgedBefore(r), added: [...cold, ...(await recorded(r, at, before, samples, { share, isCold: false }))] }
  if (samples) {
    const { verdicts, added } = await looked(r, at, await before(), samples, share)
    return { verdicts, added: [...cold, added] }
  }
  return { verdicts: stored !== null && hasCounted(stored) && stored.toMs > sinceMs ? await keptOf(r, gathered, at) : await notYetHere(r, gathered, at), added: cold }
}

/** After Sluice itself changed, an open rollout's evidence is of a judge that is no more: what was recorded is judged again. */
async function ofThisJudge(r: RolloutRow, stored: Evidence | null, sinceMs: number): Promise<Evidence | null> {
  if (stored === null || isOfThisJudge(stored)) return stored
  const record = await findRecord(r.id)
  return record && { ...(judgedAgain(r.plan.analysis, record.past, record.looks, sinceMs) ?? beginEvidence(r.plan.analysis, record.past, stored.share, stored.fromMs)), recordedToMs: stored.recordedToMs }
}

async function looked(r: RolloutRow, { source, sinceMs, nowMs }: At, before: Evidence | null, { lagSeconds, ...samples }: Window, share: number): Promise<{ verdicts: RuleVerdict[]; added: NewEvidence }> {
  const { analysis, locator } = r.plan
  const stable = r.stable?.revision ?? ''
  const [counts, started] = await Promise.all([source.counts(locator, samples), before ?? begin(r, source, share, samples.fromMs)])
  const of = (revision: string | undefined): RevisionCounts | null => counts.find((c) => c.revision === revision) ?? null
  const look: Look = { ...samples, share, candidate: of(r.candidate?.revision), stable: of(stable) }
  const { verdicts, added } = takeLook(analysis, started, look, { sinceMs, stepIndex: r.stepIndex })
  return { verdicts: comparisonsOf(analysis).map((rule) => viewOf(rule, verdicts, r, added.evidence, { nowMs, lagSeconds })), added }
}

const begin = async (r: RolloutRow, source: Metrics, share: number, fromMs: number): Promise<Evidence> =>
  beginEvidence(r.plan.analysis, await readPast(source, r.plan.locator, r.stable?.revision ?? '', r.startedAt?.getTime() ?? fromMs), share, fromMs)

/**
 * What no comparison counts is recorded, so that other limits, or a shorter warm-up, can be tried on it later: none or one
 * look. A source that cannot be read is for the rules to say.
 */
async function recorded(r: RolloutRow, { source }: At, gathered: () => Promise<Evidence | null>, window: Window | null, { share, isCold }: { share: number; isCold: boolean }): Promise<NewEvidence[]> {
  if (!window) return []
  const { fromMs, toMs } = window
  const before = await gathered()
  try {
    const [counts, evidence] = await Promise.all([source.counts(r.plan.locator, { fromMs, toMs }), before ?? begin(r, source, share < 1 ? share : anyShare, fromMs)])
    const of = (revision: string | undefined): RevisionCounts | null => counts.find((c) => c.revision === revision) ?? null
    return [recordLook(evidence, { fromMs, toMs, share, candidate: of(r.candidate?.revision), stable: share < 1 ? of(r.stable?.revision) : null }, r.stepIndex, isCold)]
  } catch (e) {
    if (e instanceof DriverError) return []
    throw e
  }
}

export const hasAll = (r: RolloutRow): boolean => r.candidate !== null && r.observedSplit?.[r.candidate.revision] === 100

/** All traffic is the candidate's: there is nothing to compare with any more. What was said last stays to be read, and decides nothing. */
export const judgedBefore = (r: RolloutRow): RuleVerdict[] => r.verdicts.filter((v) => comparisonsOf(r.plan.analysis).some((rule) => rule.name === v.rule)).map((v) => ({ ...v, past: true }))

/** Evidence of which something can be said. */
const counted = (e: Evidence | null): Evidence | null => (e !== null && hasCounted(e) ? e : null)

/** Traffic moved, and no sample of this split counts yet: what is known is of the split before, and is said to be. */
async function notYetHere(r: RolloutRow, gathered: () => Promise<Evidence | null>, { nowMs, sinceMs, timing }: At): Promise<RuleVerdict[]> {
  const why = noSampleText(timing, sinceMs - nowMs)
  const before = counted(await gathered())
  const said = before && saidBy(r.plan.analysis, before)
  return comparisonsOf(r.plan.analysis).map((rule) =>
    before && said ? viewBefore(rule, said, r, before, { nowMs, lagSeconds: Math.round((nowMs - before.toMs) / 1000), why }) : { ...unjudged(rule, r, nowMs), verdict: 'inconclusive', message: why },
  )
}

/**
 * No newer sample: what was judged last still holds, and its lag grows. A verdict without a window, as that of a source that
 * could not be read, says nothing of the candidate: then the evidence itself is asked again.
 */
async function keptOf(r: RolloutRow, gathered: () => Promise<Evidence | null>, { nowMs, sinceMs, timing }: At): Promise<RuleVerdict[]> {
  const lagSeconds = (toMs: number) => Math.round((nowMs - toMs) / 1000)
  const rules = comparisonsOf(r.plan.analysis)
  const lastOf = (rule: CompareRule) => r.verdicts.find((v) => v.rule === rule.name && v.windowTo !== null)
  const before = rules.every(lastOf) ? null : counted(await gathered())
  const said = before && saidBy(r.plan.analysis, before)
  return rules.map((rule) => {
    const last = lastOf(rule)
    if (last?.windowTo) return { ...last, stepIndex: r.stepIndex, past: undefined, lagSeconds: lagSeconds(Date.parse(last.windowTo)), at: isoOf(nowMs) }
    if (before === null || said === null) return { ...unjudged(rule, r, nowMs), verdict: 'inconclusive', message: noSampleText(timing, sinceMs - nowMs) }
    return viewOf(rule, said, r, before, { nowMs, lagSeconds: lagSeconds(before.toMs) })
  })
}
