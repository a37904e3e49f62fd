import type { RolloutRow } from '#lib/rollouts/store.ts'

/** Held with every step done and the candidate short of 100% by somebody else's hand: adopt and restore mean something else there. */
export const isHeldAtEnd = (r: Pick<RolloutRow, 'hold' | 'endReason'>): boolean => r.hold?.code === 'outside_change' && r.hold.details?.['atEnd'] === true && r.endReason === null

/** The step that gives the candidate all, from which on it is watched again; -1 when the strategy has none. */
export const lastWeightIndex = (r: Pick<RolloutRow, 'plan'>): number => r.plan.steps.findLastIndex((s) => s.kind === 'setWeight' && s.percent === 100)

/** As if it came to that step for the first time; the tries made so far stay on record. */
export const runAgainFrom = (index: number, runs: RolloutRow['runs']): RolloutRow['runs'] =>
  runs.map((run, i) => (i < index ? run : { state: 'pending', startedAt: null, endedAt: null, trafficAt: null, message: null, tries: run.tries }))
