import { drive, ended, makeTarget, startRollout, straightSteps, type TestTarget, type World } from '#lib/engine/testing/world.ts'
import type { Analysis, CompareRule } from '#lib/rollouts/schema.ts'

/** One rule that compares errors with stable's. */
export const compare = (over: Partial<CompareRule> = {}): Analysis => ({
  notEnoughData: { afterMs: 1_800_000, then: 'ask' }, cannotMeasure: { afterMs: 600_000, then: 'ask' },
  rules: [{ name: 'against stable', kind: 'compare', mode: 'rollback', metric: 'error_rate', tolerance: 0, alpha: null, minRequests: 200, ...over }],
})

/** A service that has had traffic for an hour, so that its past is known. */
export async function withPast(w: World, requestsPerSecond: number): Promise<TestTarget> {
  const t = await makeTarget(w)
  await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  await w.cloud.control('load', { service: t.fullName, requestsPerSecond })
  await w.cloud.control('clock', { advanceMs: 3_900_000 })
  return t
}
