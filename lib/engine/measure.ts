import 'server-only'
import { DriverError } from '#lib/drivers/errors.ts'
import type { RevisionCounts } from '#lib/drivers/metrics.ts'
import { metricsFor } from '#lib/drivers/registry.ts'
import { compare, type Compared, hasAll, judgedBefore } from '#lib/engine/compare/measure.ts'
import { comparisonsOf } from '#lib/engine/compare/evidence.ts'
import type { NewEvidence } from '#lib/engine/compare/schema.ts'
import { measuresFrom } from '#lib/engine/decide.ts'
import { countsHereFromMs } from '#lib/engine/facts.ts'
import { judged } from '#lib/engine/threshold.ts'
import { unjudged } from '#lib/engine/unjudged.ts'
import { noSampleText, windowFor } from '#lib/engine/window.ts'
import { timingOf } from '#lib/metrics/timing.ts'
import { log } from '#lib/platform/log.ts'
import { msOf } from '#lib/platform/time.ts'
import type { Analysis, CompareRule, RuleVerdict, ThresholdRule as Rule } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'

/** Asked again that soon: it is a property of the source, and asking costs a call before each look. */
const engineTimingAgeMs = 10_000

/** Verdicts, and what the comparisons learned by them, to be saved with the decision that rests on it. */
export type Measured = { verdicts: RuleVerdict[]; added: readonly NewEvidence[] }
export const nothingMeasured: Measured = { verdicts: [], added: [] }

/** Verdicts of every rule now; none when nothing is measured here or the candidate has had no traffic yet. `isOurSplit`: live is as it was last read back. */
export async function measure(r: RolloutRow, nowMs: number, isOurSplit: boolean): Promise<Measured> {
  const since = measuresFrom(r)
  const { metrics, analysis, locator } = r.plan
  if (!since || !metrics || !r.candidate?.revision) return nothingMeasured
  const source = metricsFor(metrics)
  const sinceMs = countsHereFromMs(since, r)
  try {
    const timing = await timingOf(metrics, locator.project, nowMs, engineTimingAgeMs)
    // One read per distinct window, not per rule.
    const reads = new Map<string, Promise<RevisionCounts[]>>()
    // What fails in the comparison must not blind the thresholds, nor the other way round.
    const compared = compare(r, { source, timing, movedMs: msOf(since), sinceMs, nowMs, isOurSplit }).catch((e: unknown) => notCompared(r, nowMs, e))
    const thresholds = Promise.all(
      thresholdsOf(analysis).map(async (rule) => {
        const w = windowFor(rule, sinceMs, nowMs, timing, source.shortestWindowMs)
        if (!w) return keepSince(r, inconclusive(rule, r, nowMs, noSampleText(timing, analysis, sinceMs, nowMs)))
        const key = `${w.fromMs}-${w.toMs}`
        const read = reads.get(key) ?? source.counts(locator, w)
        reads.set(key, read)
        return keepSince(r, await read.then((counts) => judged(rule, r, nowMs, w, counts)).catch((e: unknown) => unreadable(rule, r, nowMs, e)))
      }),
    )
    const [{ verdicts, added }, judgedNow] = await Promise.all([compared, thresholds])
    return { verdicts: inOrder(analysis, [...judgedNow, ...verdicts.map((v) => keepSince(r, v))]), added }
  } catch (e) {
    if (!(e instanceof DriverError)) throw e
    // A comparison that is over is not asked, so nothing failed for it.
    const over = hasAll(r) ? judgedBefore(r) : []
    const asked = analysis.rules.filter((rule) => rule.kind === 'threshold' || !hasAll(r)).map((rule) => keepSince(r, unreadable(rule, r, nowMs, e)))
    return { verdicts: inOrder(analysis, [...asked, ...over]), added: [] }
  }
}

/** The source's fault, never the release's. Anything else is ours and is thrown on. */
function unreadable(rule: Rule | CompareRule, r: RolloutRow, nowMs: number, e: unknown): RuleVerdict {
  if (!(e instanceof DriverError)) throw e
  return { ...unjudged(rule, r, nowMs), verdict: 'error', message: `cannot measure: ${e.message.replace(/\.$/, '')}` }
}

function notCompared(r: RolloutRow, nowMs: number, e: unknown): Compared {
  if (!(e instanceof DriverError)) log.error('A rollout could not be compared with stable', { error: e })
  if (hasAll(r)) return { verdicts: judgedBefore(r), added: [] }
  const why = e instanceof DriverError ? e.message.replace(/\.$/, '') : 'Sluice failed inside; its log names the cause under this rollout'
  return { verdicts: comparisonsOf(r.plan.analysis).map((rule) => ({ ...unjudged(rule, r, nowMs), verdict: 'error', message: `cannot compare: ${why}` })), added: [] }
}

const thresholdsOf = (analysis: Analysis): Rule[] => analysis.rules.filter((rule) => rule.kind === 'threshold')
/** As the strategy lists them. */
const inOrder = (analysis: Analysis, verdicts: readonly RuleVerdict[]): RuleVerdict[] => analysis.rules.flatMap((rule) => verdicts.filter((v) => v.rule === rule.name))

const inconclusive = (rule: Rule, r: RolloutRow, nowMs: number, message: string): RuleVerdict => ({ ...unjudged(rule, r, nowMs), verdict: 'inconclusive', message })

/** `since` stays while the verdict stays, so that "cannot measure for 10 minutes" is counted from its first. */
function keepSince(r: RolloutRow, v: RuleVerdict): RuleVerdict {
  const before = r.verdicts.find((b) => b.rule === v.rule)
  return before && before.verdict === v.verdict && before.stepIndex === v.stepIndex ? { ...v, since: before.since } : v
}
