import { expect, test } from 'vitest'
import { outsider } from '#lib/engine/testing/outside.ts'
import { person } from '#lib/engine/testing/people.ts'
import { canarySteps, drive, ended, errorSpike, makeRelease, makeTarget, makeWorld, startRollout, straightSteps, type TestTarget } from '#lib/engine/testing/world.ts'
import { runRollout } from '#lib/engine/run.ts'
import { withSplit } from '#lib/engine/traffic.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import type { StepPlan } from '#lib/rollouts/schema.ts'
import { pause, retry } from '#lib/rollouts/service.ts'
import { findRollout, type RolloutRow } from '#lib/rollouts/store.ts'
import { holdForVeto } from '#lib/rollouts/supersede.ts'
import { openHold } from '#lib/targets/holds.ts'
import { observeTarget } from '#lib/targets/observe.ts'

const w = await makeWorld()
const cloud = outsider(w)
const manager = person('release_manager')
const liveSplit = async (t: TestTarget) => Object.fromEntries(((await cloud.read(t)).trafficStatuses ?? []).filter((s) => s.percent).map((s) => [s.revision, s.percent]))
const baking = (r: RolloutRow) => r.plan.steps[r.stepIndex]?.kind === 'bake' && r.runs[r.stepIndex]?.state === 'running'

async function shipped(): Promise<{ t: TestTarget; stable: string }> {
  const t = await makeTarget(w)
  const first = await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  return { t, stable: first.candidate?.revision ?? '' }
}

test('refused at its first look and tried again, it is a canary and not a first release', async () => {
  const { t, stable } = await shipped()
  await w.cloud.control('faults', { rpc: 'GetService', service: t.locator.service, kind: 'error', status: 403, times: 1 })
  const id = await startRollout(w, t, 'v1.1.0', canarySteps)
  const held = await drive(w, id, (r) => r.state === 'held')
  expect(held.startedAt).toBeNull()
  await retry(manager, { id })
  const r = await drive(w, id, baking)
  expect(r.stable?.revision).toBe(stable)
  expect(await liveSplit(t)).toEqual({ [stable]: 90, [r.candidate?.revision ?? '']: 10 })
})

test('vetoed before its first look and let go again, it is a canary too', async () => {
  const { t, stable } = await shipped()
  const id = await startRollout(w, t, 'v1.2.0', canarySteps)
  const release = await makeRelease(w, 'v1.2.0')
  await db.release.update({ where: { id: release.id }, data: { state: 'vetoed' } })
  await db.$transaction(async (tx) => holdForVeto(tx, release.id, manager, 'bad', await nowMs()))
  await runRollout(id, 'test')
  expect(await findRollout(id)).toMatchObject({ state: 'held', startedAt: null })
  await db.release.update({ where: { id: release.id }, data: { state: 'active' } })
  expect((await drive(w, id, baking)).stable?.revision).toBe(stable)
})

test('an image that came to be held since its promotion started is not shipped', async () => {
  const { t, stable } = await shipped()
  const release = await makeRelease(w, 'v1.3.0')
  await db.$transaction(async (tx) => openHold(tx, { targetId: t.id, digests: [release.digest], releaseId: release.id, rolloutId: release.id, reason: 'errors at night', byName: 'on call', atMs: await nowMs() }))
  await w.cloud.control('calls', undefined, 'DELETE')
  const r = await drive(w, await startRollout(w, t, 'v1.3.0', canarySteps), ended)
  expect(r).toMatchObject({ state: 'cancelled', endReason: expect.stringContaining('errors at night') })
  expect(await w.cloud.calls({ write: true })).toEqual([])
  expect(await liveSplit(t)).toEqual({ [stable]: 100 })
})

test('a failing rule does not send traffic back to code that cannot read the live schema', async () => {
  const t = await makeTarget(w)
  const [before, after] = [await makeRelease(w, 'v2.0.0'), await makeRelease(w, 'v2.1.0-err50')]
  await db.release.update({ where: { id: before.id }, data: { schema: { version: 4, min: 3, max: 4, reversible: true } } })
  await db.release.update({ where: { id: after.id }, data: { schema: { version: 5, min: 5, max: 6, reversible: false } } })
  const stable = (await drive(w, await startRollout(w, t, 'v2.0.0', straightSteps), ended)).candidate?.revision ?? ''
  const id = await startRollout(w, t, 'v2.1.0-err50', canarySteps, errorSpike)
  const held = await drive(w, id, (r) => r.state === 'held')
  expect(held.hold).toMatchObject({ code: 'rule_failed', message: expect.stringMatching(/Not rolled back by itself: .*schema 5/) })
  await runRollout(id, 'again')
  expect((await findRollout(id))?.version).toBe(held.version)
  expect(await liveSplit(t)).toEqual({ [stable]: 90, [held.candidate?.revision ?? '']: 10 })
})

test('a fence does not adopt what somebody else changed meanwhile', async () => {
  const { t, stable } = await shipped()
  const id = await startRollout(w, t, 'v1.4.0', canarySteps)
  const r = await drive(w, id, baking)
  const candidate = r.candidate?.revision ?? ''
  await pause(manager, { id })
  const { observation: o } = await observeTarget(t.id, { maxAgeMs: 0 })
  await db.rollout.update({ where: { id }, data: { intent: { kind: 'traffic', purpose: 'weight', traffic: withSplit(o.traffic, { [stable]: 50, [candidate]: 50 }, o.latestReady), epoch: r.epoch, at: new Date(await nowMs()).toISOString(), etag: o.etag } } })
  await cloud.setSplit(t, { [stable]: 60, [candidate]: 40 })
  const held = await drive(w, id, (x) => x.state === 'held')
  expect(held.hold).toMatchObject({ code: 'outside_change', details: { observed: { [stable]: 60, [candidate]: 40 } } })
  await cloud.setSplit(t, { [stable]: 90, [candidate]: 10 })
  expect((await drive(w, id, (x) => x.state !== 'held')).state, 'the pause is kept').toBe('paused')
})

test('an approve step that nobody met in its time is denied', async () => {
  const { t, stable } = await shipped()
  const steps: StepPlan[] = [{ kind: 'deploy', tag: 'blue' }, { kind: 'setWeight', percent: 10 }, { kind: 'approve', rule: { name: 'qa', count: 1, roles: ['release_manager'], exclude: [], expiresAfterMs: 60_000 } }, { kind: 'setWeight', percent: 100 }]
  const r = await drive(w, await startRollout(w, t, 'v1.5.0', steps), ended)
  expect(r).toMatchObject({ state: 'rolled_back', endReason: expect.stringContaining('expired') })
  expect(await liveSplit(t)).toEqual({ [stable]: 100 })
})
