import type { Analysis, StepPlan } from '#lib/rollouts/schema.ts'

type Weight = Extract<StepPlan, { kind: 'setWeight' | 'bake' }>
/** Of a plan, or of a blueprint, whose other steps are spelt otherwise. */
type Step = Weight | { kind: Exclude<StepPlan['kind'], Weight['kind']> }

/** Whether a bake at this share waits for a rule: one that only watches waits for nothing, and at 100% there is no stable to compare with. */
export const isJudgedAt = (percent: number, rules: Analysis['rules']): boolean => percent > 0 && rules.some((r) => r.mode !== 'watch' && (r.kind === 'threshold' || percent < 100))

type Bake = {
  /** Among the steps. */
  index: number
  /** The share it watches. */
  percent: number
  /** As the strategy says. */
  durationMs: number
  /** What it takes when nothing waits: its time, and no less than the warm-up where a rule has to be measured first. */
  plannedMs: number
  /** As planned, or no more than the warm-up where its rules may end it early. */
  leastMs: number
}

/** The bakes of a strategy in order, and what each takes. Without metrics a bake is time alone. */
export function bakesOf(plan: { steps: readonly Step[]; analysis: Analysis; metrics: unknown }): Bake[] {
  let percent = 0
  return plan.steps.flatMap((step, index) => {
    if (step.kind === 'setWeight') percent = step.percent
    if (step.kind !== 'bake') return []
    const isJudged = plan.metrics !== null && isJudgedAt(percent, plan.analysis.rules)
    const coldMs = isJudged ? (plan.analysis.warmUpMs ?? 0) : 0
    const { durationMs } = step
    return [{ index, percent, durationMs, plannedMs: Math.max(durationMs, coldMs), leastMs: step.early && isJudged ? coldMs : Math.max(durationMs, coldMs) }]
  })
}
