import { describe, expect, test } from 'vitest'
import { create, deploy, emulatedCloud, freshId, get, pin, shift } from '#emulator/contract/clients.ts'

const cloud = emulatedCloud()
const nowMs = async () => ((await cloud.emulator.control('clock')) as { nowMs: number }).nowMs
const advance = (ms: number) => cloud.emulator.control('clock', { advanceMs: ms })
const load = (service: string, requestsPerSecond: number) => cloud.emulator.control('load', { service, requestsPerSecond })

const scrape = async () => (await fetch(`${cloud.emulator.url}/metrics`)).text()
/** Samples of a metric of one service: its labels as they stand, and the value. */
async function samples(metric: string, service: string): Promise<[string, number][]> {
  const lines = (await scrape()).split('\n').filter(line => line.startsWith(`${metric}{`) && line.includes(`service="${service}"`))
  return lines.map(line => [line.slice(line.indexOf('{') + 1, line.lastIndexOf('}')), Number(line.slice(line.lastIndexOf(' ') + 1))])
}
const counted = async (service: string, revision: string, codeClass = '') => (await samples('run_requests_total', service)).filter(([labels]) => labels.includes(`revision="${revision}"`) && labels.includes(codeClass)).reduce((sum, [, n]) => sum + n, 0)

/** A service whose background load is off, so that what is sent is all there is. */
async function quiet(tag?: string) {
  const id = freshId('count')
  await create(cloud, id, tag)
  await load(id, 0)
  // The second in which it was made still had its load.
  await advance(2000)
  return { id, revision: `${id}-00001-abc`, uri: (await get(cloud, id)).uri ?? '' }
}
async function send(uri: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await (await fetch(`${uri}/health`)).arrayBuffer()
}

describe('GET /metrics', () => {
  test('is the text format, with a name, labels and a type for each metric', async () => {
    const { id, revision, uri } = await quiet()
    await send(uri, 1)
    const answer = await fetch(`${cloud.emulator.url}/metrics`)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await answer.text()
    expect(text).toContain('# TYPE run_requests_total counter\n')
    expect(text).toContain('# TYPE run_request_latency_ms histogram\n')
    expect(text).toMatch(new RegExp(`^run_requests_total\\{project="demo",region="europe-west1",service="${id}",revision="${revision}",code_class="2xx"\\} \\d+$`, 'm'))
    expect(text.endsWith('\n')).toBe(true)
  })

  test('counts each real request at once, by class, in counter and histogram alike', async () => {
    const { id, revision, uri } = await quiet()
    const before = await counted(id, revision)
    await send(uri, 7)
    await (await fetch(`${uri}/nowhere`)).arrayBuffer()
    expect(await counted(id, revision)).toBe(before + 8)
    expect(await counted(id, revision, 'code_class="4xx"')).toBe(1)
    const [[, whole] = ['', 0]] = await samples('run_request_latency_ms_count', id)
    expect(whole).toBe(before + 8)
    const buckets = (await samples('run_request_latency_ms_bucket', id)).map(([, n]) => n)
    expect(buckets.at(-1)).toBe(before + 8)
    expect(buckets, 'cumulative').toEqual(buckets.toSorted((a, b) => a - b))
  })

  test('counts the load that Cloud Monitoring reports, to the second', async () => {
    const id = freshId('count')
    await create(cloud, id)
    const first = `${id}-00001-abc`
    const second = await deploy(cloud, id, 'v2-err20')
    await shift(cloud, id, [pin(first, 90), pin(second, 10)])
    await advance(5000)
    const before = [await counted(id, first), await counted(id, second), await counted(id, second, 'code_class="5xx"')]
    const fromSecond = Math.floor((await nowMs()) / 1000)
    await advance(120_000)
    const after = [await counted(id, first), await counted(id, second), await counted(id, second, 'code_class="5xx"')]
    const seconds = Math.floor((await nowMs()) / 1000) - fromSecond
    const risen = after.map((n, i) => n - (before[i] ?? 0))
    // The clock runs meanwhile: a reading may fall one second later than the one beside it.
    expect(Math.abs((risen[0] ?? 0) - 90 * seconds)).toBeLessThanOrEqual(90)
    expect(Math.abs((risen[1] ?? 0) - 10 * seconds)).toBeLessThanOrEqual(10)
    expect(risen[2]).toBeGreaterThan(0.1 * 10 * seconds)
    expect(risen[2]).toBeLessThan(0.3 * 10 * seconds)
  })

  test('has no series of a class or a revision that answered nothing, and none of a silent one', async () => {
    const id = freshId('count')
    await create(cloud, id)
    // Held before the second is made: on a busy machine it would answer for a second, as the latest.
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100)])
    const second = await deploy(cloud, id, 'v2')
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100), pin(second, 0, 'blue')])
    await advance(5000)
    const labels = (await samples('run_requests_total', id)).map(([text]) => text)
    expect(labels.some(text => text.includes('code_class="5xx"') || text.includes(second))).toBe(false)
    await cloud.emulator.control('metrics', { silent: [`${id}-00001-abc`] })
    expect(await samples('run_requests_total', id)).toEqual([])
    await cloud.emulator.control('metrics', { silent: [] })
    expect(await samples('run_requests_total', id)).not.toEqual([])
  })

  test('begins at zero again when it is told to, of one service, as after a restart of the router', async () => {
    const [one, other] = [await quiet(), await quiet()]
    await send(one.uri, 3)
    await send(other.uri, 4)
    await cloud.emulator.control('counters/reset', { service: one.id })
    expect([await counted(one.id, one.revision), await samples('run_request_latency_ms_bucket', one.id)]).toEqual([0, []])
    await send(one.uri, 2)
    expect(await counted(one.id, one.revision)).toBe(2)
    expect(await counted(other.id, other.revision)).toBeGreaterThanOrEqual(4)
    await expect(cloud.emulator.control('counters/reset', { service: 'nope' })).rejects.toThrow(/no service 'nope'/)
  })

  test('begins anew when nobody has read for longer than a day', async () => {
    const id = freshId('count')
    await create(cloud, id)
    await advance(30_000)
    const before = await counted(id, `${id}-00001-abc`)
    expect(before).toBeGreaterThan(2000)
    await advance(2 * 86_400_000)
    expect(await counted(id, `${id}-00001-abc`)).toBeLessThan(before)
  })
})
