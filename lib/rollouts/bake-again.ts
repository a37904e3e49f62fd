import type { Split } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'

/** How the outcome of a try begins that a move of traffic ended. */
export const begunAgain = 'begun again: '

/**
 * The runs after somebody else's change of the split was settled at `split` (adopted, restored, or put back by hand). What is
 * measured begins anew from here: samples since would else be of the split before, or of the one nobody intended. A bake
 * under way begins again with it, since its time would prove a share that was never watched; other steps go on.
 */
export function bakeAgain(r: Pick<RolloutRow, 'plan' | 'runs' | 'stepIndex' | 'candidate'>, split: Split, at: string, why: string): RolloutRow['runs'] {
  const run = r.runs[r.stepIndex]
  if (run?.state !== 'running' && run?.state !== 'pending') return r.runs
  const isBake = r.plan.steps[r.stepIndex]?.kind === 'bake' && run.state === 'running'
  const hasMoved = r.runs.slice(0, r.stepIndex + 1).some((before) => before.trafficAt !== null || before.measuredFrom !== undefined)
  // A candidate without traffic is not measured, from here neither.
  if (!isBake && !hasMoved && (split[r.candidate?.revision ?? ''] ?? 0) === 0) return r.runs
  const again = isBake ? { ...run, startedAt: at, measuredFrom: at, tries: [...run.tries, { startedAt: run.startedAt ?? at, endedAt: at, outcome: `${begunAgain}${why}` }] } : { ...run, measuredFrom: at }
  return r.runs.map((before, i) => (i === r.stepIndex ? again : before))
}
