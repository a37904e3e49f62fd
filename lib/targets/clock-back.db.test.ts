import { expect, test } from 'vitest'
import { outsider } from '#lib/engine/testing/outside.ts'
import { person } from '#lib/engine/testing/people.ts'
import { canarySteps, drive, ended, makeTarget, makeWorld, startRollout, straightSteps, type TestTarget } from '#lib/engine/testing/world.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { rollBack } from '#lib/targets/rollback.ts'
import { view } from '#lib/targets/service.ts'
import { dueTargets, observeQuietly } from '#lib/targets/watch.ts'

const w = await makeWorld()
const cloud = outsider(w)
const dayMs = 86_400_000

const ship = async (t: TestTarget, tag: string) => (await drive(w, await startRollout(w, t, tag, straightSteps), ended)).candidate?.revision ?? ''

/** A reading of the clock is trusted for half a second, and a target may ship in less. */
async function setForward(): Promise<void> {
  const before = await nowMs(db)
  await w.cloud.control('clock', { advanceMs: dayMs })
  await expect.poll(() => nowMs()).toBeGreaterThan(before + dayMs / 2)
}

/** What was done until now was done tomorrow: a database that failed over, or a person who set the demo's clock back. */
async function setBack(): Promise<void> {
  const before = await nowMs(db)
  await w.cloud.control('clock', { reset: true })
  await expect.poll(() => nowMs()).toBeLessThan(before - dayMs / 2)
}

test('Roll back finds the rollout that is open, although it is dated before one that has ended', async () => {
  const t = await makeTarget(w)
  await setForward()
  const r1 = await ship(t, 'v1.0.0')
  await setBack()
  const id = await startRollout(w, t, 'v1.1.0', canarySteps)
  await drive(w, id, (r) => r.plan.steps[r.stepIndex]?.kind === 'bake')
  const back = await drive(w, (await rollBack(person('on_call'), { id: t.id, reason: 'errors' })).id, ended)
  expect(back).toMatchObject({ state: 'succeeded', desiredSplit: { [r1]: 100 } })
  expect((await db.rollout.findUniqueOrThrow({ where: { id } })).state).toBe('superseded')
})

test('what is live is read and judged again at once, not when the clock is where it was', async () => {
  const t = await makeTarget(w)
  await setForward()
  const [r1, r2] = [await ship(t, 'v1.0.0'), await ship(t, 'v1.1.0')]
  await observeQuietly(t.id)
  await setBack()
  await cloud.setSplit(t, { [r1]: 100 })
  expect(await dueTargets(50)).toContain(t.id)
  await observeQuietly(t.id)
  const seen = await view(person('viewer'), { id: t.id })
  expect(seen.drift).toMatchObject({ expected: { [r2]: 100 }, observed: { [r1]: 100 } })
  expect(Date.parse(seen.asOf ?? '')).toBeLessThanOrEqual(await nowMs(db))
})
