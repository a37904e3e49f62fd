import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchEmulator } from '#emulator/testing.ts'
import type { Actor } from '#lib/access/actor.ts'
import { moveClock, nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { create } from '#lib/promotions/service.ts'
import { acmeModel } from '#lib/promotions/testing/model.ts'
import { endRollout, makePerson, makeRelease, makeWorld, rolloutsIn, type World } from '#lib/promotions/testing/world.ts'
import { createRollout } from '#lib/rollouts/create.ts'
import { RolloutPlan } from '#lib/rollouts/schema.ts'

const cloud = await launchEmulator()
await testDatabase({ EMULATOR_PORT: String(cloud.port) })
afterAll(() => cloud.stop())

const minuteMs = 60_000
let developer: Actor
let world: World
beforeAll(async () => {
  developer = await makePerson('developer')
  const model = acmeModel()
  for (const e of model.environments) e.approvals = []
  world = await makeWorld(model)
})

const reach = async (release: { id: string }) => {
  const p = await create(developer, { release: release.id, environment: 'staging' })
  await runPromotion(p.id)
  for (const r of await rolloutsIn(p.id)) await endRollout(r.id, 'succeeded')
  await runPromotion(p.id)
  return p.id
}
const unmetOf = async (release: { id: string }) => {
  const p = await create(developer, { release: release.id, environment: 'production' })
  return p.unmet.map((u) => u.code)
}
const target = () => world.targets['staging']?.['api'] ?? ''

test('a release that soaked before a newer one replaced it may still go on; one that did not may not', async () => {
  const [soaked, short, newest] = [await makeRelease(world, ['api']), await makeRelease(world, ['api']), await makeRelease(world, ['api'])]
  await reach(soaked)
  await moveClock(31 * minuteMs)
  await reach(short)
  await moveClock(5 * minuteMs)
  await reach(newest)
  expect(await unmetOf(soaked)).toEqual([])
  expect(await unmetOf(short)).toEqual(['upstream_soak'])
  expect(await unmetOf(newest)).toEqual(['upstream_soak'])
})

test('a release that was rolled back there is not healthy, however long it had soaked', async () => {
  const bad = await makeRelease(world, ['api'])
  const promotionId = await reach(bad)
  await moveClock(60 * minuteMs)
  const [done] = await rolloutsIn(promotionId)
  const before = await db.release.findFirstOrThrow({ where: { applicationId: world.applicationId, id: { not: bad.id } }, orderBy: { createdAt: 'desc' } })
  const back = await db.$transaction(async (tx) => createRollout(tx, { targetId: target(), kind: 'rollback', promotionId: null, releaseId: before.id, groupIndex: 0, plan: { ...RolloutPlan.parse(done?.plan), steps: [] }, contentHash: '', candidate: null, createdBy: 'x', createdById: null, nowMs: await nowMs(tx) }))
  await endRollout(back, 'succeeded')
  expect(await unmetOf(bad)).toEqual(['upstream_rolled_back'])
})
