import pg from 'pg'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { launchEmulator, type LaunchedEmulator } from '#emulator/testing.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

const { url } = await testDatabase()
const client = new pg.Client({ connectionString: url })
await client.connect()
const started: LaunchedEmulator[] = []
afterAll(async () => {
  await Promise.all(started.map(one => one.stop()))
  await client.end()
})

async function launch(env: Record<string, string>) {
  const emulator = await launchEmulator({ env })
  started.push(emulator)
  return emulator
}
const clockOf = async (emulator: LaunchedEmulator) => (await emulator.control('clock')) as { nowMs: number; offsetMs: number }
const rowOffset = async () => Number((await client.query<{ offset_ms: string }>('select offset_ms from clock where id = 1')).rows[0]?.offset_ms ?? 0)

describe('product time with a database (DESIGN 3, one clock)', () => {
  test('is written to the row, announced, and shared by every emulator of it', async () => {
    const demo = await launch({ DATABASE_URL: url, SLUICE_DEMO: '1' })
    const other = await launch({ DATABASE_URL: url, SLUICE_DEMO: '1' })
    const heard = new Promise<string | undefined>(resolve => client.once('notification', message => resolve(message.payload)))
    await client.query('listen sluice_clock')
    await demo.control('clock', { advanceMs: 3_600_000 })
    expect(await rowOffset()).toBe(3_600_000)
    expect(await heard).toBe('3600000')
    await vi.waitFor(async () => expect((await clockOf(other)).offsetMs).toBe(3_600_000), { timeout: 5000 })
    expect(Math.abs((await clockOf(other)).nowMs - (await clockOf(demo)).nowMs)).toBeLessThan(1000)
    await demo.control('clock', { reset: true })
    expect(await rowOffset()).toBe(0)
  })

  test('follows a row that someone else changed, once it is announced', async () => {
    const emulator = await launch({ DATABASE_URL: url, SLUICE_DEMO: '1' })
    await client.query("begin; insert into clock (id, offset_ms) values (1, 5000) on conflict (id) do update set offset_ms = 5000; select pg_notify('sluice_clock', '5000'); commit")
    await vi.waitFor(async () => expect((await clockOf(emulator)).offsetMs).toBe(5000), { timeout: 5000 })
  })

  test('cannot be moved where there are no demo accounts', async () => {
    const emulator = await launch({ DATABASE_URL: url, SLUICE_DEMO: '0' })
    await expect(emulator.control('clock', { advanceMs: 1000 })).rejects.toThrow(/403.*SLUICE_DEMO=1/)
  })

  test('is the machine\'s, offset 0, while the table is missing, and is read once it is there', async () => {
    const empty = new URL(url)
    await client.query('create database clock_later')
    empty.pathname = '/clock_later'
    const later = new pg.Client({ connectionString: empty.href })
    await later.connect()
    try {
      const emulator = await launch({ DATABASE_URL: empty.href, SLUICE_DEMO: '1' })
      expect((await clockOf(emulator)).offsetMs).toBe(0)
      await later.query('create table clock (id integer primary key, offset_ms bigint not null); insert into clock values (1, 7000)')
      await vi.waitFor(async () => expect((await clockOf(emulator)).offsetMs).toBe(7000), { timeout: 10_000, interval: 100 })
      await started.pop()?.stop()
    } finally {
      await later.end()
      await client.query('drop database clock_later with (force)')
    }
  })
})

describe('product time without a database', () => {
  test('has an offset of its own that may be moved and set', async () => {
    const emulator = await launch({})
    await emulator.control('clock', { offsetMs: -86_400_000 })
    const { nowMs, offsetMs } = await clockOf(emulator)
    expect(offsetMs).toBe(-86_400_000)
    expect(Math.abs(nowMs + 86_400_000 - Date.now())).toBeLessThan(5000)
    await expect(emulator.control('clock', { advance: 1 })).rejects.toThrow(/400/)
  })
})
