import { afterAll, expect, test } from 'vitest'
import { db } from '#lib/platform/db/client.ts'
import { forgetEnv } from '#lib/platform/env.ts'
import { heartbeatAgeMs, serveHealth, webReadiness } from '#lib/platform/health.ts'
import { countRequest, mayReadMetrics, metricsText } from '#lib/platform/metrics.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { freePort } from '#scripts/postgres.ts'

await testDatabase()

test('ready with no worker at all: the age is a field, not a reason', async () => {
  expect(await webReadiness()).toEqual({ ready: true, database: 'ok', migrations: 'ok', missing: [], workerHeartbeatAgeMs: null })
})

test('a dead worker shows as an old beat and leaves the web ready', async () => {
  await db.workerHeartbeat.create({ data: { id: 'dead', beatAt: new Date(Date.now() - 3_600_000) } })
  const { ready, workerHeartbeatAgeMs } = await webReadiness()
  expect(ready).toBe(true)
  expect(workerHeartbeatAgeMs).toBeGreaterThanOrEqual(3_599_000)
  await db.workerHeartbeat.create({ data: { id: 'alive' } })
  expect(await heartbeatAgeMs()).toBeLessThan(60_000)
})

test('a database behind this version makes the web unready and names what is missing', async () => {
  const [last] = await db.$queryRaw<{ name: string }[]>`select max(migration_name) as name from _prisma_migrations`
  await db.$executeRaw`update _prisma_migrations set finished_at = null where migration_name = ${last?.name}`
  expect(await webReadiness()).toMatchObject({ ready: false, database: 'ok', migrations: 'behind', missing: [last?.name] })
  await db.$executeRaw`update _prisma_migrations set finished_at = now() where migration_name = ${last?.name}`
})

test('metrics are in the text format of Prometheus', async () => {
  countRequest({ route: 'rollouts.view', method: 'GET', status: 200, seconds: 0.01 })
  const { text } = await metricsText()
  expect(text).toContain('sluice_http_requests_total{route="rollouts.view",method="GET",status="200"} 1')
  expect(text).toMatch(/^sluice_queue_jobs\{state="due"\} 0$/m)
  expect(text).toMatch(/^sluice_worker_heartbeat_age_seconds \d/m)
  expect(text).toMatch(/^process_cpu_seconds_total /m)
})

test.each([
  [undefined, '127.0.0.1', true],
  [undefined, '::ffff:127.0.0.1', true],
  [undefined, '10.0.0.1', false],
  [undefined, '127.0.0.1, 10.0.0.1', false],
  [undefined, '127.0.0.1.example.test', false],
  [undefined, undefined, false],
])('without a token, metrics are for this machine: %s from %s → %s', (authorization, address, expected) => {
  expect(mayReadMetrics(authorization, address)).toBe(expected)
})

test('with a token, metrics are for its bearer alone', () => {
  process.env['SLUICE_METRICS_TOKEN'] = 'a token of sixteen'
  forgetEnv()
  expect(mayReadMetrics('Bearer a token of sixteen', '10.0.0.1')).toBe(true)
  expect(mayReadMetrics('Bearer a token of sixteem', '127.0.0.1')).toBe(false)
  expect(mayReadMetrics('Bearer a token of sixtee\u00e9', '127.0.0.1'), 'as many letters, more bytes').toBe(false)
  delete process.env['SLUICE_METRICS_TOKEN']
  forgetEnv()
})

test('a process that is no web server answers for itself', async () => {
  let ready = false
  const port = await freePort()
  const server = await serveHealth(port, () => ready)
  afterAll(() => void server?.close())
  const base = `http://127.0.0.1:${port}`
  const status = async (path: string) => (await fetch(base + path)).status
  expect([await status('/healthz'), await status('/readyz'), await status('/metrics'), await status('/other')]).toEqual([200, 503, 200, 404])
  ready = true
  expect(await status('/readyz')).toBe(200)
  expect(await serveHealth(0, () => true)).toBeUndefined()
})
