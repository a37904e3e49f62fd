import type { Judge, JudgeState } from '#lib/analysis/judge.ts'
import { anyShare, judgeOf, knowsLatency } from '#lib/engine/compare/evidence.ts'
import type { Past, RecordedLook } from '#lib/engine/compare/schema.ts'
import type { Analysis, Rule } from '#lib/rollouts/schema.ts'

/** The first look at which a rule fails; `avoidedErrors` is what the candidate failed after it, above what stable's rate would have. */
export type Stop = { rule: string; mode: Rule['mode']; atMs: number; reason: string; requests: number; avoidedErrors: number }
export type Replay = {
  stop: Stop | null
  /** Rules that the recorded counts cannot answer. */
  unanswered: string[]
  /** Rules that could be asked, and of which no look was: a comparison is asked of none at 100%. */
  unasked: string[]
  /** Looks that a rule was asked of, to the one that stopped it. */
  judgedLooks: number
  /** Looks left out, since the candidate warmed up. */
  coldLooks: number
  /** Since traffic moved last more was left out of what counted then than was looked at: what these rules would have seen had hardly begun. */
  endsCold: boolean
}

/**
 * What a strategy's rules would have said of a rollout, look by look, from the counts that were recorded then. Pure, and
 * the same each time. A rule in mode `watch` stops nothing; the earliest look wins, then the order of the rules. Counts
 * recorded only until the rollout ended tell nothing of what would have come after that. Moments in a reason are seconds
 * since the first look that counts began. `movedMs`: when traffic moved, for a strategy that lets what is new warm up.
 */
export function replay(analysis: Analysis, past: Past, recorded: readonly RecordedLook[], movedMs: readonly number[] = []): Replay {
  const isCounted = (l: RecordedLook) => isWarm(l, movedMs, analysis.warmUpMs ?? 0)
  const looks = recorded.filter(isCounted)
  const left = { coldLooks: recorded.length - looks.length, endsCold: endsCold(recorded, movedMs, isCounted) }
  const answered = analysis.rules.filter((r) => r.metric === 'error_rate' || knowsLatency(past))
  const unanswered = analysis.rules.filter((r) => !answered.includes(r)).map((r) => r.name)
  const first = looks[0]
  if (!first || answered.length === 0) return { stop: null, unanswered, unasked: answered.map((r) => r.name), judgedLooks: 0, ...left }
  const limits = answered.filter((r) => r.kind === 'threshold')
  // At 100% there is nothing to compare with.
  const judgeAt = (share: number): Judge => (share < 1 ? judgeOf(analysis, answered, past, share) : judgeOf(analysis, limits, past, anyShare))
  let share = first.share
  let judged = judgeAt(share)
  let state = judged.start
  // What the comparisons know goes on after a time at 100%.
  let split: JudgeState | null = null
  let judgedLooks = 0
  let comparedLooks = 0
  for (const look of looks) {
    if (look.share >= 1 && limits.length === 0) continue
    judgedLooks += 1
    if (look.share < 1) comparedLooks += 1
    if (look.share !== share) {
      // A limit is of the traffic since it moved.
      if (share < 1) split = judged.fold(state)
      share = look.share
      judged = judgeAt(share)
      state = share < 1 && split !== null ? split : judged.start
    }
    // A limit is about the candidate alone, and the judge wants two arms: it gets this one twice.
    const answer = judged.look(state, { t: (look.toMs - first.fromMs) / 1000, candidate: look.candidate, stable: share < 1 ? look.stable : look.candidate })
    state = answer.state
    const failed = answer.verdicts.find((v) => v.verdict === 'fail' && answered.find((r) => r.name === v.name)?.mode !== 'watch')
    const rule = answered.find((r) => r.name === failed?.name)
    if (failed && rule) return { stop: { rule: rule.name, mode: rule.mode, atMs: look.toMs, reason: failed.reason, requests: failed.counts.candidate.requests, avoidedErrors: avoided(recorded.filter((l) => l.fromMs >= look.toMs), usualRate(recorded, past)) }, unanswered, unasked: [], judgedLooks, ...left }
  }
  return { stop: null, unanswered, unasked: answered.filter((r) => (r.kind === 'compare' ? comparedLooks : judgedLooks) === 0).map((r) => r.name), judgedLooks, ...left }
}

/** Requests that came while the candidate warmed up count for nothing. */
const isWarm = (look: RecordedLook, movedMs: readonly number[], warmUpMs: number): boolean => movedMs.every((at) => at > look.fromMs || look.fromMs >= at + warmUpMs)

function endsCold(recorded: readonly RecordedLook[], movedMs: readonly number[], isCounted: (l: RecordedLook) => boolean): boolean {
  const endMs = recorded.at(-1)?.toMs ?? 0
  const lastMs = Math.max(-Infinity, ...movedMs.filter((at) => at < endMs))
  // What the rollout itself left out told nothing then either.
  const here = recorded.filter((l) => l.fromMs >= lastMs && !l.isCold)
  const spanMs = (looks: readonly RecordedLook[]) => looks.reduce((ms, l) => ms + l.toMs - l.fromMs, 0)
  const countedMs = spanMs(here.filter(isCounted))
  return spanMs(here) > 2 * countedMs
}

const totals = (arms: readonly { requests: number; errors: number }[]) => arms.reduce((sum, arm) => ({ requests: sum.requests + arm.requests, errors: sum.errors + arm.errors }), { requests: 0, errors: 0 })
const rateOf = ({ requests, errors }: { requests: number; errors: number }): number => (requests === 0 ? 0 : errors / requests)

/** How often stable fails by all that is known: before the rollout and beside it. */
function usualRate(looks: readonly RecordedLook[], { minutes }: Past): number {
  const before = minutes.requests.map((requests, i) => ({ requests, errors: minutes.errors[i] ?? 0 }))
  return rateOf(totals([...before, ...looks.map((l) => l.stable)]))
}

/** Errors of the candidate above what stable's rate of the same time would have given; at 100%, where stable has none, above its usual one. */
function avoided(after: readonly RecordedLook[], usual: number): number {
  const excess = (looks: readonly RecordedLook[], rate: number) => totals(looks.map((l) => l.candidate)).errors - totals(looks.map((l) => l.candidate)).requests * rate
  const [split, alone] = [after.filter((l) => l.share < 1), after.filter((l) => l.share >= 1)]
  return Math.max(0, Math.round(excess(split, rateOf(totals(split.map((l) => l.stable)))) + excess(alone, usual)))
}
