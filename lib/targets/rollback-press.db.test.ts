import { expect, test } from 'vitest'
import { outsider } from '#lib/engine/testing/outside.ts'
import { person } from '#lib/engine/testing/people.ts'
import { canarySteps, drive, ended, errorSpike, makeTarget, makeWorld, startRollout, straightSteps, type TestTarget } from '#lib/engine/testing/world.ts'
import { withSplit } from '#lib/engine/traffic.ts'
import { db } from '#lib/platform/db/client.ts'
import { findRollout } from '#lib/rollouts/store.ts'
import { observeTarget } from '#lib/targets/observe.ts'
import { rollBack } from '#lib/targets/rollback.ts'
import { view } from '#lib/targets/service.ts'

const w = await makeWorld()
const cloud = outsider(w)
const onCall = person('on_call')
const reason = 'errors at night'

async function ship(t: TestTarget, ...tags: string[]): Promise<string[]> {
  const names: string[] = []
  for (const tag of tags) names.push((await drive(w, await startRollout(w, t, tag, straightSteps), ended)).candidate?.revision ?? '')
  return names
}
const liveSplit = async (t: TestTarget) => Object.fromEntries(((await cloud.read(t)).trafficStatuses ?? []).filter((s) => s.percent).map((s) => [s.revision, s.percent]))
const rollbackOf = (t: TestTarget) => db.rollout.findFirstOrThrow({ where: { targetId: t.id, kind: 'rollback' } })

test('a press on a rollback that is held writes it again', async () => {
  const t = await makeTarget(w)
  const [r1 = ''] = await ship(t, 'v1.0.0', 'v1.1.0')
  await w.cloud.control('faults', { rpc: 'UpdateService', service: t.locator.service, kind: 'error', status: 403, times: 2 })
  await expect(rollBack(onCall, { id: t.id, reason })).rejects.toMatchObject({ code: 'provider_error' })
  const held = await drive(w, (await rollbackOf(t)).id, (r) => r.state === 'held')
  const again = await rollBack(onCall, { id: t.id, reason })
  expect(again.id).toBe(held.id)
  expect((await drive(w, again.id, ended)).state).toBe('succeeded')
  expect(await liveSplit(t)).toEqual({ [r1]: 100 })
})

test('a press whose revision was deleted a moment ago goes to the one proven before, in the same press', async () => {
  const t = await makeTarget(w)
  const [r1 = '', r2 = '', r3 = ''] = await ship(t, 'v1.0.0', 'v1.1.0', 'v1.2.0')
  const [op] = await cloud.revisions.deleteRevision({ name: `${t.fullName}/revisions/${r2}` })
  await op.promise()
  const back = await rollBack(onCall, { id: t.id, reason })
  expect(back.split.desired).toEqual({ [r1]: 100 })
  expect((await drive(w, back.id, ended)).state).toBe('succeeded')
  expect(await liveSplit(t)).toEqual({ [r1]: 100 })
  expect(await db.rollout.count({ where: { targetId: t.id, kind: 'rollback' } })).toBe(1)
  const left = await db.targetRevision.findFirstOrThrow({ where: { targetId: t.id, name: r3 } })
  expect((await db.targetHold.findFirstOrThrow({ where: { targetId: t.id, liftedAt: null } })).digests).toEqual([left.digest])
})

test('right after an automatic rollback a press that names nothing is that rollback; one that names a revision goes there', async () => {
  const t = await makeTarget(w)
  const [r1 = '', r2 = ''] = await ship(t, 'v1.0.0', 'v1.1.0')
  const failed = await drive(w, await startRollout(w, t, 'v1.2.0-err5', canarySteps, errorSpike), ended)
  expect(failed.state).toBe('rolled_back')
  await w.cloud.control('calls', undefined, 'DELETE')
  expect((await rollBack(onCall, { id: t.id, reason })).id).toBe(failed.id)
  expect((await rollBack(onCall, { id: t.id, reason, revision: r2 })).id).toBe(failed.id)
  expect(await w.cloud.calls({ write: true })).toEqual([])
  const further = await rollBack(onCall, { id: t.id, reason, revision: r1 })
  expect((await drive(w, further.id, ended)).state).toBe('succeeded')
  // One hold by now, on both images: who lifts it has to know each.
  expect((await view(onCall, { id: t.id })).heldImages.map((i) => i.versions).toSorted()).toEqual([['v1.1.0'], ['v1.2.0-err5']])
  expect(await liveSplit(t)).toEqual({ [r1]: 100 })
})

test('a rollback that just ended does not answer for what was changed outside since', async () => {
  const t = await makeTarget(w)
  const [r1 = '', r2 = ''] = await ship(t, 'v1.0.0', 'v1.1.0')
  const first = await drive(w, (await rollBack(onCall, { id: t.id, reason })).id, ended)
  await cloud.setSplit(t, { [r2]: 100 })
  const second = await rollBack(onCall, { id: t.id, reason })
  expect(second.id).not.toBe(first.id)
  expect((await drive(w, second.id, ended)).state).toBe('succeeded')
  expect(await liveSplit(t)).toEqual({ [r1]: 100 })
})

test('a provider that is away for long does not stop a rollback', async () => {
  const t = await makeTarget(w)
  const [r1 = ''] = await ship(t, 'v1.0.0', 'v1.1.0')
  await w.cloud.control('faults', { rpc: 'UpdateService', service: t.locator.service, kind: 'error', status: 503, times: 16 })
  await expect(rollBack(onCall, { id: t.id, reason })).rejects.toMatchObject({ code: 'provider_error' })
  const back = await drive(w, (await rollbackOf(t)).id, (r) => r.state === 'held')
  expect(back.state).toBe('succeeded')
  expect(await liveSplit(t)).toEqual({ [r1]: 100 })
})

test('once a rollback has ended, a press that names another revision means that one', async () => {
  const t = await makeTarget(w)
  const [r1 = '', r2 = ''] = await ship(t, 'v1.0.0', 'v1.1.0', 'v1.2.0')
  const first = await drive(w, (await rollBack(onCall, { id: t.id, reason })).id, ended)
  expect(await liveSplit(t)).toEqual({ [r2]: 100 })
  expect((await rollBack(onCall, { id: t.id, reason, revision: r2 })).id).toBe(first.id)
  const second = await rollBack(onCall, { id: t.id, reason, revision: r1 })
  expect((await drive(w, second.id, ended)).state).toBe('succeeded')
  expect(await liveSplit(t)).toEqual({ [r1]: 100 })
})

test('a weight write still on its way when Roll back is pressed arrives too late', async () => {
  const t = await makeTarget(w)
  const [r1 = ''] = await ship(t, 'v1.0.0')
  const id = await startRollout(w, t, 'v1.1.0', canarySteps)
  const r = await drive(w, id, (x) => x.plan.steps[x.stepIndex]?.kind === 'verify' && x.candidate?.revision !== '')
  // A worker that stood still between saying what it will write and writing it.
  const { observation: o } = await observeTarget(t.id, { maxAgeMs: 0 })
  const candidate = r.candidate?.revision ?? ''
  const traffic = withSplit(o.traffic, { [r1]: 90, [candidate]: 10 }, o.latestReady)
  await db.rollout.update({ where: { id }, data: { intent: { kind: 'traffic', purpose: 'weight', traffic, epoch: r.epoch, at: new Date().toISOString(), etag: o.etag }, desiredSplit: { [r1]: 90, [candidate]: 10 } } })
  const back = await rollBack(onCall, { id: t.id, reason })
  const late = cloud.services.updateService({ service: { name: t.fullName, etag: o.etag, traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision: r1, percent: 90 }, { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision: candidate, percent: 10 }] }, updateMask: { paths: ['traffic'] } })
  await expect(late).rejects.toThrow(/ABORTED|etag|conflict/i)
  expect((await drive(w, back.id, ended)).state).toBe('succeeded')
  expect(await liveSplit(t)).toEqual({ [r1]: 100 })
})

test('a press that comes back after a conflict writes nothing once the target is somebody else\'s', async () => {
  const t = await makeTarget(w)
  await ship(t, 'v1.0.0', 'v1.1.0')
  const before = await liveSplit(t)
  await w.cloud.control('calls', undefined, 'DELETE')
  await w.cloud.control('faults', { rpc: 'UpdateService', service: t.locator.service, kind: 'etag_conflict', times: 1 })
  await w.cloud.control('faults', { rpc: 'GetService', service: t.locator.service, kind: 'delay', delayMs: 1_500, times: 2 })
  const press = rollBack(onCall, { id: t.id, reason })
  const row = await expect.poll(() => db.rollout.findFirst({ where: { targetId: t.id, kind: 'rollback' } }), { timeout: 10_000 }).not.toBeNull().then(() => rollbackOf(t))
  await db.rollout.update({ where: { id: row.id }, data: { state: 'succeeded', endedAt: new Date(), epoch: { increment: 1 } } })
  await press
  expect(await w.cloud.calls({ write: true })).toHaveLength(1)
  expect(await liveSplit(t)).toEqual(before)
  expect((await findRollout(row.id))?.state).toBe('succeeded')
})

test.each(['no-such-target', '-'.repeat(36), crypto.randomUUID()])('a press on %s, which is no target, says that there is none', async (id) => {
  await expect(rollBack(onCall, { id, reason })).rejects.toMatchObject({ code: 'not_found' })
})
