import { afterAll, beforeEach, expect, test } from 'vitest'
import { launchEmulator } from '#emulator/testing.ts'
import type { Actor } from '#lib/access/actor.ts'
import { moveClock } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { create, view } from '#lib/promotions/service.ts'
import { endOpen, endRollout, makePerson, makeRelease, openIn, openServices, stateOf, withStaging } from '#lib/promotions/testing/world.ts'
import { meetDatabase } from '#lib/restored/service.ts'

// Targets read as absent: rollouts end by what the engine would write, no test here makes a call of one.
const cloud = await launchEmulator()
await testDatabase({ EMULATOR_PORT: String(cloud.port) })
afterAll(() => cloud.stop())

let developer: Actor
beforeEach(async () => {
  developer = await makePerson('developer')
  await meetDatabase()
})

const promote = async () => create(developer, { release: (await makeRelease(await withStaging())).id, environment: 'staging' })
const started = async () => {
  const p = await promote()
  await runPromotion(p.id)
  return p
}
/** What a dump carries along: which database it was taken of. */
const restore = () => db.databaseIdentity.updateMany({ data: { identity: 'the database that the backup was taken of' } })

test('one that waits starts when a person presses start, and not by itself', async () => {
  const p = await promote()
  await restore()
  await runPromotion(p.id)
  expect(await view(developer, { id: p.id })).toMatchObject({ state: 'ready', unmet: [expect.objectContaining({ code: 'start' })] })
  expect(await openServices(p.id)).toEqual([])
  expect(await db.auditEvent.count({ where: { subjectId: p.id, verb: 'promotion.waits_for_start' } })).toBe(1)
})

test('one that rolls out goes on once its rollout does', async () => {
  const p = await started()
  await restore()
  await runPromotion(p.id)
  expect((await openIn(p.id)).map((r) => r.state)).toEqual(['held'])
  await endOpen(p.id, 'succeeded')
  expect(await openServices(p.id)).toEqual(['promotion worker'])
})

test('between two services the second is not begun', async () => {
  const p = await started()
  for (const r of await openIn(p.id)) await endRollout(r.id, 'succeeded')
  await restore()
  await runPromotion(p.id)
  expect(await openServices(p.id)).toEqual([])
  expect(await stateOf(p.id)).toBe('failed')
})

test('one that takes its services back ends where it is', async () => {
  const p = await started()
  await endOpen(p.id, 'succeeded')
  await endOpen(p.id, 'failed')
  expect(await openServices(p.id)).toEqual(['rollback api'])
  await moveClock(600_000)
  await restore()
  await runPromotion(p.id)
  expect(await openServices(p.id)).toEqual([])
  expect(await view(developer, { id: p.id })).toMatchObject({ state: 'failed', endReason: expect.stringContaining('restored') })
})

test('with every service out it only ends', async () => {
  const p = await started()
  await endOpen(p.id, 'succeeded')
  for (const r of await openIn(p.id)) await endRollout(r.id, 'succeeded')
  await restore()
  await runPromotion(p.id)
  expect(await stateOf(p.id)).toBe('succeeded')
})
