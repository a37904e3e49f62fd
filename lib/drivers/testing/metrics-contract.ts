import { beforeAll, describe, expect, test } from 'vitest'
import { create, deploy, freshId, get, pin, shift } from '#emulator/contract/clients.ts'
import type { emulatedCloud } from '#emulator/contract/clients.ts'
import { histogramQuantile } from '#lib/analysis/threshold.ts'
import type { Metrics, MetricsWindow, RevisionCounts } from '#lib/drivers/metrics.ts'

/** A metrics source over an emulated cloud. */
export type ContractWorld = {
  cloud: ReturnType<typeof emulatedCloud>
  /** The source, with everything known that has passed so far. */
  open: () => Promise<Metrics>
  /** Lets product time pass. */
  pass: (ms: number) => Promise<void>
  /** So many seconds of traffic may fall on the other side of an edge. */
  slackSeconds: number
}

const place = (service: string) => ({ project: 'demo', region: 'europe-west1', service })
const firstOf = (service: string) => `${service}-00001-abc`
const of = (counts: readonly RevisionCounts[], revision: string) => counts.find((c) => c.revision === revision)
const sum = (counts: readonly number[] = []) => counts.reduce((a, b) => a + b, 0)

async function clockOf(w: ContractWorld): Promise<number> {
  const { nowMs } = (await w.cloud.emulator.control('clock')) as { nowMs: number }
  return nowMs
}
const load = (w: ContractWorld, service: string, requestsPerSecond: number) => w.cloud.emulator.control('load', { service, requestsPerSecond })
async function send(w: ContractWorld, service: string, times: number): Promise<void> {
  const { uri } = await get(w.cloud, service)
  for (let i = 0; i < times; i++) await (await fetch(`${uri ?? ''}/health`)).arrayBuffer()
}

/** What `counts` and `projectCounts` of every source must hold to. Takes some twenty seconds of product time. */
export function countsContract(w: ContractWorld): void {
  const [split, quiet, silent] = [freshId('split'), freshId('quiet'), freshId('silent')]
  const sent = 37
  let second = ''
  let metrics: Metrics
  let window: MetricsWindow
  let middleMs = 0

  beforeAll(async () => {
    for (const id of [split, quiet, silent]) await create(w.cloud, id)
    second = await deploy(w.cloud, split, 'v2-err50-slow40')
    await shift(w.cloud, split, [pin(firstOf(split), 80), pin(second, 20)])
    await load(w, quiet, 0)
    await w.cloud.emulator.control('metrics', { samplePeriodSeconds: 1, ingestDelaySeconds: 0, fail: null, silent: [firstOf(silent)] })
    await send(w, quiet, 1)
    await w.pass(4000)
    const fromMs = Math.ceil((await clockOf(w)) / 1000) * 1000
    await w.pass(3000)
    await send(w, quiet, sent)
    middleMs = Math.ceil((await clockOf(w)) / 1000) * 1000
    await w.pass(5000)
    window = { fromMs, toMs: Math.floor((await clockOf(w)) / 1000) * 1000 }
    metrics = await w.open()
    const { ingestDelayMs } = await metrics.timing('demo')
    await w.pass(ingestDelayMs)
  }, 60_000)

  test('are requests, 5xx and latency of each revision apart', async () => {
    const counts = await metrics.counts(place(split), window)
    expect(counts.map((c) => c.revision).toSorted()).toEqual([firstOf(split), second])
    const seconds = (window.toMs - window.fromMs) / 1000
    for (const [revision, rate] of [[firstOf(split), 80], [second, 20]] as const) {
      const c = of(counts, revision)
      expect(Math.abs((c?.requests ?? 0) - rate * seconds)).toBeLessThanOrEqual(rate * w.slackSeconds)
      expect(sum(c?.latency.counts), 'each request lasted somehow').toBe(c?.requests)
      expect(c?.latency.boundsMs.at(-1)).toBe(Infinity)
    }
    expect(of(counts, firstOf(split))?.errors).toBe(0)
    const [errors, requests] = [of(counts, second)?.errors ?? 0, of(counts, second)?.requests ?? 0]
    // Four standard deviations of a binomial at one half.
    expect(Math.abs(errors - requests / 2)).toBeLessThan(2 * Math.sqrt(requests))
    const p50 = (c: RevisionCounts | undefined) => histogramQuantile(c?.latency.boundsMs ?? [], c?.latency.counts ?? [], 0.5) ?? 0
    expect(Math.abs(p50(of(counts, firstOf(split))) - 80), 'milliseconds, whatever the source keeps').toBeLessThan(15)
    expect(p50(of(counts, second))).toBeGreaterThan(p50(of(counts, firstOf(split))))
  })

  test('are whole numbers that windows following one another share out without rest', async () => {
    const [whole, before, after] = await Promise.all([window, { ...window, toMs: middleMs }, { ...window, fromMs: middleMs }].map((x) => metrics.counts(place(split), x)))
    for (const revision of [firstOf(split), second]) {
      const parts = [of(before ?? [], revision), of(after ?? [], revision)]
      for (const figure of ['requests', 'errors'] as const) expect(sum(parts.map((p) => p?.[figure] ?? 0))).toBe(of(whole ?? [], revision)?.[figure])
      expect(of(whole ?? [], revision)?.latency.counts.map((_, i) => sum(parts.map((p) => p?.latency.counts[i] ?? 0)))).toEqual(of(whole ?? [], revision)?.latency.counts)
      expect(Number.isInteger(parts[0]?.requests)).toBe(true)
    }
  })

  test('are exact: each real request once, where there is no other traffic', async () => {
    const [only, ...others] = await metrics.counts(place(quiet), window)
    expect([only?.requests, only?.errors, sum(only?.latency.counts), others]).toEqual([sent, 0, sent, []])
  })

  test('leave out a revision that reports nothing, and a service that is not there', async () => {
    expect(await metrics.counts(place(silent), window)).toEqual([])
    expect(await metrics.counts(place('never-was'), window)).toEqual([])
    expect(await metrics.counts({ ...place(split), region: 'us-central1' }, window)).toEqual([])
    expect(await metrics.counts({ ...place(split), project: 'other' }, window)).toEqual([])
  })

  test('take a name for a name and nothing else', async () => {
    for (const service of ['.*', `${split}"} or {service="x`, `${split}|${quiet}`, `a\\"b\n`]) expect(await metrics.counts(place(service), window).catch((e: Error) => e.name), service).toBeOneOf([[], 'DriverError'])
    expect(await metrics.projectCounts('demo', window, ['.*', 'nothing'])).toEqual([])
  })

  test('of a whole project are those of each service, and by names those alone', async () => {
    const all = await metrics.projectCounts('demo', window)
    for (const id of [split, quiet]) expect(all.find((s) => s.service === id)).toEqual({ region: 'europe-west1', service: id, revisions: await metrics.counts(place(id), window) })
    expect(all.some((s) => s.service === silent)).toBe(false)
    const some = await metrics.projectCounts('demo', window, [quiet, 'never-was'])
    expect(some).toEqual(all.filter((s) => s.service === quiet))
    expect(await metrics.projectCounts('demo', window, [])).toEqual([])
  })
}

const minuteMs = 60_000
const bucketMs = 2 * minuteMs

/** What `series` of every source must hold to. Takes half an hour of product time. */
export function seriesContract(w: ContractWorld): void {
  const [id, gone] = [freshId('series'), freshId('series')]
  let second = ''
  let metrics: Metrics
  let startMs = 0
  const window = (from: number, to: number) => ({ fromMs: startMs + from * bucketMs, toMs: startMs + to * bucketMs })

  beforeAll(async () => {
    await create(w.cloud, gone)
    await create(w.cloud, id)
    second = await deploy(w.cloud, id, 'v2-err5-slow40')
    const now = await clockOf(w)
    startMs = now + bucketMs - (now % bucketMs)
    await w.pass(startMs - now)
    await shift(w.cloud, id, [pin(firstOf(id), 90), pin(second, 10)])
    await w.pass(5 * bucketMs)
    await load(w, id, 0)
    await w.pass(3 * bucketMs)
    await load(w, id, 100)
    await w.pass(2 * bucketMs)
    await load(w, id, 0)
    await w.pass(3 * bucketMs)
    metrics = await w.open()
  }, 120_000)

  test('has one bucket per step, oldest first, with requests, 5xx and latency of each revision', async () => {
    const [a, b] = await metrics.series(place(id), window(1, 4), bucketMs)
    expect([a?.revision, b?.revision]).toEqual([firstOf(id), second])
    for (const [series, rate] of [[a, 90], [b, 10]] as const) {
      expect(series?.buckets).toHaveLength(3)
      for (const bucket of series?.buckets ?? []) {
        expect(Math.abs((bucket?.requests ?? 0) - rate * 120)).toBeLessThanOrEqual(rate * w.slackSeconds)
        expect(sum(bucket?.latency.counts)).toBe(bucket?.requests)
      }
    }
    expect(b?.buckets.every((x) => x !== null && x.errors > 0 && x.errors < x.requests / 4)).toBe(true)
    const p50 = (x: typeof a) => histogramQuantile(x?.buckets[0]?.latency.boundsMs ?? [], x?.buckets[0]?.latency.counts ?? [], 0.5) ?? 0
    expect(Math.abs(p50(a) - 80)).toBeLessThan(6)
    expect(p50(b)).toBeGreaterThan(1.2 * p50(a))
  })

  test('says the same counts as one read of the whole window', async () => {
    const whole = await metrics.counts(place(id), window(1, 10))
    const cut = await metrics.series(place(id), window(1, 10), bucketMs)
    for (const revision of [firstOf(id), second]) expect(sum(cut.find((s) => s.revision === revision)?.buckets.map((x) => x?.requests ?? 0))).toBe(of(whole, revision)?.requests)
  })

  test('is null, never zero, where no request was reported', async () => {
    for (const { buckets } of await metrics.series(place(id), window(0, 13), bucketMs)) {
      // Beside an edge a bucket may have a sample's requests; the one wholly within the pause has none.
      expect(buckets[6]).toBeNull()
      expect(buckets.slice(11)).toEqual([null, null])
      expect(buckets[3]?.requests).toBeGreaterThan(0)
      expect(buckets[9]?.requests).toBeGreaterThan(0)
      expect(buckets.some((x) => x?.requests === 0)).toBe(false)
    }
  })

  test('leaves out a revision and a service without any bucket', async () => {
    expect(await metrics.series(place(id), window(11, 13), bucketMs)).toEqual([])
    expect(await metrics.series(place('never-was'), window(0, 13), bucketMs)).toEqual([])
    expect((await metrics.series(place(gone), window(0, 13), bucketMs)).map((s) => s.revision)).toEqual([firstOf(gone)])
  })

  test('off the grid is refused before anything is asked', async () => {
    await expect(metrics.series(place(id), { fromMs: 0, toMs: 90_000 }, minuteMs)).rejects.toThrow(/own grid/)
    await expect(metrics.series(place(id), { fromMs: 0, toMs: 90_000 }, 30_000)).rejects.toThrow(/whole minutes/)
  })
}

/** Names the suites as each source's test file shows them. */
export const contractOf = (source: string, counts: ContractWorld, series: ContractWorld): void => {
  describe(`the counts of ${source}`, () => countsContract(counts))
  describe(`a series of ${source}`, () => seriesContract(series))
}
