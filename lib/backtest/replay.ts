import { judge, type JudgeState } from '#lib/analysis/judge.ts'
import type { JudgeRule } from '#lib/analysis/rule.ts'
import { alphas } from '#lib/engine/compare/evidence.ts'
import type { Past, RecordedLook } from '#lib/engine/compare/schema.ts'
import { type Analysis, type Rule, usualAlpha } from '#lib/rollouts/schema.ts'

/** The first look at which a rule fails; `harm` is what the candidate failed after it, above what stable's rate would have. */
export type Stop = { rule: string; mode: Rule['mode']; atMs: number; reason: string; requests: number; avoidedErrors: number }
export type Replay = { stop: Stop | null; /** Rules that the recorded counts cannot answer. */ unanswered: string[] }

/** Fewer requests of the past than these say too little about where latencies lie. */
const leastPast = 100
const isLatency = (r: Rule): boolean => r.metric !== 'error_rate'

const judgeRule = (r: Rule, alpha: number | undefined): JudgeRule =>
  r.kind === 'compare'
    ? { name: r.name, mode: r.mode, compare: { metric: r.metric, tolerance: r.metric === 'error_rate' ? r.tolerance : undefined, alpha } }
    : { name: r.name, mode: r.mode, threshold: { metric: r.metric, max: r.max, minRequests: r.minRequests, overSeconds: r.overMs / 1000 } }

/**
 * What a strategy's rules would have said of a rollout, look by look, from the counts that were recorded then. Pure, and
 * the same each time. A rule in mode `watch` stops nothing; the earliest look wins, then the order of the rules. Counts
 * recorded only until the rollout ended tell nothing of what would have come after that.
 */
export function replay(analysis: Analysis, past: Past, looks: readonly RecordedLook[]): Replay {
  const knowsLatency = past.counts.length > 1 && past.counts.reduce((a, b) => a + b, 0) >= leastPast
  const answered = analysis.rules.filter((r) => !isLatency(r) || knowsLatency)
  const unanswered = analysis.rules.filter((r) => !answered.includes(r)).map((r) => r.name)
  const first = looks[0]
  if (!first || answered.length === 0) return { stop: null, unanswered }
  const parts = alphas(analysis)
  const at = (share: number) => judge({ share, alpha: analysis.alpha ?? usualAlpha, past: past.minutes, hasNoGaps: true, rules: answered.map((r) => judgeRule(r, parts.get(r.name))), ...(knowsLatency && { history: { edgesMs: past.innerMs, stableCounts: past.counts } }) })
  let judged = at(first.share)
  let share = first.share
  let state: JudgeState = judged.start
  for (const [i, look] of looks.entries()) {
    if (look.share !== share) {
      state = judged.fold(state)
      share = look.share
      judged = at(share)
    }
    const answer = judged.look(state, { t: look.toMs / 1000, candidate: look.candidate, stable: look.stable })
    state = answer.state
    const failed = answer.verdicts.find((v) => v.verdict === 'fail' && answered.find((r) => r.name === v.name)?.mode !== 'watch')
    const rule = answered.find((r) => r.name === failed?.name)
    if (failed && rule) return { stop: { rule: rule.name, mode: rule.mode, atMs: look.toMs, reason: failed.reason, requests: failed.counts.candidate.requests, avoidedErrors: avoided(looks.slice(i + 1)) }, unanswered }
  }
  return { stop: null, unanswered }
}

/** Errors of the candidate above what stable's rate of the same time would have given. */
function avoided(after: readonly RecordedLook[]): number {
  const total = (arm: 'candidate' | 'stable', of: 'requests' | 'errors') => after.reduce((n, l) => n + l[arm][of], 0)
  const stableRate = total('stable', 'requests') === 0 ? 0 : total('stable', 'errors') / total('stable', 'requests')
  return Math.max(0, Math.round(total('candidate', 'errors') - total('candidate', 'requests') * stableRate))
}
