import 'server-only'
import { type ArmCounts, forecastMs, judgeThreshold, metricValue } from '#lib/analysis/threshold.ts'
import { DriverError } from '#lib/drivers/errors.ts'
import type { RevisionCounts } from '#lib/drivers/metrics.ts'
import { metricsFor } from '#lib/drivers/registry.ts'
import { compare, type Compared, unjudged } from '#lib/engine/compare/measure.ts'
import { comparisonsOf } from '#lib/engine/compare/evidence.ts'
import type { NewEvidence } from '#lib/engine/compare/schema.ts'
import { measuresFrom } from '#lib/engine/decide.ts'
import { log } from '#lib/platform/log.ts'
import { isoOf, msOf } from '#lib/platform/time.ts'
import type { Analysis, RuleVerdict, ThresholdRule as Rule } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'

type Timing = { samplePeriodMs: number; ingestDelayMs: number }
type Window = { fromMs: number; toMs: number; lagSeconds: number }

/**
 * Whole samples after the step's traffic write and before what the source has not shown yet; at most `over` long, or the
 * source's shortest window where that is longer. Null while there is none.
 */
export function windowFor(rule: { overMs: number }, trafficAtMs: number, nowMs: number, t: Timing, shortestMs = 0): Window | null {
  const up = (ms: number) => Math.ceil(ms / t.samplePeriodMs) * t.samplePeriodMs
  const down = (ms: number) => Math.floor(ms / t.samplePeriodMs) * t.samplePeriodMs
  const toMs = down(nowMs - t.ingestDelayMs)
  const fromMs = Math.max(up(trafficAtMs), toMs - Math.max(rule.overMs, shortestMs))
  return toMs > fromMs ? { fromMs, toMs, lagSeconds: Math.round((nowMs - toMs) / 1000) } : null
}

/** Verdicts, and what the comparisons learned by them, to be saved with the decision that rests on it. */
export type Measured = { verdicts: RuleVerdict[]; added: NewEvidence | null }
export const nothingMeasured: Measured = { verdicts: [], added: null }

/** Verdicts of every rule now; none when nothing is measured here or the candidate has had no traffic yet. */
export async function measure(r: RolloutRow, nowMs: number): Promise<Measured> {
  const since = measuresFrom(r)
  const { metrics, analysis, locator } = r.plan
  if (!since || !metrics || !r.candidate?.revision) return nothingMeasured
  const source = metricsFor(metrics)
  try {
    const timing = await source.timing(locator.project)
    // One read per distinct window, not per rule.
    const reads = new Map<string, Promise<RevisionCounts[]>>()
    // What fails in the comparison must not blind the thresholds.
    const compared = compare(r, source, timing, msOf(since), nowMs).catch((e: unknown) => notCompared(r, nowMs, e))
    const thresholds = Promise.all(
      thresholdsOf(analysis).map(async (rule) => {
        const w = windowFor(rule, msOf(since), nowMs, timing, source.shortestWindowMs)
        if (!w) return keepSince(r, inconclusive(rule, r, nowMs, `no sample yet: the source shows requests about ${Math.ceil((timing.samplePeriodMs + timing.ingestDelayMs) / 1000)} s late`))
        const key = `${w.fromMs}-${w.toMs}`
        const read = reads.get(key) ?? source.counts(locator, w)
        reads.set(key, read)
        return keepSince(r, judged(rule, r, nowMs, w, await read))
      }),
    )
    const [{ verdicts, added }, judgedNow] = await Promise.all([compared, thresholds])
    return { verdicts: inOrder(analysis, [...judgedNow, ...verdicts.map((v) => keepSince(r, v))]), added }
  } catch (e) {
    if (!(e instanceof DriverError)) throw e
    const message = `cannot measure: ${e.message.replace(/\.$/, '')}`
    const blanks = [...thresholdsOf(analysis).map((rule) => blank(rule, r, nowMs)), ...comparisonsOf(analysis).map((rule) => unjudged(rule, r, nowMs))]
    return { verdicts: inOrder(analysis, blanks.map((b) => keepSince(r, { ...b, verdict: 'error', message }))), added: null }
  }
}

function notCompared(r: RolloutRow, nowMs: number, e: unknown): Compared {
  if (!(e instanceof DriverError)) log.error('A rollout could not be compared with stable', { error: e })
  const why = e instanceof DriverError ? e.message.replace(/\.$/, '') : 'Sluice failed inside; its log names the cause under this rollout'
  return { verdicts: comparisonsOf(r.plan.analysis).map((rule) => ({ ...unjudged(rule, r, nowMs), verdict: 'error', message: `cannot compare: ${why}` })), added: null }
}

const thresholdsOf = (analysis: Analysis): Rule[] => analysis.rules.filter((rule) => rule.kind === 'threshold')
/** As the strategy lists them. */
const inOrder = (analysis: Analysis, verdicts: readonly RuleVerdict[]): RuleVerdict[] => analysis.rules.flatMap((rule) => verdicts.filter((v) => v.rule === rule.name))

const blank = (rule: Rule, r: RolloutRow, nowMs: number): Omit<RuleVerdict, 'verdict' | 'message'> => ({
  rule: rule.name, mode: rule.mode, revision: r.candidate?.revision ?? '', stepIndex: r.stepIndex, value: null, limit: rule.max, requests: null, errors: null,
  minRequests: rule.minRequests, windowFrom: null, windowTo: null, lagSeconds: null, stable: null, forecastAt: null, since: isoOf(nowMs), at: isoOf(nowMs),
})

const inconclusive = (rule: Rule, r: RolloutRow, nowMs: number, message: string): RuleVerdict => ({ ...blank(rule, r, nowMs), verdict: 'inconclusive', message })

function judged(rule: Rule, r: RolloutRow, nowMs: number, w: Window, counts: readonly RevisionCounts[]): RuleVerdict {
  const of = (revision: string | undefined): ArmCounts | null => counts.find((c) => c.revision === revision) ?? null
  const out = judgeThreshold(rule, of(r.candidate?.revision))
  const stable = of(r.stable?.revision)
  const leftMs = out.verdict === 'inconclusive' ? forecastMs(out.requests, rule.minRequests, w.toMs - w.fromMs) : null
  return {
    ...blank(rule, r, nowMs),
    verdict: out.verdict,
    message: sentence(rule, out, leftMs, r),
    value: out.value,
    requests: out.requests,
    errors: out.errors,
    windowFrom: isoOf(w.fromMs),
    windowTo: isoOf(w.toMs),
    lagSeconds: w.lagSeconds,
    stable: stable && { requests: stable.requests, errors: stable.errors, value: metricValue(rule.metric, stable) },
    forecastAt: leftMs === null ? null : isoOf(nowMs + leftMs),
  }
}

/** "3,000", "0.53%", "5%": as the figures beside the sentence are written. */
const counted = (n: number): string => n.toLocaleString('en-US')
const shown = (rule: Rule, v: number): string => (rule.metric === 'error_rate' ? `${(v * 100).toFixed(v * 100 < 1 ? 2 : 1).replace(/\.0+$/, '')}%` : `${counted(Math.round(v))} ms`)

function sentence(rule: Rule, out: { verdict: string; value: number | null; requests: number; errors: number }, leftMs: number | null, r: RolloutRow): string {
  if (out.verdict === 'inconclusive') {
    const share = r.candidate ? (r.observedSplit?.[r.candidate.revision] ?? 0) : 0
    const left = leftMs === null ? '' : `, about ${leftMs < 90_000 ? `${Math.ceil(leftMs / 1000)} s` : `${Math.ceil(leftMs / 60_000)} min`} at ${share}%`
    return `${counted(out.requests)} of ${counted(rule.minRequests)} requests${left}`
  }
  const what = rule.metric === 'error_rate' ? `${counted(out.errors)} of ${counted(out.requests)} requests failed, ${shown(rule, out.value ?? 0)}` : `${rule.metric.replace('latency_', '')} ${shown(rule, out.value ?? 0)} over ${counted(out.requests)} requests`
  return `${what}; limit ${shown(rule, rule.max)}`
}

/** `since` stays while the verdict stays, so that "cannot measure for 10 minutes" is counted from its first. */
function keepSince(r: RolloutRow, v: RuleVerdict): RuleVerdict {
  const before = r.verdicts.find((b) => b.rule === v.rule)
  return before && before.verdict === v.verdict && before.stepIndex === v.stepIndex ? { ...v, since: before.since } : v
}
