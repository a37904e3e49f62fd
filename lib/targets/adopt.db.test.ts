import { expect, test } from 'vitest'
import { outsider } from '#lib/engine/testing/outside.ts'
import { person } from '#lib/engine/testing/people.ts'
import { canarySteps, drive, ended, makeTarget, makeWorld, startRollout, straightSteps, type TestTarget } from '#lib/engine/testing/world.ts'
import { db } from '#lib/platform/db/client.ts'
import { advance, pause } from '#lib/rollouts/service.ts'
import { rollBack } from '#lib/targets/rollback.ts'
import { adopt, restore, view } from '#lib/targets/service.ts'
import { observeQuietly } from '#lib/targets/watch.ts'

const w = await makeWorld()
const cloud = outsider(w)
const manager = person('release_manager')
const reason = 'seen'

async function ship(t: TestTarget, ...tags: string[]): Promise<string[]> {
  const names: string[] = []
  for (const tag of tags) names.push((await drive(w, await startRollout(w, t, tag, straightSteps), ended)).candidate?.revision ?? '')
  return names
}
const slowReads = (t: TestTarget) => w.cloud.control('faults', { rpc: 'GetService', service: t.locator.service, kind: 'delay', delayMs: 1_500, times: 1 })

test('what was adopted at 100% is stable, and Roll back does not lead to what was left', async () => {
  const t = await makeTarget(w)
  const [r1, r2] = await ship(t, 'v1.0.0', 'v1.1.0', 'v1.2.0')
  await cloud.setSplit(t, { [r2 ?? '']: 100 })
  await observeQuietly(t.id)
  expect((await view(manager, { id: t.id })).drift).not.toBeNull()
  const adopted = await adopt(manager, { id: t.id, reason })
  expect(adopted).toMatchObject({ drift: null, stable: { revision: r2 }, rollback: { revision: r1 } })
})

test('a service that was deleted and adopted so is made anew by the next release', async () => {
  const t = await makeTarget(w)
  await ship(t, 'v1.0.0')
  const [op] = await cloud.services.deleteService({ name: t.fullName })
  await op.promise()
  await observeQuietly(t.id)
  expect((await view(manager, { id: t.id })).drift?.message).toContain('deleted outside')
  await expect(restore(manager, { id: t.id, reason })).rejects.toMatchObject({ code: 'refused', unmet: [expect.objectContaining({ code: 'service_gone' })] })
  expect(await adopt(manager, { id: t.id, reason })).toMatchObject({ drift: null, stable: null })
  const again = await drive(w, await startRollout(w, t, 'v1.1.0', straightSteps), ended)
  expect(again).toMatchObject({ state: 'succeeded', stable: null })
})

test('a restore that was asked before a rollback does not undo it', async () => {
  const t = await makeTarget(w)
  const [r1, r2] = await ship(t, 'v1.0.0', 'v1.1.0')
  await slowReads(t)
  const asked = restore(manager, { id: t.id, reason }).catch((e: unknown) => e)
  await expect.poll(async () => (await w.cloud.calls({ write: false, rpc: 'GetService', service: t.locator.service })).some((c) => c.status === null)).toBe(true)
  await drive(w, (await rollBack(manager, { id: t.id, reason })).id, ended)
  expect(await asked).toMatchObject({ code: 'plan_changed' })
  expect(await db.rollout.count({ where: { targetId: t.id, kind: 'shift' } })).toBe(0)
  expect((await cloud.read(t)).trafficStatuses?.filter((s) => s.percent).map((s) => s.revision)).toEqual([r1])
  expect(r2).toBeTruthy()
})

test('an adoption does not reach into a rollout that began meanwhile', async () => {
  const t = await makeTarget(w)
  await ship(t, 'v1.0.0')
  await slowReads(t)
  const asked = adopt(manager, { id: t.id, reason }).catch((e: unknown) => e)
  await expect.poll(async () => (await w.cloud.calls({ write: false, rpc: 'GetService', service: t.locator.service })).some((c) => c.status === null)).toBe(true)
  const id = await startRollout(w, t, 'v1.1.0', canarySteps)
  expect(await asked).toMatchObject({ code: 'refused', unmet: [{ code: 'target_busy' }] })
  expect((await drive(w, id, ended)).state).toBe('succeeded')
})

test('a choice made on an older reading is refused with what is live now', async () => {
  const t = await makeTarget(w)
  const [r1, r2] = await ship(t, 'v1.0.0', 'v1.1.0')
  await cloud.setSplit(t, { [r1 ?? '']: 30, [r2 ?? '']: 70 })
  await observeQuietly(t.id)
  const etag = (await view(manager, { id: t.id })).live?.etag ?? ''
  await cloud.setSplit(t, { [r1 ?? '']: 80, [r2 ?? '']: 20 })
  const refusal = { code: 'plan_changed', message: expect.stringContaining(`it is now at 80% ${r1}, 20% ${r2}. Nothing was done`) }
  await expect(adopt(manager, { id: t.id, etag, reason })).rejects.toMatchObject(refusal)
  await expect(restore(manager, { id: t.id, etag, reason })).rejects.toMatchObject(refusal)
  expect(await db.rollout.count({ where: { targetId: t.id, kind: 'shift' } })).toBe(0)
})

test('a rollout that moved on refuses what was pressed on an older one, in words and with every reason', async () => {
  const t = await makeTarget(w)
  await ship(t, 'v1.0.0')
  const id = await startRollout(w, t, 'v1.1.0', canarySteps)
  const shown = await drive(w, id, (r) => r.state === 'running' && r.plan.steps[r.stepIndex]?.kind === 'bake')
  await pause(manager, { id, version: shown.version })
  await expect(advance(manager, { id, version: shown.version, reason })).rejects.toMatchObject({
    code: 'stale_version',
    message: expect.stringMatching(/^the rollout moved on since you read it, and nothing was done\. Paused at \d+%/),
    unmet: [expect.objectContaining({ code: 'state' })],
  })
  await rollBack(manager, { id: t.id, reason })
})

test('restoring does not ship again what is held here; what is live may be adopted', async () => {
  const t = await makeTarget(w)
  const [r1 = '', r2 = ''] = await ship(t, 'v1.0.0', 'v1.1.0')
  await drive(w, (await rollBack(manager, { id: t.id, reason })).id, ended)
  await cloud.setSplit(t, { [r1]: 50, [r2]: 50 })
  await adopt(manager, { id: t.id, reason })
  await cloud.setSplit(t, { [r1]: 100 })
  await observeQuietly(t.id)
  expect((await view(manager, { id: t.id })).drift).toMatchObject({ expected: { [r1]: 50, [r2]: 50 } })
  await w.cloud.control('calls', undefined, 'DELETE')
  await expect(restore(manager, { id: t.id, reason })).rejects.toMatchObject({ code: 'refused', unmet: [expect.objectContaining({ code: 'hold', message: expect.stringContaining(r2) })] })
  expect(await w.cloud.calls({ write: true })).toEqual([])
  expect(await adopt(manager, { id: t.id, reason })).toMatchObject({ drift: null, stable: { revision: r1 } })
})
