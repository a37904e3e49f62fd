import { anyShare, beginEvidence, comparisonsOf, recordLook, takeLook } from '#lib/engine/compare/evidence.ts'
import type { Evidence, Look, NewEvidence } from '#lib/engine/compare/schema.ts'
import { viewOf } from '#lib/engine/compare/verdict.ts'
import { judged } from '#lib/engine/threshold.ts'
import type { Arm, RolloutPlan, RuleVerdict, ThresholdRule } from '#lib/rollouts/schema.ts'
import { drawLooks, drawPast, lagMs, sumOf, type Traffic } from '#prisma/seed/looks.ts'
import { diceOf } from '#prisma/seed/random.ts'

/** One bake as it was watched: from the traffic write to its end, or to what ended it. */
export type Bake = { stepIndex: number; percent: number; trafficMs: number; toMs: number; traffic: Traffic; /** Nothing was there before. */ isFirst: boolean }
/** `added`: a row for each look at a split; `verdicts`: the last of each rule, with no revision's name yet. */
export type Watched = { added: NewEvidence[]; verdicts: RuleVerdict[]; failed: RuleVerdict | null }

// Names come from the cloud later; here both are only told apart.
const armOf = (revision: string): Arm => ({ revision, digest: '', image: '', releaseId: null, version: null })
const [candidate, stable] = [armOf('candidate'), armOf('stable')]

/**
 * Judges the samples of each bake by the engine's own rules and words, look by look, until a rollback rule fails. So that
 * what history says of a rollout is what its rules say of its numbers, which follow from the words.
 */
export function watchBakes(plan: RolloutPlan, bakes: readonly Bake[], words: readonly string[]): Watched {
  const watched: Watched = { added: [], verdicts: [], failed: null }
  for (const bake of bakes) {
    if (watched.failed === null) watchOne(plan, bake, words, watched)
  }
  return watched
}

function watchOne(plan: RolloutPlan, { stepIndex, percent, trafficMs, toMs, traffic, isFirst }: Bake, words: readonly string[], watched: Watched): void {
  const { analysis } = plan
  const share = percent / 100
  const looks = drawLooks(trafficMs, toMs, share, traffic, diceOf(...words, 'traffic', stepIndex))
  const arms = { plan, stepIndex, candidate, stable: share < 1 ? stable : null, observedSplit: { candidate: percent, ...(share < 1 && { stable: 100 - percent }) } }
  for (const [i, look] of looks.entries()) {
    const nowMs = look.toMs + lagMs
    const said = [...thresholdsOf(plan).map((rule) => judged(rule, arms, nowMs, ...windowOf(rule, looks.slice(0, i + 1)))), ...compared(look)]
    const before = watched.verdicts
    watched.verdicts = analysis.rules.flatMap((rule) => said.filter((v) => v.rule === rule.name)).map((v) => ({ ...v, since: sinceOf(v, before) }))
    watched.failed = watched.verdicts.find((v) => v.mode === 'rollback' && v.verdict === 'fail' && v.past !== true) ?? null
    if (watched.failed) return
  }

  function compared(look: Look): RuleVerdict[] {
    const rules = comparisonsOf(analysis)
    if (analysis.rules.length === 0 || isFirst) return []
    const before: Evidence = watched.added.at(-1)?.evidence ?? beginEvidence(analysis, drawPast(traffic, diceOf(...words, 'past')), share < 1 ? share : anyShare, look.fromMs)
    if (share >= 1) {
      watched.added.push(recordLook(before, look, stepIndex))
      return watched.verdicts.filter((v) => rules.some((r) => r.name === v.rule)).map((v) => ({ ...v, past: true }))
    }
    const { verdicts, added } = takeLook(analysis, before, look, { sinceMs: trafficMs, stepIndex })
    watched.added.push(added)
    return rules.map((rule) => viewOf(rule, verdicts, arms, added.evidence, { nowMs: look.toMs + lagMs, lagSeconds: lagMs / 1000 }))
  }
}

const thresholdsOf = (plan: RolloutPlan): ThresholdRule[] => plan.analysis.rules.filter((r) => r.kind === 'threshold')

const sinceOf = (v: RuleVerdict, before: readonly RuleVerdict[]): string => {
  const last = before.find((b) => b.rule === v.rule)
  return last && last.verdict === v.verdict && last.stepIndex === v.stepIndex ? last.since : v.since
}

/** The window of a threshold rule, and what both arms answered in it. */
function windowOf(rule: ThresholdRule, looks: readonly Look[]): [Parameters<typeof judged>[3], Parameters<typeof judged>[4]] {
  const toMs = looks.at(-1)?.toMs ?? 0
  const own = looks.filter((l) => l.fromMs >= toMs - rule.overMs)
  const counts = ([['candidate', sumOf(own.map((l) => l.candidate))], ['stable', sumOf(own.map((l) => l.stable))]] as const).flatMap(([revision, c]) => (c ? [{ revision, requests: c.requests, errors: c.errors, latency: { boundsMs: [...c.latency.boundsMs], counts: [...c.latency.counts] } }] : []))
  return [{ fromMs: own[0]?.fromMs ?? toMs, toMs, lagSeconds: lagMs / 1000 }, counts]
}
