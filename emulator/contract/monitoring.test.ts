import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { create, deploy, emulatedCloud, freshId, get, pin, refusal, shift } from '#emulator/contract/clients.ts'

const cloud = emulatedCloud()
const countMetric = 'run.googleapis.com/request_count'
const latencyMetric = 'run.googleapis.com/request_latencies'
const minute = 60_000

const nowMs = async () => ((await cloud.emulator.control('clock')) as { nowMs: number }).nowMs
const advance = (ms: number) => cloud.emulator.control('clock', { advanceMs: ms })
const filterOf = (id: string, type = countMetric) => `metric.type="${type}" AND resource.labels.service_name="${id}"`

interface Query { filter: string; seconds: number; period?: number; aligner?: 'ALIGN_DELTA' | 'ALIGN_RATE'; reducer?: 'REDUCE_SUM' | 'REDUCE_PERCENTILE_50' | 'REDUCE_PERCENTILE_95'; groupBy?: string[]; endSecond?: number }
async function query({ filter, seconds, period = 60, aligner, reducer = 'REDUCE_SUM', groupBy = ['resource.labels.revision_name'], endSecond }: Query) {
  const end = endSecond ?? Math.floor((await nowMs()) / 1000)
  const aggregation = aligner && { alignmentPeriod: { seconds: period }, perSeriesAligner: aligner, crossSeriesReducer: reducer, groupByFields: groupBy }
  const [series] = await cloud.metrics.listTimeSeries({ name: 'projects/demo', filter, interval: { startTime: { seconds: end - seconds }, endTime: { seconds: end } }, view: 'FULL', ...(aggregation && { aggregation }) })
  return series
}
type Series = Awaited<ReturnType<typeof query>>[number]
const total = (series: Series | undefined) => (series?.points ?? []).reduce((sum, point) => sum + Number(point.value?.int64Value ?? 0), 0)
const of = (all: Series[], revision: string, code?: string) => all.find(one => one.resource?.labels?.['revision_name'] === revision && (code === undefined || one.metric?.labels?.['response_code'] === code || one.metric?.labels?.['response_code_class'] === code))

/** Ten minutes of 100%, then ten minutes of 90/10 with a candidate of this tag. */
async function canary(tag: string) {
  const id = freshId('mon')
  await create(cloud, id)
  const first = `${id}-00001-abc`
  await shift(cloud, id, [pin(first, 100)])
  const second = await deploy(cloud, id, tag)
  await advance(10 * minute)
  await shift(cloud, id, [pin(first, 90), pin(second, 10)])
  await advance(10 * minute)
  return { id, first, second }
}

let world: Awaited<ReturnType<typeof canary>>
beforeAll(async () => {
  world = await canary('v2-err5-slow40')
})
afterEach(() => cloud.emulator.control('metrics', { samplePeriodSeconds: 1, ingestDelaySeconds: 0, fail: null, silent: [] }))

describe('request_count', () => {
  test('ALIGN_DELTA and REDUCE_SUM give counts by revision and class (gcp.md 3.5, count by class)', async () => {
    const series = await query({ filter: filterOf(world.id), seconds: 540, aligner: 'ALIGN_DELTA', period: 540, groupBy: ['resource.labels.revision_name', 'metric.labels.response_code_class'] })
    expect(total(of(series, world.first, '2xx'))).toBe(90 * 540)
    const ok = total(of(series, world.second, '2xx'))
    const failed = total(of(series, world.second, '5xx'))
    expect(ok + failed).toBe(10 * 540)
    // Five standard deviations of a binomial of 5,400 at 5%.
    expect(Math.abs(failed - 270)).toBeLessThan(80)
    expect(series[0]).toMatchObject({ metricKind: 'DELTA', valueType: 'INT64' })
  })

  test('ALIGN_RATE gives requests per second as a double', async () => {
    const series = await query({ filter: filterOf(world.id), seconds: 300, aligner: 'ALIGN_RATE', period: 300 })
    expect(of(series, world.first)?.points?.[0]?.value?.doubleValue).toBeCloseTo(90, 0)
    expect(series[0]).toMatchObject({ metricKind: 'GAUGE', valueType: 'DOUBLE' })
  })

  test('windows are anchored at the end and points come newest first (gcp.md 3.5, 4)', async () => {
    const [series] = await query({ filter: filterOf(world.id), seconds: 300, aligner: 'ALIGN_DELTA' })
    const ends = series?.points?.map(point => Number(point.interval?.endTime?.seconds)) ?? []
    expect(ends).toHaveLength(5)
    expect(ends).toEqual(ends.toSorted((a, b) => b - a))
    expect((ends[0] ?? 0) - (ends[1] ?? 0)).toBe(60)
  })

  test('without aggregation the samples themselves come, by response code', async () => {
    const series = await query({ filter: filterOf(world.id), seconds: 60 })
    const first = of(series, world.first, '200')
    expect(first?.points).toHaveLength(60)
    expect(total(first)).toBe(90 * 60)
    expect(first?.resource).toMatchObject({ type: 'cloud_run_revision', labels: { project_id: 'demo', location: 'europe-west1', service_name: world.id, configuration_name: world.id } })
  })

  test('the same question gives the same answer, however it is cut', async () => {
    const end = Math.floor((await nowMs()) / 1000) - 30
    const whole = total(of(await query({ filter: filterOf(world.id), seconds: 240, period: 240, aligner: 'ALIGN_DELTA', endSecond: end }), world.second))
    const parts = total(of(await query({ filter: filterOf(world.id), seconds: 240, period: 60, aligner: 'ALIGN_DELTA', endSecond: end }), world.second))
    const samples = await query({ filter: filterOf(world.id), seconds: 240, endSecond: end })
    expect([parts, total(of(samples, world.second, '200')) + total(of(samples, world.second, '500'))]).toEqual([whole, whole])
  })

  test('no traffic means no series, not zeros (gcp.md 3.5, rules)', async () => {
    const id = freshId('mon')
    await create(cloud, id)
    await cloud.emulator.control('load', { service: id, requestsPerSecond: 0 })
    await advance(5 * minute)
    expect(await query({ filter: filterOf(id), seconds: 240, aligner: 'ALIGN_DELTA' })).toEqual([])
  })

  test('real requests count on top of the background load', async () => {
    const id = freshId('mon')
    await create(cloud, id)
    await cloud.emulator.control('load', { service: id, requestsPerSecond: 0 })
    // The second in which it was made may still have its load: it is out of the window below.
    await advance(5 * minute)
    const uri = (await get(cloud, id)).uri ?? ''
    for (let i = 0; i < 12; i++) await (await fetch(`${uri}/`)).arrayBuffer()
    await (await fetch(`${uri}/nope`)).arrayBuffer()
    await advance(2 * minute)
    const series = await query({ filter: filterOf(id), seconds: 180, period: 180, aligner: 'ALIGN_DELTA', groupBy: ['metric.labels.response_code'] })
    expect(series.map(one => [one.metric?.labels?.['response_code'], total(one)])).toEqual([['200', 12], ['404', 1]])
  })

  test('counts follow a 24 h jump of the clock and stay in the past when the split changes', async () => {
    const { id, first, second } = await canary('v2')
    const end = Math.floor((await nowMs()) / 1000)
    const before = total(of(await query({ filter: filterOf(id), seconds: 300, period: 300, aligner: 'ALIGN_DELTA', endSecond: end }), second))
    await shift(cloud, id, [pin(first, 100)])
    await advance(24 * 60 * minute)
    expect(total(of(await query({ filter: filterOf(id), seconds: 300, period: 300, aligner: 'ALIGN_DELTA', endSecond: end }), second))).toBe(before)
    expect(total(of(await query({ filter: filterOf(id), seconds: 3600, period: 3600, aligner: 'ALIGN_DELTA' }), first))).toBe(360_000)
  })
})

describe('request_latencies', () => {
  test('percentiles by reducer: p50 80 ms and p95 200 ms plain, -slow40 40% more (DESIGN 10)', async () => {
    const { id, first, second } = await canary('v2-slow40')
    const value = async (reducer: 'REDUCE_PERCENTILE_50' | 'REDUCE_PERCENTILE_95', revision: string) => of(await query({ filter: filterOf(id, latencyMetric), seconds: 540, period: 540, aligner: 'ALIGN_DELTA', reducer }), revision)?.points?.[0]?.value?.doubleValue ?? 0
    const plain50 = await value('REDUCE_PERCENTILE_50', first)
    const plain95 = await value('REDUCE_PERCENTILE_95', first)
    expect(Math.abs(plain50 - 80)).toBeLessThan(5)
    expect(Math.abs(plain95 - 200)).toBeLessThan(15)
    expect((await value('REDUCE_PERCENTILE_50', second)) / plain50).toBeCloseTo(1.4, 0)
  })

  test('a distribution carries count, buckets and their bounds, and agrees with request_count (api/distribution.proto)', async () => {
    const fresh = await canary('v2')
    const answer = of(await query({ filter: filterOf(fresh.id, latencyMetric), seconds: 120, period: 120, aligner: 'ALIGN_DELTA' }), fresh.second)
    const distribution = answer?.points?.[0]?.value?.distributionValue
    expect(distribution?.bucketOptions?.exponentialBuckets).toMatchObject({ numFiniteBuckets: 66, growthFactor: 1.4 })
    const sum = (distribution?.bucketCounts ?? []).reduce<number>((all, count) => all + Number(count), 0)
    expect([sum, Number(distribution?.count)]).toEqual([1200, 1200])
  })
})

describe('what is refused', () => {
  test('a list of values in a filter (gcp.md 3.5, filter language)', async () => {
    expect(await refusal(query({ filter: `${filterOf('x')} AND resource.labels.revision_name=("a" OR "b")`, seconds: 60 }))).toMatchObject({ code: 3 })
  })
  test('OR between comparisons is allowed', async () => {
    const { id, first, second } = await canary('v2')
    const series = await query({ filter: `${filterOf(id)} AND (resource.labels.revision_name="${first}" OR resource.labels.revision_name="${second}") AND metric.labels.response_code_class="2xx"`, seconds: 60, aligner: 'ALIGN_DELTA' })
    expect(series).toHaveLength(2)
  })
  test('an alignment below 60 s (gcp.md 3.5)', async () => {
    expect(await refusal(query({ filter: filterOf('x'), seconds: 60, aligner: 'ALIGN_DELTA', period: 30 }))).toMatchObject({ code: 3 })
  })
  test('a query without end, without metric type or with two (gcp.md 3.5)', async () => {
    expect(await refusal(cloud.metrics.listTimeSeries({ name: 'projects/demo', filter: filterOf('x'), interval: {} }))).toMatchObject({ code: 3 })
    expect(await refusal(query({ filter: 'resource.labels.service_name="x"', seconds: 60 }))).toMatchObject({ code: 3 })
    expect(await refusal(query({ filter: `metric.type="${countMetric}" OR metric.type="${latencyMetric}"`, seconds: 60 }))).toMatchObject({ code: 3 })
  })
  test('a metric that does not exist (assumed text)', async () => {
    expect(await refusal(query({ filter: 'metric.type="run.googleapis.com/nope"', seconds: 60 }))).toMatchObject({ code: 5 })
  })
})

describe('delay, silence and failure', () => {
  test('the descriptor declares sample period and ingest delay, and points obey them (api/metric.proto, metadata)', async () => {
    const { id, first } = await canary('v2')
    await cloud.emulator.control('metrics', 'as on the real thing')
    const [descriptor] = await cloud.metrics.getMetricDescriptor({ name: `projects/demo/metricDescriptors/${countMetric}` })
    expect(descriptor.metadata).toMatchObject({ samplePeriod: { seconds: '60' }, ingestDelay: { seconds: '180' } })
    const newest = Number(of(await query({ filter: filterOf(id), seconds: 900 }), first)?.points?.[0]?.interval?.endTime?.seconds)
    expect(newest % 60).toBe(0)
    expect(newest).toBeLessThanOrEqual((await nowMs()) / 1000 - 180)
  })

  test('lists its descriptors by a filter on the type', async () => {
    const [all] = await cloud.metrics.listMetricDescriptors({ name: 'projects/demo', filter: 'metric.type = starts_with("run.googleapis.com/request_")' })
    expect(all.map(one => one.type)).toEqual([countMetric, latencyMetric])
  })

  test('a silent revision reports nothing', async () => {
    const { id, first, second } = await canary('v2')
    await cloud.emulator.control('metrics', { silent: [second] })
    const series = await query({ filter: filterOf(id), seconds: 120, aligner: 'ALIGN_DELTA' })
    expect(series.map(one => one.resource?.labels?.['revision_name'])).toEqual([first])
  })

  test.each([['429', 8], ['503', 14]])('fail %s is code %i', async (fail, code) => {
    await cloud.emulator.control('metrics', { fail })
    const call = cloud.metrics.listTimeSeries({ name: 'projects/demo', filter: filterOf('x'), interval: { endTime: { seconds: 1 } } }, { retry: null })
    expect(await refusal(call)).toMatchObject({ code })
  })

  test('a leak shows in errors and latency after ten minutes of traffic (DESIGN 10)', async () => {
    const { id, second } = await canary('v2-leak')
    await advance(30 * minute)
    const errors = await query({ filter: filterOf(id), seconds: 60, aligner: 'ALIGN_DELTA', groupBy: ['resource.labels.revision_name', 'metric.labels.response_code_class'] })
    expect(total(of(errors, second, '5xx')) / 600).toBeGreaterThan(0.2)
    const p50 = of(await query({ filter: filterOf(id, latencyMetric), seconds: 60, aligner: 'ALIGN_DELTA', reducer: 'REDUCE_PERCENTILE_50' }), second)?.points?.[0]?.value?.doubleValue ?? 0
    expect(p50).toBeGreaterThan(160)
  })
})
