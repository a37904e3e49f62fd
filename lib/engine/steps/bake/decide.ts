import { counted } from '#lib/analysis/rule.ts'
import { msOf } from '#lib/platform/time.ts'
import { candidateShare, countsFromMs, type Decision, type Facts, pollMs, trafficSince, wait } from '#lib/engine/facts.ts'
import type { RuleVerdict } from '#lib/rollouts/schema.ts'
import { decides, type HoldCode, isUndecided } from '#lib/rollouts/state.ts'

/**
 * A short bake is looked at about ten times, a long one every ten seconds; soon after traffic moved more often, since a
 * release that fails much shows within seconds and a look must not cost more than a tenth of what came before it.
 * `sinceMs`: from when requests began to count, or until they do.
 */
const lookEveryMs = (durationMs: number, sinceMs: number) => Math.max(1_000, Math.min(pollMs, Math.ceil(durationMs / 10), Math.ceil(sinceMs / 10)))

/**
 * A bake needs its time and its verdicts. Failing rollback rules are dealt with before this for every step. Not enough
 * data, or a source that cannot be read, by itself neither advances nor rolls back unless the strategy spells that out.
 */
export function decideBake(f: Facts, step: { durationMs: number; early: boolean }): Decision {
  const startedAtMs = msOf(f.runs[f.stepIndex]?.startedAt ?? '')
  const endsAtMs = startedAtMs + step.durationMs
  const deciding = f.verdicts.filter(decides)
  if (deciding.some((v) => v.verdict === 'fail')) return asks(f, 'rule_failed')
  const unmeasured = deciding.filter((v) => v.verdict === 'error')
  const late = unmeasured.find((v) => f.nowMs - msOf(v.since) >= f.plan.analysis.cannotMeasure.afterMs)
  if (late) return cannotMeasure(f, late)
  const allPass = deciding.every((v) => v.verdict === 'pass')
  if (allPass && step.early && deciding.length > 0) return { kind: 'pass', message: 'every rule passed before the time was over' }
  const everyMs = lookEveryMs(step.durationMs, f.verdicts.length > 0 ? Math.abs(f.nowMs - startedAtMs - (f.plan.analysis.warmUpMs ?? 0)) : Infinity)
  if (f.nowMs < endsAtMs) return { kind: 'wait', untilMs: Math.min(endsAtMs, f.nowMs + everyMs) }
  if (deciding.length === 0) return { kind: 'pass', message: `its time is over; ${unmeasuredText(f)}` }
  const proof = endsOn(deciding)
  if (proof !== null) return { kind: 'pass', message: proof }
  const undecided = deciding.find(isUndecided)
  return undecided && unmeasured.length === 0 ? (notEnoughData(f, undecided) ?? wait(f, everyMs)) : wait(f, everyMs)
}

const isAskedAbout = {
  rule_failed: (v) => v.verdict === 'fail' && decides(v),
  cannot_measure: (v) => v.verdict === 'error' && decides(v),
  not_enough_data: isUndecided,
} satisfies Partial<Record<HoldCode, (v: RuleVerdict) => boolean>>

/** What a person is asked in such a hold, by what every rule says now; empty where none says it any more. */
export function askedNow(verdicts: readonly RuleVerdict[], code: HoldCode): string {
  const isAsked = code in isAskedAbout ? isAskedAbout[code as keyof typeof isAskedAbout] : () => false
  return verdicts.filter(isAsked).map((v) => `${v.rule}: ${v.message}`).join('. Also ')
}

const asks = (f: Facts, code: keyof typeof isAskedAbout): Decision => ({ kind: 'hold', code, message: askedNow(f.verdicts, code) })

/** Comparisons are not asked once the candidate has all traffic. */
const unmeasuredText = (f: Facts): string => (f.plan.metrics !== null && candidateShare(f) === 100 && f.plan.analysis.rules.some((r) => r.kind === 'compare') ? 'with all traffic on it there is no stable to compare with' : 'no rule measures this target')

/**
 * What a bake whose time is over ends on: every deciding rule passes, or a comparison neither fails nor is proven after as much
 * as was asked for, without a sign of worse. Null while one is open.
 */
export function endsOn(deciding: readonly RuleVerdict[]): string | null {
  const open = deciding.filter((v) => v.verdict !== 'pass')
  if (open.some((v) => v.standing !== 'not_worse')) return null
  const passing = `${deciding.length - open.length} of ${deciding.length} rules pass`
  return open.length === 0 ? passing : `its time is over; ${passing}, and ${open.map((v) => `${v.rule} is not shown to be worse in ${counted(v.requests ?? 0)} requests`).join(', ')}`
}

function cannotMeasure(f: Facts, v: RuleVerdict): Decision {
  if (f.plan.analysis.cannotMeasure.then === 'rollback') return { kind: 'rollBack', message: `could not measure "${v.rule}" since ${v.since}, and the strategy says roll back then: ${v.message}`, rule: v.rule }
  return asks(f, 'cannot_measure')
}

function notEnoughData(f: Facts, v: RuleVerdict): Decision | null {
  const since = trafficSince(f) ?? f.runs[f.stepIndex]?.startedAt
  if (!since || f.nowMs - countsFromMs(since, f.plan) < f.plan.analysis.notEnoughData.afterMs) return null
  // What speaks against it is neither a lack of data to go on without, nor enough to take it back.
  if (v.standing === 'leans') return asks(f, 'not_enough_data')
  switch (f.plan.analysis.notEnoughData.then) {
    case 'advance':
      return { kind: 'pass', message: `advanced without enough data, as the strategy says: ${v.rule}: ${v.message}` }
    case 'rollback':
      return { kind: 'rollBack', message: `not enough data, and the strategy says roll back then: ${v.rule}: ${v.message}`, rule: v.rule }
    case 'ask':
      return asks(f, 'not_enough_data')
  }
}
