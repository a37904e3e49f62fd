import { afterAll, expect, test, vi } from 'vitest'
import { db } from '#lib/platform/db/client.ts'
import { reconnected, subscribe } from '#lib/platform/db/notify.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const heard: string[] = []
const stop = subscribe('changes', (payload) => heard.push(payload))
afterAll(stop)

const send = (payload: string) => db.$queryRaw`select pg_notify('changes', ${payload})::text`
const listeners = () => db.$queryRaw<{ pid: number }[]>`select pid from pg_stat_activity where application_name = 'sluice listen' and datname = current_database()`
const untilHeard = (payload: string) =>
  vi.waitFor(async () => {
    await send(payload)
    expect(heard).toContain(payload)
  }, 10_000)

test('a subscriber hears what is sent, over one connection for all', async () => {
  await untilHeard('first')
  const stopOther = subscribe('others', () => undefined)
  expect(await listeners()).toHaveLength(1)
  stopOther()
})

test('a lost connection comes back, and subscribers are told to read again', async () => {
  const [before] = await listeners()
  await db.$queryRaw`select pg_terminate_backend(${before?.pid}::int)`
  await vi.waitFor(() => expect(heard).toContain(reconnected), 10_000)
  await untilHeard('after')
  expect((await listeners())[0]?.pid).not.toBe(before?.pid)
})
