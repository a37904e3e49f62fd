import 'server-only'
import { DriverError } from '#lib/drivers/errors.ts'
import type { Metrics, RevisionCounts } from '#lib/drivers/metrics.ts'
import { anyShare, beginEvidence, comparisonsOf, hasCounted, isOfThisJudge, judgedAgain, recordLook, saidBy, takeLook } from '#lib/engine/compare/evidence.ts'
import type { Evidence, Look, NewEvidence } from '#lib/engine/compare/schema.ts'
import { readPast } from '#lib/engine/compare/past.ts'
import { findEvidence, findRecord } from '#lib/engine/compare/store.ts'
import { viewBefore, viewOf, withoutWait } from '#lib/engine/compare/verdict.ts'
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
  const isSeenHere = stored !== null && hasCounted(stored) && stored.toMs > sinceMs
  const asBefore = (why: string) => (isSeenHere ? keptOf(r, () => ofThisJudge(r, stored, sinceMs), at) : notYetHere(r, stored, nowMs, why))
  if (!isShareKnown) return { verdicts: await asBefore('nothing is compared until the split is settled'), added: [] }
  if (share === null) return { verdicts: comparisonsOf(analysis).map((rule) => ({ ...unjudged(rule, r, nowMs), verdict: 'inconclusive', message: 'one of the arms gets no requests, so there is nothing to compare' })), added: [] }
  // Counted or recorded up to here already, on the grid of samples; all that is whole since is one look, or one of each kind.
  const seenToMs = Math.max(stored?.toMs ?? 0, stored?.recordedToMs ?? 0)
  const windows = { cold: coldWindow(Math.max(movedMs, seenToMs), sinceMs, nowMs, timing), warm: windowFor({ overMs: Infinity }, Math.max(sinceMs, seenToMs), nowMs, timing) }
  // Judging the record again takes long, and polls between two looks seldom need it; at 100% nothing is judged.
  const { before, cold, warm } = await looks(r, at, windows, share, () => (isAll ? Promise.resolve(stored) : ofThisJudge(r, stored, sinceMs)))
  const coldAdded = before && cold ? [recordLook(before, cold, r.stepIndex, true)] : []
  const warmBefore = coldAdded[0]?.evidence ?? before
  if (isAll) return { verdicts: judgedBefore(r), added: [...coldAdded, ...(warmBefore && warm ? [recordLook(warmBefore, warm, r.stepIndex)] : [])] }
  if (!warmBefore || !warm) return { verdicts: await asBefore(noSampleText(timing, analysis, sinceMs, nowMs)), added: coldAdded }
  const { verdicts, added } = takeLook(analysis, warmBefore, warm, { sinceMs, stepIndex: r.stepIndex })
  const lagSeconds = windows.warm?.lagSeconds ?? 0
  return { verdicts: comparisonsOf(analysis).map((rule) => viewOf(rule, verdicts, r, added.evidence, { nowMs, lagSeconds })), added: [...coldAdded, added] }
}

/** After Sluice itself changed, an open rollout's evidence is of a judge that is no more: what was recorded is judged again. */
async function ofThisJudge(r: RolloutRow, stored: Evidence | null, sinceMs: number): Promise<Evidence | null> {
  if (stored === null || isOfThisJudge(stored)) return stored
  const record = await findRecord(r.id)
  return record && { ...(judgedAgain(r.plan.analysis, record.past, record.looks, sinceMs) ?? beginEvidence(r.plan.analysis, record.past, stored.share, stored.fromMs)), recordedToMs: stored.recordedToMs }
}

type Looks = { before: Evidence | null; cold: Look | null; warm: Look | null }
type Windows = { cold: Window | null; warm: Window | null }

/** What waiting does not heal: data that is there and makes no sense. */
const lasting: readonly DriverError['kind'][] = ['failed', 'invalid', 'not_found']

/**
 * What the source shows of both windows, asked together, and the evidence that the looks add to. Where nothing counts yet a
 * source that cannot be read costs nothing: what it has is asked for again with the next look. What is broken in a warm-up
 * and stays so is left out of the record, since it must not keep what counts from being judged.
 */
async function looks(r: RolloutRow, { source }: At, windows: Windows, share: number, gathered: () => Promise<Evidence | null>): Promise<Looks> {
  const first = windows.cold ?? windows.warm
  if (!first) return { before: null, cold: null, warm: null }
  const of = (counts: readonly RevisionCounts[], revision: string | undefined): RevisionCounts | null => counts.find((c) => c.revision === revision) ?? null
  const look = async (w: Window | null): Promise<Look | null> => {
    if (w === null) return null
    const { fromMs, toMs } = w
    const counts = await source.counts(r.plan.locator, { fromMs, toMs })
    return { fromMs, toMs, share, candidate: of(counts, r.candidate?.revision), stable: share < 1 ? of(counts, r.stable?.revision) : null }
  }
  const leftOut = (e: unknown): null => {
    if (e instanceof DriverError && lasting.includes(e.kind)) return null
    throw e
  }
  const began = async (): Promise<Evidence> => (await gathered()) ?? begin(r, source, share < 1 ? share : anyShare, first.fromMs)
  try {
    const [before, cold, warm] = await Promise.all([began(), look(windows.cold).catch(leftOut), look(windows.warm)])
    return { before, cold, warm }
  } catch (e) {
    if (windows.warm === null && e instanceof DriverError) return { before: null, cold: null, warm: null }
    throw e
  }
}

const begin = async (r: RolloutRow, source: Metrics, share: number, fromMs: number): Promise<Evidence> =>
  beginEvidence(r.plan.analysis, await readPast(source, r.plan.locator, r.stable?.revision ?? '', r.startedAt?.getTime() ?? fromMs), share, fromMs)

export const hasAll = (r: RolloutRow): boolean => r.candidate !== null && r.observedSplit?.[r.candidate.revision] === 100

/** All traffic is the candidate's: there is nothing to compare with any more. What was said last stays to be read, and decides nothing. */
export const judgedBefore = (r: RolloutRow): RuleVerdict[] =>
  r.verdicts.filter((v) => comparisonsOf(r.plan.analysis).some((rule) => rule.name === v.rule)).map((v) => ({ ...v, message: withoutWait(v.message), past: true }))

/**
 * Traffic moved, and no sample of this split counts yet, for the reason `why`: what is known is of the split before, and is
 * said to be. Evidence of another judge is judged again with the next look; until then a failure alone is known.
 */
async function notYetHere(r: RolloutRow, stored: Evidence | null, nowMs: number, why: string): Promise<RuleVerdict[]> {
  const before = stored !== null && hasCounted(stored) && isOfThisJudge(stored) ? stored : null
  const said = before && saidBy(r.plan.analysis, before)
  return comparisonsOf(r.plan.analysis).map((rule) => {
    if (before && said) return viewBefore(rule, said, r, before, { nowMs, lagSeconds: Math.round((nowMs - before.toMs) / 1000), why })
    const last = r.verdicts.find((v) => v.rule === rule.name && v.verdict === 'fail')
    return last ? { ...last, stepIndex: r.stepIndex, past: undefined, at: isoOf(nowMs) } : { ...unjudged(rule, r, nowMs), verdict: 'inconclusive', message: why }
  })
}

/**
 * No newer sample: what was judged last still holds, and its lag grows. A verdict without a window, as that of a source that
 * could not be read, says nothing of the candidate: then the evidence itself is asked again.
 */
async function keptOf(r: RolloutRow, gathered: () => Promise<Evidence | null>, { nowMs, sinceMs, timing }: At): Promise<RuleVerdict[]> {
  const lagSeconds = (toMs: number) => Math.round((nowMs - toMs) / 1000)
  const rules = comparisonsOf(r.plan.analysis)
  const lastOf = (rule: CompareRule) => r.verdicts.find((v) => v.rule === rule.name && v.windowTo !== null)
  const before = rules.every(lastOf) ? null : await gathered()
  const said = before && saidBy(r.plan.analysis, before)
  return rules.map((rule) => {
    const last = lastOf(rule)
    if (last?.windowTo) return { ...last, stepIndex: r.stepIndex, past: undefined, lagSeconds: lagSeconds(Date.parse(last.windowTo)), at: isoOf(nowMs) }
    if (before === null || said === null) return { ...unjudged(rule, r, nowMs), verdict: 'inconclusive', message: noSampleText(timing, r.plan.analysis, sinceMs, nowMs) }
    return viewOf(rule, said, r, before, { nowMs, lagSeconds: lagSeconds(before.toMs) })
  })
}
