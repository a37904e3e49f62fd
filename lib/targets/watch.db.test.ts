import { expect, test } from 'vitest'
import { makeTarget, makeWorld } from '#lib/engine/testing/world.ts'
import { db } from '#lib/platform/db/client.ts'
import { dueTargets, observeQuietly } from '#lib/targets/watch.ts'

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
