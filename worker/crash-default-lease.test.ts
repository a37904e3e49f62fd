import { afterEach, expect, test } from 'vitest'
import { bundleVictim } from './testing/bundle.ts'
import { killAll } from './testing/chain.ts'
import { count, makeLane, startWorking } from './testing/lane.ts'

/** With the lease that is the default, as people run it. */
const lane = await makeLane(await bundleVictim(), 10_000)
afterEach(() => lane.killAll())

test('with a lease of 10 s, a rollout whose worker is killed goes on within 11 s', { timeout: 60_000 }, async () => {
  const worker = await startWorking(lane)
  const reference = await count(lane, worker)
  const writes = reference.names.flatMap((name, point) => (name.startsWith('http PATCH') ? [point] : []))
  const kills = writes.flatMap((point) => [{ point, mode: 'before' } as const, { point, mode: 'sent' } as const]).slice(-8)
  const report = await killAll(lane, worker, reference, kills)
  // A walk that did not come to its point is walked again, so it may be more kills than points, never fewer.
  expect(report.killed).toBeGreaterThanOrEqual(kills.length)
  expect(report.missed, 'points that were not come to').toEqual([])
  expect(report.slowestMs).toBeGreaterThan(1_000)
})
