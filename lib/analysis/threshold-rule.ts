import { judgeThreshold, thresholdMethod } from '#lib/analysis/threshold.ts'
import { unitCause } from '#lib/analysis/feed.ts'
import { rateInterval } from '#lib/analysis/interval.ts'
import { type ArmTotals, counted, foreignState, percent, type RuleJudge, type RuleState, type RuleVerdict, type Seen, type Threshold } from '#lib/analysis/rule.ts'

/** The window moves on by a tenth of its length, so that its state stays a few numbers however often it is looked at. */
const slotsPerWindow = 10

type Slot = ArmTotals & { fromT: number }

const added = (a: readonly number[], b: readonly number[]): number[] => Array.from({ length: Math.max(a.length, b.length) }, (_, j) => (a[j] ?? 0) + (b[j] ?? 0))

const together = (slots: readonly Slot[]): ArmTotals =>
  slots.reduce<ArmTotals>((sum, s) => ({ requests: sum.requests + s.requests, errors: sum.errors + s.errors, latency: added(sum.latency, s.latency) }), {
    requests: 0,
    errors: 0,
    latency: [],
  })

function fill(slots: readonly Slot[], { t, look }: Seen, overSeconds: number | undefined): Slot[] {
  const kept = overSeconds === undefined ? slots : slots.filter((s) => s.fromT > t - overSeconds)
  const last = kept.at(-1)
  const { requests, errors, latency } = look.candidate
  if (last && (overSeconds === undefined || t - last.fromT < overSeconds / slotsPerWindow)) {
    return [...kept.slice(0, -1), { fromT: last.fromT, requests: last.requests + requests, errors: last.errors + errors, latency: added(last.latency, latency) }]
  }
  return [...kept, { fromT: t, requests, errors, latency: [...latency] }]
}

/**
 * The candidate's value against an absolute limit. Below the minimum of requests there is no verdict. A fail stays. The reason of an error
 * rate carries its interval, which holds at every look; a rate is a fact about these requests, so no evidence is counted.
 */
export function thresholdRule(given: { name: string; share: number; threshold: Threshold; edgesMs: readonly number[]; masses: readonly number[] }): RuleJudge {
  const { name, threshold } = given
  const boundsMs = [...given.edgesMs, Infinity]
  const judged = (slots: readonly Slot[]) => {
    const seen = together(slots)
    return { seen, outcome: judgeThreshold(threshold, { requests: seen.requests, errors: seen.errors, latency: { boundsMs, counts: seen.latency } }) }
  }
  const sentence = (seen: ArmTotals, value: number | null): string => {
    if (value === null) return `nothing measured in ${counted(seen.requests)} requests`
    if (threshold.metric !== 'error_rate') return `${counted(Math.round(value))} ms in ${counted(seen.requests)} requests, at most ${counted(threshold.max)} ms allowed`
    const { low, high } = rateInterval({ events: seen.errors, requests: seen.requests })
    return `${percent(value)} (${percent(low)} to ${percent(high)}) of ${counted(seen.requests)} requests failed, at most ${percent(threshold.max)} allowed`
  }

  return {
    name,
    comparesArms: false,
    start: { kind: 'threshold', slots: [], failedAt: null },
    cause({ look }) {
      if (threshold.metric === 'error_rate') return null
      if (look.candidate.requests > 0 && look.candidate.latency.length === 0) return 'latency missing'
      return unitCause(look, given.masses)
    },
    step(state, seen): RuleState {
      if (state.kind !== 'threshold') throw foreignState(name)
      const slots = fill(state.slots, seen, threshold.overSeconds)
      return { kind: 'threshold', slots, failedAt: state.failedAt ?? (judged(slots).outcome.verdict === 'fail' ? seen.t : null) }
    },
    verdict(state, totals): RuleVerdict {
      if (state.kind !== 'threshold') throw foreignState(name)
      const { seen, outcome } = judged(state.slots)
      const counts = {
        candidate: { requests: seen.requests, events: seen.errors },
        stable: { requests: totals.stable.requests, events: totals.stable.errors },
      }
      const base = { name, evidence: null, method: thresholdMethod, counts }
      if (state.failedAt !== null) return { ...base, verdict: 'fail', reason: `Over the limit at ${state.failedAt} s: now ${sentence(seen, outcome.value)}` }
      const enough = seen.requests >= threshold.minRequests
      const lead = enough ? 'Within the limit' : `Not enough requests, ${counted(seen.requests)} of ${counted(threshold.minRequests)}`
      return { ...base, verdict: outcome.verdict, reason: `${lead}: ${sentence(seen, outcome.value)}` }
    },
    forecast(state) {
      if (state.kind !== 'threshold') throw foreignState(name)
      const missing = Math.max(threshold.minRequests - together(state.slots).requests, 0)
      return { requests: state.failedAt === null ? Math.ceil(missing / given.share) : 0, atLeast: false }
    },
    // Traffic moved: the window is of what came since.
    fold(state) {
      if (state.kind !== 'threshold') throw foreignState(name)
      return { ...state, slots: [] }
    },
  }
}
