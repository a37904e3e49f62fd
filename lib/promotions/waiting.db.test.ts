import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchEmulator } from '#emulator/testing.ts'
import type { Actor } from '#lib/access/actor.ts'
import { moveClock } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { create, view } from '#lib/promotions/service.ts'
import { endOpen as end, makePerson, makeRelease, rolloutsIn, stateOf, withStaging, type World } from '#lib/promotions/testing/world.ts'
import { abandon, unveto, veto } from '#lib/releases/service.ts'

// Targets read as absent: rollouts end by what the engine would write, no test here makes a call of one.
const cloud = await launchEmulator()
await testDatabase({ EMULATOR_PORT: String(cloud.port) })
afterAll(() => cloud.stop())

let developer: Actor
let ada: Actor
beforeAll(async () => {
  developer = await makePerson('developer')
  ada = await makePerson('release_manager')
})

const promote = async (world: World) => create(developer, { release: (await makeRelease(world)).id, environment: 'staging' })

test('a veto keeps it waiting; taking it back lets it go', async () => {
  const world = await withStaging()
  const p = await promote(world)
  await veto(ada, { id: p.release.id, reason: 'bad numbers' })
  await runPromotion(p.id)
  expect(await view(developer, { id: p.id })).toMatchObject({ state: 'pending', unmet: [{ code: 'vetoed' }] })
  await unveto(ada, { id: p.release.id, reason: 'was a mistake' })
  await runPromotion(p.id)
  expect(await stateOf(p.id)).toBe('rolling_out')
})

test('a veto holds what rolls out, and warns', async () => {
  const p = await promote(await withStaging())
  await runPromotion(p.id)
  const vetoed = await veto(ada, { id: p.release.id, reason: 'bad numbers' })
  expect(vetoed).toMatchObject({ state: 'vetoed', warnings: [expect.stringContaining('on its way to staging')] })
  expect((await rolloutsIn(p.id))[0]).toMatchObject({ state: 'held', holdReason: { code: 'vetoed' } })
  expect((await view(developer, { id: p.id })).headline).toContain('api is held')
})

test('an abandoned release ends its waiting promotions', async () => {
  const p = await promote(await withStaging())
  await abandon(ada, { id: p.release.id, reason: 'no' })
  await runPromotion(p.id)
  expect(await view(developer, { id: p.id })).toMatchObject({ state: 'cancelled', endReason: 'the release was abandoned' })
})

test('a hold refuses, for everybody', async () => {
  const world = await withStaging()
  const release = await makeRelease(world, ['api'])
  const artifact = await db.artifact.findFirstOrThrow({ where: { releaseId: release.id } })
  await db.targetHold.create({ data: { targetId: world.targets['staging']?.['api'] ?? '', digests: [artifact.digest], reason: 'rolled back', byName: 'x', at: new Date() } })
  const root = await makePerson('admin')
  for (const who of [developer, root]) await expect(create(who, { release: release.id, environment: 'staging' })).rejects.toMatchObject({ code: 'refused', unmet: [expect.objectContaining({ code: 'hold' })] })
})

test('upstream: healthy at 100% there for the soak, then it opens by itself', async () => {
  const world = await withStaging((_, m) => { for (const e of m.environments) e.approvals = [] })
  const release = await makeRelease(world, ['api'])
  const p = await create(developer, { release: release.id, environment: 'production' })
  expect(p.unmet).toMatchObject([{ code: 'upstream_not_reached' }])
  const staging = await create(developer, { release: release.id, environment: 'staging' })
  await runPromotion(staging.id)
  await end(staging.id, 'succeeded')
  const soaking = await view(developer, { id: p.id })
  expect(soaking.unmet).toMatchObject([{ code: 'upstream_soak', opensAt: expect.any(String) }])
  await runPromotion(p.id)
  await moveClock(29 * 60_000)
  await runPromotion(p.id)
  expect(await stateOf(p.id)).toBe('pending')
  await moveClock(60_000)
  await runPromotion(p.id)
  expect(await stateOf(p.id)).toBe('rolling_out')
})

test('upstream: drift there shuts it again', async () => {
  const world = await withStaging((_, m) => { for (const e of m.environments) e.approvals = [] })
  const release = await makeRelease(world, ['api'])
  const staging = await create(developer, { release: release.id, environment: 'staging' })
  await runPromotion(staging.id)
  await end(staging.id, 'succeeded')
  await db.target.update({ where: { id: world.targets['staging']?.['api'] ?? '' }, data: { drift: { expected: {}, observed: {} } } })
  await moveClock(3_600_000)
  const p = await create(developer, { release: release.id, environment: 'production' })
  expect(p.unmet).toMatchObject([{ code: 'upstream_drifted' }])
})
