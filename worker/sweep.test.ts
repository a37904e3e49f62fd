import { expect, test } from 'vitest'
import { db } from '#lib/platform/db/client.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { create } from '#lib/promotions/service.ts'
import { makePerson, makeRelease, withStaging } from '#lib/promotions/testing/world.ts'
import { sweep, sweptOut } from './sweep.ts'

await testDatabase()

test('what was to be looked at tomorrow, by a clock that was set back since, is looked at now', async () => {
  const promotion = await create(await makePerson('developer'), { release: (await makeRelease(await withStaging((s) => (s.start = 'manual')))).id, environment: 'staging' })
  await db.promotion.update({ where: { id: promotion.id }, data: { wakeAt: new Date((await nowMs(db)) + 86_400_000) } })
  await sweep('test')
  await sweptOut()
  const { wakeAt, state } = await db.promotion.findUniqueOrThrow({ where: { id: promotion.id } })
  expect(state).toBe('ready')
  expect(wakeAt?.getTime()).toBeLessThan((await nowMs(db)) + 60_000)
})
