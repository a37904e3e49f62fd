import type { RolloutRow } from '#lib/rollouts/store.ts'

/**
 * The runs after somebody else's change of the split was settled (adopted, restored, or put back by hand). A bake under way
 * begins again: its time and its samples would else be of the split before, or of the one nobody intended, and prove a
 * share that was never watched. Other steps look at the live split themselves and go on.
 */
export function bakeAgain(r: Pick<RolloutRow, 'plan' | 'runs' | 'stepIndex'>, at: string, why: string): RolloutRow['runs'] {
  const run = r.runs[r.stepIndex]
  if (r.plan.steps[r.stepIndex]?.kind !== 'bake' || run?.state !== 'running') return r.runs
  const again = { ...run, startedAt: at, trafficAt: at, tries: [...run.tries, { startedAt: run.startedAt ?? at, endedAt: at, outcome: `begun again: ${why}` }] }
  return r.runs.map((before, i) => (i === r.stepIndex ? again : before))
}
