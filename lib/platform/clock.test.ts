import { expect, test } from 'vitest'
import { moveClock, nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()

test('product time is the database time until it is moved', async () => {
  expect(Math.abs((await nowMs()) - Date.now())).toBeLessThan(2000)
})

test('moving it shows at once, in and out of transactions', async () => {
  const beforeMs = await nowMs()
  await moveClock(3_600_000)
  expect((await nowMs()) - beforeMs).toBeGreaterThanOrEqual(3_600_000)
  expect(await db.$transaction((tx) => nowMs(tx))).toBeGreaterThanOrEqual(beforeMs + 3_600_000)
})

test('moves add up', async () => {
  const beforeMs = await nowMs()
  await moveClock(1000)
  await moveClock(1000)
  expect((await nowMs()) - beforeMs).toBeGreaterThanOrEqual(2000)
})

test('it goes on inside one transaction', async () => {
  const [first, second] = await db.$transaction(async (tx) => {
    const startMs = await nowMs(tx)
    await tx.$queryRaw`select pg_sleep(0.02)::text`
    return [startMs, await nowMs(tx)]
  })
  expect(second - first).toBeGreaterThanOrEqual(20)
})

test('it never goes back', async () => {
  await expect(moveClock(-1)).rejects.toThrow('not back')
})
