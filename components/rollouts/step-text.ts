import { durationText } from '#components/ui/format.ts'
import { revisionSuffix } from '#components/ui/revision-name.tsx'
import { approversText } from '#lib/access/words.ts'
import type { StepPlan, StepRun } from '#lib/rollouts/schema.ts'

/** The percent the candidate has while step `index` runs: what the last setWeight before it said. */
export const weightAt = (steps: readonly StepPlan[], index: number): number =>
  steps.slice(0, index + 1).reduce((percent, s) => (s.kind === 'setWeight' ? s.percent : percent), 0)

/** One step in words; `run` adds what came out of it. */
export function stepText(steps: readonly StepPlan[], index: number, candidate: string | null, run?: StepRun): string {
  const step = steps[index]
  if (!step) return ''
  switch (step.kind) {
    case 'deploy':
      return `Deploy ${candidate ? revisionSuffix(candidate) : 'a new revision'} at 0%${step.tag ? `, tag ${step.tag}` : ''}`
    case 'verify': {
      const checks = run?.checks ?? []
      return `Verify ${step.suite}, ${checks.length > 0 ? `${checks.filter((c) => c.passed).length} of ${step.checks.length}` : `${step.checks.length} checks`}`
    }
    case 'setWeight':
      return `Send ${step.percent}%`
    case 'bake':
      return `Bake ${durationText(step.durationMs)} at ${weightAt(steps, index)}%`
    case 'approve':
      return `Approval: ${step.rule.name}, ${approversText(step.rule.count, step.rule.roles)}`
    default: {
      const _: never = step
      return _
    }
  }
}
