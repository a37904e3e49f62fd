import { expect, test } from 'vitest'
import { type Actor, systemActor } from '#lib/access/actor.ts'
import { outsider } from '#lib/engine/testing/outside.ts'
import { canarySteps, drive, ended, errorSpike, makeTarget, makeWorld, startRollout, straightSteps, type TestTarget } from '#lib/engine/testing/world.ts'
import { runRollout } from '#lib/engine/run.ts'
import { moveClock } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { AppError } from '#lib/platform/errors.ts'
import { unveto, veto } from '#lib/releases/service.ts'
import { findRollout } from '#lib/rollouts/store.ts'
import { rollBack } from '#lib/targets/rollback.ts'
import { observeTarget } from '#lib/targets/observe.ts'
import { plan, shift } from '#lib/targets/shift.ts'
import { unhold, view } from '#lib/targets/service.ts'
import { observeQuietly } from '#lib/targets/watch.ts'

const w = await makeWorld()
const cloud = outsider(w)
const onCall: Actor = { ...systemActor('oncall@example.test'), kind: 'person', grants: [{ role: 'on_call', applicationId: null, environmentId: null }] }
const manager: Actor = { ...systemActor('manager@example.test'), kind: 'person', grants: [{ role: 'release_manager', applicationId: null, environmentId: null }] }
const reason = 'errors at night'

async function ship(t: TestTarget, ...tags: string[]): Promise<string[]> {
  const names: string[] = []
  for (const tag of tags) names.push((await drive(w, await startRollout(w, t, tag, straightSteps), ended)).candidate?.revision ?? '')
  return names
}
const liveSplit = async (t: TestTarget) => Object.fromEntries(((await cloud.read(t)).trafficStatuses ?? []).filter((s) => s.percent).map((s) => [s.revision, s.percent]))
/** A release behind this revision, which the manager vetoed. */
async function vetoedReleaseOf(t: TestTarget, revision: string): Promise<string> {
  const { environment } = await db.target.findUniqueOrThrow({ where: { id: t.id }, select: { environment: { select: { applicationId: true } } } })
  const { id } = await db.release.create({ data: { applicationId: environment.applicationId, version: '0.1.0', commit: 'abc1234', createdBy: 'dev@example.test', createdAt: new Date(0) } })
  await db.targetRevision.updateMany({ where: { targetId: t.id, name: revision }, data: { releaseId: id } })
  await veto(manager, { id, reason: 'it loses mail' })
  return id
}
const code = (e: unknown) => (e instanceof AppError ? (e.unmet?.map((u) => u.code) ?? [e.code]) : [String(e)])

test('goes to the last proven revision, names what it skipped, and a second press is the same rollback', async () => {
  const t = await makeTarget(w)
  const [r1, r2] = await ship(t, 'v1.0.0', 'v1.1.0')
  const failed = await drive(w, await startRollout(w, t, 'v1.2.0-err5', canarySteps, errorSpike), ended)
  const before = await view(onCall, { id: t.id, fresh: '1' })
  expect(before.rollback).toMatchObject({ ready: true, revision: r1, from: { revision: r2 } })
  expect(before.rollback.skipped).toEqual([{ revision: failed.candidate?.revision, reason: 'it was rolled back' }])
  await moveClock(121_000)
  const first = await rollBack(onCall, { id: t.id, reason })
  const second = await rollBack(onCall, { id: t.id, reason })
  expect(second.id).toBe(first.id)
  const done = await drive(w, first.id, ended)
  expect(done.state).toBe('succeeded')
  expect(await liveSplit(t)).toEqual({ [`${r1}`]: 100 })
  const third = await rollBack(onCall, { id: t.id, reason })
  expect(third.id).toBe(first.id)
  const after = await view(onCall, { id: t.id })
  expect(after.hold?.digests.length).toBeGreaterThan(0)
  expect(after.stable?.revision).toBe(r1)
})

test('in the middle of a canary it goes to stable, ends the rollout superseded and holds the candidate', async () => {
  const t = await makeTarget(w)
  const [r1] = await ship(t, 'v1.0.0')
  const id = await startRollout(w, t, 'v1.1.0', canarySteps)
  await drive(w, id, (r) => r.plan.steps[r.stepIndex]?.kind === 'bake')
  const back = await drive(w, (await rollBack(onCall, { id: t.id, reason })).id, ended)
  expect(back.state).toBe('succeeded')
  expect(await liveSplit(t)).toEqual({ [`${r1}`]: 100 })
  expect(await findRollout(id)).toMatchObject({ state: 'superseded' })
  await w.cloud.control('calls', undefined, 'DELETE')
  await runRollout(id, 'late')
  expect(await w.cloud.calls({ write: true })).toEqual([])
  await expect(unhold(manager, { id: t.id, hold: t.id, reason: 'mended' }), 'another hold than the one that was read').rejects.toMatchObject({ code: 'stale_version', message: expect.stringContaining('Nothing was lifted') })
  const lifted = await unhold(manager, { id: t.id, reason: 'mended' })
  expect(lifted.hold).toBeNull()
})

test('before the candidate has a name it ends the rollout and stays on stable, never before it', async () => {
  const t = await makeTarget(w)
  const [, r2] = await ship(t, 'v1.0.0', 'v1.1.0')
  const id = await startRollout(w, t, 'v1.2.0', canarySteps)
  expect((await view(onCall, { id: t.id, fresh: '1' })).rollback).toMatchObject({ ready: true, revision: r2 })
  const back = await drive(w, (await rollBack(onCall, { id: t.id, reason })).id, ended)
  expect(back).toMatchObject({ state: 'succeeded', desiredSplit: { [`${r2}`]: 100 } })
  expect(await findRollout(id)).toMatchObject({ state: 'superseded' })
  const after = await view(onCall, { id: t.id, fresh: '1' })
  expect(after.stable?.revision).toBe(r2)
  expect(after.hold?.digests).toEqual([(await findRollout(id))?.candidate?.digest])
})

test('by live and not by the last snapshot: an unknown version at 100% goes back to stable', async () => {
  const t = await makeTarget(w)
  const [r1, r2] = await ship(t, 'v1.0.0', 'v1.1.0')
  await cloud.setSplit(t, { [`${r1}`]: 100 })
  // The last snapshot still says r2 serves; pressing now must not go before r1.
  expect((await rollBack(onCall, { id: t.id, reason })).split.desired).toEqual({ [`${r2}`]: 100 })
})

test('going to a vetoed release, back or by a split, is warned of with who and why, and is not refused', async () => {
  const t = await makeTarget(w)
  const [r1 = '', r2 = ''] = await ship(t, 'v1.0.0', 'v1.1.0')
  const release = await vetoedReleaseOf(t, r1)
  const warning = '0.1.0 was vetoed by manager@example.test: it loses mail'
  const seen = await view(onCall, { id: t.id, fresh: '1' })
  expect(seen.rollback).toMatchObject({ ready: true, revision: r1, warnings: expect.arrayContaining([warning]) as unknown })
  const away = { id: t.id, split: { [r1]: 30, [r2]: 70 } }
  const planned = await plan(manager, away)
  expect([planned.refusals, planned.warnings]).toEqual([[], [warning]])
  const split = await shift(manager, { ...away, planHash: planned.planHash, reason })
  expect(split.warnings).toEqual([warning])
  await drive(w, split.id, ended)
  expect((await plan(manager, { id: t.id, split: { [r2]: 100 } })).warnings, 'less of it is the way back').toEqual([])
  const back = await rollBack(onCall, { id: t.id, reason, revision: r1 })
  expect(back.warnings).toEqual([warning])
  for (const id of [split.id, back.id]) expect(await db.auditEvent.findFirst({ where: { subjects: { has: `rollout:${id}` }, verb: { in: ['target.shift_requested', 'target.rollback_requested'] } } })).toMatchObject({ message: expect.stringContaining(warning) as unknown })
  await drive(w, back.id, ended)
  await unveto(manager, { id: release, reason: 'it does not' })
  expect((await view(onCall, { id: t.id, fresh: '1' })).rollback.warnings.join()).not.toContain('vetoed')
})

test('a service that was there before: its revision is a target with the warning observed', async () => {
  const t = await makeTarget(w)
  const parent = `projects/${t.locator.project}/locations/${t.locator.region}`
  const [op] = await cloud.services.createService({ parent, serviceId: t.locator.service, service: { template: { containers: [{ image: 'europe-docker.pkg.dev/test/api/api:v0.9.0' }] } } })
  await op.promise()
  const r = await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  expect(r.state).toBe('succeeded')
  const seen = await view(onCall, { id: t.id, fresh: '1' })
  expect(seen.rollback).toMatchObject({ ready: true, proven: 'observed', revision: r.stable?.revision })
  expect(seen.rollback.warnings.join()).toContain('first saw')
})

test('refusals name every reason', async () => {
  const t = await makeTarget(w)
  const [r1] = await ship(t, 'v1.0.0')
  await expect(rollBack(onCall, { id: t.id, reason }).catch(code)).resolves.toEqual(['no_proven_revision'])
  await expect(rollBack(onCall, { id: t.id, reason, revision: 'nope' }).catch(code)).resolves.toEqual(['invalid_input'])
  await expect(rollBack({ ...onCall, grants: [{ role: 'viewer', applicationId: null, environmentId: null }] }, { id: t.id, reason }).catch(code)).resolves.toEqual(['role'])
  const failed = await drive(w, await startRollout(w, t, 'v1.1.0-err5', canarySteps, errorSpike), ended)
  const named = { id: t.id, reason, revision: failed.candidate?.revision ?? '' }
  await expect(rollBack(manager, named).catch(code)).resolves.toEqual(['hold', 'not_proven'])
  // Break-glass passes what was not proven, never a hold.
  await expect(rollBack(onCall, named).catch(code)).resolves.toEqual(['hold'])
  await unhold(onCall, { id: t.id, reason: 'it was the database' })
  expect((await rollBack(onCall, named)).split.desired).toEqual({ [named.revision]: 100 })
  expect(r1).toBeTruthy()
})

test('the provider refuses for a moment: the press says so and the worker brings it back', async () => {
  const t = await makeTarget(w)
  const [r1] = await ship(t, 'v1.0.0', 'v1.1.0')
  await w.cloud.control('faults', { rpc: 'UpdateService', service: t.locator.service, kind: 'error', status: 503, times: 1 })
  const refused = await rollBack(onCall, { id: t.id, reason }).catch((e: unknown) => e)
  expect(refused).toMatchObject({ code: 'provider_error' })
  const row = await db.rollout.findFirstOrThrow({ where: { targetId: t.id, kind: 'rollback' } })
  expect((await drive(w, row.id, ended)).state).toBe('succeeded')
  expect(await liveSplit(t)).toEqual({ [`${r1}`]: 100 })
})

test('a shift writes exactly what its plan showed, or is refused', async () => {
  const t = await makeTarget(w)
  const [r1 = '', r2 = ''] = await ship(t, 'v1.0.0', 'v1.1.0')
  const input = { id: t.id, split: { [r1]: 30, [r2]: 70 } }
  const p = await plan(manager, input)
  expect(p).toMatchObject({ refusals: [], before: { [r2]: 100 }, towardStable: false })
  await expect(plan(manager, { id: t.id, split: { [r1]: 90 } }).catch(code)).resolves.toEqual(['invalid_input'])
  await expect(plan(manager, { id: t.id, split: { ghost: 100 } }).catch(code)).resolves.toEqual(['invalid_input'])
  await cloud.setSplit(t, { [r1]: 50, [r2]: 50 })
  await expect(shift(manager, { ...input, planHash: p.planHash, reason }).catch(code)).resolves.toEqual(['plan_changed'])
  const again = await plan(manager, input)
  const r = await drive(w, (await shift(manager, { ...input, planHash: again.planHash, reason })).id, ended)
  expect(r.state).toBe('succeeded')
  expect(await liveSplit(t)).toEqual({ [r1]: 30, [r2]: 70 })
})

test('a service that was deleted has nowhere to go back to; one made again under its names proves itself anew', async () => {
  const t = await makeTarget(w)
  const [r1] = await ship(t, 'v1.0.0', 'v1.1.0')
  const [op] = await cloud.services.deleteService({ name: `projects/${t.locator.project}/locations/${t.locator.region}/services/${t.locator.service}` })
  await op.promise()
  await observeQuietly(t.id)
  expect((await view(onCall, { id: t.id })).drift?.message).toContain('deleted outside')
  expect((await view(onCall, { id: t.id })).rollback).toMatchObject({ ready: false, revision: null, skipped: [{ reason: 'the provider deleted it' }, { reason: 'the provider deleted it' }] })
  await expect(rollBack(onCall, { id: t.id, reason }).catch(code)).resolves.toEqual(['no_proven_revision'])
  await w.cloud.control('clock', { advanceMs: 60_000 })
  const parent = `projects/${t.locator.project}/locations/${t.locator.region}`
  const [made] = await cloud.services.createService({ parent, serviceId: t.locator.service, service: { template: { containers: [{ image: 'europe-docker.pkg.dev/test/api/api:v0.1.0' }] } } })
  await made.promise()
  await observeTarget(t.id, { maxAgeMs: 0 })
  const again = await db.targetRevision.findUnique({ where: { targetId_name: { targetId: t.id, name: r1 ?? '' } } })
  expect(again === null || again.deletedAt !== null || again.proven === null).toBe(true)
})

test('a revision whose image is gone needs an override, also when it is named', async () => {
  const t = await makeTarget(w)
  const [r1 = ''] = await ship(t, 'v1.0.0', 'v1.1.0')
  await db.targetRevision.update({ where: { targetId_name: { targetId: t.id, name: r1 } }, data: { imageFound: false, imageCheckedAt: new Date() } })
  for (const revision of [undefined, r1]) await expect(rollBack(manager, { id: t.id, reason, revision }).catch(code)).resolves.toEqual(['image_found'])
  expect((await rollBack(onCall, { id: t.id, reason, revision: r1 })).split.desired).toEqual({ [r1]: 100 })
})

test('a hold that grew since it was read is not lifted with what it grew by', async () => {
  const t = await makeTarget(w)
  const [r1 = ''] = await ship(t, 'v1.0.0', 'v1.1.0', 'v1.2.0')
  await drive(w, (await rollBack(onCall, { id: t.id, reason })).id, ended)
  const read = (await view(manager, { id: t.id })).hold
  await drive(w, (await rollBack(onCall, { id: t.id, reason: 'this one, too', revision: r1 })).id, ended)
  const grown = (await view(manager, { id: t.id })).hold
  expect(grown?.digests).toHaveLength(2)
  await expect(unhold(manager, { id: t.id, hold: read?.id, reason: 'mended' })).rejects.toMatchObject({ code: 'stale_version', message: expect.stringContaining('this one, too') })
  expect((await view(manager, { id: t.id })).hold?.digests).toHaveLength(2)
  expect((await unhold(manager, { id: t.id, hold: grown?.id, reason: 'mended' })).hold).toBeNull()
})
