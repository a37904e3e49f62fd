import { expect, test } from 'vitest'
import { outsider } from '#lib/engine/testing/outside.ts'
import { drive, ended, makeTarget, makeWorld, startRollout, straightSteps } from '#lib/engine/testing/world.ts'
import { db } from '#lib/platform/db/client.ts'
import { dueTargets, observeForPage, observeQuietly } from '#lib/targets/watch.ts'

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
    await observeForPage(t.id)
    return (await db.target.findUniqueOrThrow({ where: { id: t.id } })).drift
  }
  // Readers within two seconds share one read.
  await expect.poll(drift, { timeout: 5_000 }).toMatchObject({ expected: { [`${r2}`]: 100 }, observed: { [`${r1}`]: 100 } })
  expect(await dueTargets(50), 'just read, so the watch itself would not look within the next minute').not.toContain(t.id)
})