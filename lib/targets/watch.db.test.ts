import { expect, test } from 'vitest'
import { outsider } from '#lib/engine/testing/outside.ts'
import { person } from '#lib/engine/testing/people.ts'
import { drive, ended, makeTarget, makeWorld, startRollout, straightSteps } from '#lib/engine/testing/world.ts'
import { db } from '#lib/platform/db/client.ts'
import { plan } from '#lib/targets/shift.ts'
import { view } from '#lib/targets/service.ts'
import { observeTarget } from '#lib/targets/observe.ts'
import { dueTargets, observeAndJudge, observeQuietly } from '#lib/targets/watch.ts'

const w = await makeWorld()

test('targets that cannot be read do not keep the others from being read', async () => {
  const broken = [await makeTarget(w, 'broken-1'), await makeTarget(w, 'broken-2')]
  const sound = await makeTarget(w)
  await w.cloud.control('faults', { rpc: 'GetService', service: 'broken-', kind: 'error', status: 403 })
  await db.target.updateMany({ where: { id: sound.id }, data: { snapshotAt: new Date(0) } })
  expect(await dueTargets(2)).toEqual(broken.map((t) => t.id))
  for (const t of broken) await observeQuietly(t.id)
  expect(await dueTargets(2)).toEqual([sound.id])
  await w.cloud.control('clock', { advanceMs: 61_000 })
  await expect.poll(() => dueTargets(5), { message: 'and are tried again a minute later' }).toHaveLength(3)
})

test('a page that keeps reading a target keeps nobody from noticing what was changed outside', async () => {
  const t = await makeTarget(w)
  const [r1, r2] = [await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended), await drive(w, await startRollout(w, t, 'v1.1.0', straightSteps), ended)].map((r) => r.candidate?.revision ?? '')
  await outsider(w).setSplit(t, { [`${r1}`]: 100 })
  const drift = async () => {
    await observeAndJudge(t.id)
    return (await db.target.findUniqueOrThrow({ where: { id: t.id } })).drift
  }
  // Readers within two seconds share one read.
  await expect.poll(drift, { timeout: 5_000 }).toMatchObject({ expected: { [`${r2}`]: 100 }, observed: { [`${r1}`]: 100 } })
  expect(await dueTargets(50), 'just read, so the watch itself would not look within the next minute').not.toContain(t.id)
})

test('a plan that reads a target says at once what was changed outside, and the page does not call it intended', async () => {
  const t = await makeTarget(w)
  const [r1 = '', r2 = ''] = [await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended), await drive(w, await startRollout(w, t, 'v1.1.0', straightSteps), ended)].map((r) => r.candidate?.revision ?? '')
  await outsider(w).setSplit(t, { [r1]: 50, [r2]: 50 })
  await plan(person('release_manager'), { id: t.id, split: { [r2]: 100 } })
  expect((await view(person('viewer'), { id: t.id })).drift).toMatchObject({ expected: { [r2]: 100 }, observed: { [r1]: 50, [r2]: 50 } })
})

test('a first sight that was cut short is still the first sight the next time', async () => {
  const t = await makeTarget(w)
  const { services } = outsider(w)
  const parent = `projects/${t.locator.project}/locations/${t.locator.region}`
  const template = (tag: string) => ({ containers: [{ image: `europe-docker.pkg.dev/test/api/api:${tag}` }] })
  const [made] = await services.createService({ parent, serviceId: t.locator.service, service: { template: template('v0.9.0') } })
  await made.promise()
  const serving = (await outsider(w).read(t)).latestReadyRevision?.split('/').at(-1) ?? ''
  await outsider(w).setSplit(t, { [serving]: 100 })
  const [added] = await services.updateService({ service: { name: t.fullName, template: template('v0.9.1') }, updateMask: { paths: ['template'] } })
  await added.promise()

  // Newest first: the one that serves is stored last, and there the process ends.
  await db.$executeRawUnsafe(`alter table target_revision add constraint cut_short check (name <> '${serving}')`)
  await expect(observeTarget(t.id, { maxAgeMs: 0 })).rejects.toThrow('cut_short')
  await db.$executeRawUnsafe('alter table target_revision drop constraint cut_short')

  await observeTarget(t.id, { maxAgeMs: 0 })
  const stored = await db.targetRevision.findMany({ where: { targetId: t.id }, select: { name: true, proven: true } })
  expect(stored).toHaveLength(2)
  expect(stored).toContainEqual({ name: serving, proven: 'observed' })
})
