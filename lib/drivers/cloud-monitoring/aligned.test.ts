import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { create, deploy, emulatedCloud, freshId, pin, shift } from '#emulator/contract/clients.ts'
import { histogramQuantile } from '#lib/analysis/threshold.ts'
import { cloudMonitoring } from '#lib/drivers/cloud-monitoring/driver.ts'
import type { Metrics } from '#lib/drivers/metrics.ts'

// What a series of any metrics driver must hold to, over the wire.
const cloud = emulatedCloud()
const minuteMs = 60_000
const bucketMs = 2 * minuteMs
const advance = (ms: number) => cloud.emulator.control('clock', { advanceMs: ms })
const nowMs = async () => ((await cloud.emulator.control('clock')) as { nowMs: number }).nowMs
const place = (service: string) => ({ project: 'demo', region: 'europe-west1', service })
let metrics: Metrics
beforeAll(() => {
  metrics = cloudMonitoring({ kind: 'emulator', host: '127.0.0.1', port: cloud.emulator.port })
})
beforeEach(() => cloud.emulator.control('metrics', { samplePeriodSeconds: 1, ingestDelaySeconds: 0, fail: null, silent: [] }))

/** Moves the clock onto the grid of the buckets, so that what follows fills whole ones. */
async function toGrid(): Promise<number> {
  const now = await nowMs()
  await advance(bucketMs - (now % bucketMs))
  return now + bucketMs - (now % bucketMs)
}
const window = (toMs: number, minutes: number) => ({ fromMs: toMs - minutes * minuteMs, toMs })

describe('a series', () => {
  test('has one bucket per step, oldest first, with requests, 5xx and latency of each revision', async () => {
    const id = freshId('series')
    await create(cloud, id)
    const second = await deploy(cloud, id, 'v2-err5-slow40')
    const first = `${id}-00001-abc`
    const startMs = await toGrid()
    await shift(cloud, id, [pin(first, 90), pin(second, 10)])
    await advance(4 * bucketMs)
    const [a, b] = await metrics.series(place(id), { fromMs: startMs + bucketMs, toMs: startMs + 3 * bucketMs }, bucketMs)
    expect([a?.revision, b?.revision]).toEqual([first, second])
    expect(a?.buckets.map((x) => [x?.requests, x?.errors])).toEqual([[90 * 120, 0], [90 * 120, 0]])
    expect(b?.buckets.map((x) => x?.requests)).toEqual([10 * 120, 10 * 120])
    expect(b?.buckets.every((x) => x !== null && x.errors > 0 && x.errors < x.requests / 4)).toBe(true)
    const p50 = (of: typeof a) => histogramQuantile(of?.buckets[0]?.latency.boundsMs ?? [], of?.buckets[0]?.latency.counts ?? [], 0.5) ?? 0
    expect(Math.abs(p50(a) - 80)).toBeLessThan(6)
    expect(p50(b)).toBeGreaterThan(1.2 * p50(a))
  })

  test('says the same counts as one read of the whole window', async () => {
    const id = freshId('series')
    await create(cloud, id)
    const startMs = await toGrid()
    await advance(6 * bucketMs)
    const whole = { fromMs: startMs, toMs: startMs + 6 * bucketMs }
    const [one] = await metrics.counts(place(id), whole)
    const [cut] = await metrics.series(place(id), whole, bucketMs)
    expect(cut?.buckets.reduce((sum, x) => sum + (x?.requests ?? 0), 0)).toBe(one?.requests)
    expect(one?.requests).toBe(6 * 120 * 100)
  })

  test('is null, never zero, before the first request, after the last one, and in a pause between', async () => {
    const id = freshId('series')
    const beforeMs = await toGrid()
    await advance(bucketMs)
    await create(cloud, id)
    const startMs = await toGrid()
    await advance(bucketMs)
    await cloud.emulator.control('load', { service: id, requestsPerSecond: 0 })
    await advance(bucketMs)
    await cloud.emulator.control('load', { service: id, requestsPerSecond: 100 })
    await advance(bucketMs)
    await cloud.emulator.control('load', { service: id, requestsPerSecond: 0 })
    await advance(2 * bucketMs)
    const [only] = await metrics.series(place(id), { fromMs: beforeMs, toMs: startMs + 5 * bucketMs }, bucketMs)
    const known = only?.buckets.map((x) => (x === null ? null : x.requests > 0)) ?? []
    expect(known[0]).toBeNull()
    // The bucket in which a change falls has some requests; the ones wholly within a pause have none.
    expect(known.at(-1)).toBeNull()
    expect(known).toContain(true)
    expect(only?.buckets.some((x) => x !== null && x.requests === 0)).toBe(false)
  })

  test('leaves out a revision that reported nothing at all', async () => {
    const id = freshId('series')
    await create(cloud, id)
    await toGrid()
    await cloud.emulator.control('metrics', { silent: [`${id}-00001-abc`] })
    await advance(2 * bucketMs)
    expect(await metrics.series(place(id), window(await toGrid(), 4), bucketMs)).toEqual([])
  })

  test('has no number for what the source has not shown yet', async () => {
    const id = freshId('series')
    await create(cloud, id)
    await cloud.emulator.control('metrics', 'as on the real thing')
    const startMs = await toGrid()
    await advance(4 * minuteMs)
    // Shown up to 180 s late: of the four minutes since, the last two are not known.
    const [only] = await metrics.series(place(id), { fromMs: startMs, toMs: startMs + 4 * minuteMs }, bucketMs)
    expect(only?.buckets.at(0)?.requests, 'what was shown').toBeGreaterThan(0)
    expect(only?.buckets.at(-1)).toBeNull()
    expect(await metrics.timing('demo')).toEqual({ samplePeriodMs: 60_000, ingestDelayMs: 180_000 })
  })

  test('that cannot be read is an error of the source in its own words', async () => {
    await cloud.emulator.control('metrics', { fail: '503' })
    await expect(metrics.series(place('any'), window(await toGrid(), 4), bucketMs)).rejects.toMatchObject({ name: 'DriverError', kind: 'unavailable', message: expect.stringMatching(/unavailable/) })
    await cloud.emulator.control('metrics', { fail: '429' })
    await expect(metrics.series(place('any'), window(await toGrid(), 4), bucketMs)).rejects.toMatchObject({ kind: 'quota' })
  })

  test('off the grid is refused before anything is asked', async () => {
    await expect(metrics.series(place('any'), { fromMs: 0, toMs: 90_000 }, minuteMs)).rejects.toThrow(/own grid/)
    await expect(metrics.series(place('any'), { fromMs: 0, toMs: 90_000 }, 30_000)).rejects.toThrow(/whole minutes/)
  })
})

describe('the counts of a whole project', () => {
  test('are those of each service, apart, by one question for requests and one for latencies', async () => {
    const [one, two] = [freshId('whole'), freshId('whole')]
    await create(cloud, one)
    await create(cloud, two, 'v1-err5')
    const startMs = await toGrid()
    await advance(3 * bucketMs)
    const window = { fromMs: startMs, toMs: startMs + 2 * bucketMs }
    await cloud.emulator.control('calls', undefined, 'DELETE')
    const services = await metrics.projectCounts('demo', window)
    expect(await cloud.emulator.calls({ write: false, rpc: 'ListTimeSeries' })).toHaveLength(2)
    for (const id of [one, two]) expect(services.find((s) => s.service === id)).toEqual({ region: 'europe-west1', service: id, revisions: await metrics.counts(place(id), window) })
    expect(services.find((s) => s.service === two)?.revisions[0]?.errors).toBeGreaterThan(0)
  })

  test('leave out a service without traffic', async () => {
    const id = freshId('whole')
    await create(cloud, id)
    const startMs = await toGrid()
    await cloud.emulator.control('load', { service: id, requestsPerSecond: 0 })
    await advance(3 * bucketMs)
    expect((await metrics.projectCounts('demo', { fromMs: startMs + bucketMs, toMs: startMs + 2 * bucketMs })).some((s) => s.service === id)).toBe(false)
  })

  test('that cannot be read are an error of the source in its own words', async () => {
    await cloud.emulator.control('metrics', { fail: '503' })
    await expect(metrics.projectCounts('demo', window(await toGrid(), 4))).rejects.toMatchObject({ name: 'DriverError', kind: 'unavailable' })
  })
})
