import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { create, emulatedCloud, freshId } from '#emulator/contract/clients.ts'
import { batched } from '#lib/drivers/batched.ts'
import { cloudMonitoring } from '#lib/drivers/cloud-monitoring/driver.ts'
import { DriverError } from '#lib/drivers/errors.ts'
import type { Metrics } from '#lib/drivers/metrics.ts'
import { prometheus } from '#lib/drivers/prometheus/driver.ts'
import { prometheusDefaults } from '#lib/drivers/prometheus/schema.ts'

const cloud = emulatedCloud()
const place = (service: string, region = 'europe-west1') => ({ project: 'demo', region, service })
const services = Array.from({ length: 12 }, () => freshId('rollout'))
let alone: Metrics
let together: Metrics
let window = { fromMs: 0, toMs: 0 }

beforeAll(async () => {
  alone = cloudMonitoring({ kind: 'emulator', host: '127.0.0.1', port: cloud.emulator.port })
  together = batched(alone)
  for (const id of services) await create(cloud, id)
  await cloud.emulator.control('clock', { advanceMs: 180_000 })
  const { nowMs } = (await cloud.emulator.control('clock')) as { nowMs: number }
  const toMs = Math.floor(nowMs / 60_000) * 60_000
  window = { fromMs: toMs - 60_000, toMs }
}, 60_000)
beforeEach(async () => {
  await cloud.emulator.control('metrics', { fail: null })
  await cloud.emulator.control('calls', undefined, 'DELETE')
})
const calls = async () => (await cloud.emulator.calls({ write: false, rpc: 'ListTimeSeries' })).length

describe('questions of one project and window, asked together', () => {
  test('are one for each fifty services, one call for requests and one for latencies, with the answers of each alone', async () => {
    const places = Array.from({ length: 101 }, (_, i) => place(services[i] ?? `idle-${i}`))
    const answers = await Promise.all(places.map((p) => together.counts(p, window)))
    expect(await calls()).toBe(2 * Math.ceil(101 / 50))
    for (const [i, id] of services.entries()) {
      expect(answers[i]).toEqual(await alone.counts(place(id), window))
      expect(answers[i]?.[0]?.requests).toBe(6000)
    }
    expect(answers.slice(services.length).every((a) => a.length === 0)).toBe(true)
  })

  test('about one service are one, and of one service alone it is asked alone', async () => {
    const [a, b] = await Promise.all([together.counts(place(services[0] ?? ''), window), together.counts(place(services[0] ?? ''), window)])
    expect(a).toEqual(b)
    expect(await calls()).toBe(2)
  })

  test('of its timing are one', async () => {
    const timings = await Promise.all(services.map(() => together.timing('demo')))
    expect(new Set(timings.map((t) => t.samplePeriodMs))).toEqual(new Set([1000]))
    expect(await cloud.emulator.calls({ write: false, rpc: 'GetMetricDescriptor' })).toHaveLength(1)
  })

  test('of other windows and projects are others', async () => {
    await Promise.all([together.counts(place(services[0] ?? ''), window), together.counts(place(services[1] ?? ''), { ...window, fromMs: window.fromMs - 60_000 }), together.counts({ ...place('x'), project: 'other' }, window)])
    expect(await calls()).toBe(6)
  })

  test('keep regions apart where services have one name', async () => {
    const [here, there] = await Promise.all([together.counts(place(services[0] ?? ''), window), together.counts(place(services[0] ?? '', 'us-central1'), window)])
    expect([here?.[0]?.requests, there]).toEqual([6000, []])
  })

  test('that cannot be read are an error for all who asked, and asked once', async () => {
    await cloud.emulator.control('metrics', { fail: '429' })
    const answers = await Promise.allSettled(services.map((id) => together.counts(place(id), window)))
    expect(answers.every((a) => a.status === 'rejected' && a.reason instanceof DriverError && a.reason.kind === 'quota')).toBe(true)
    expect(await calls()).toBe(2)
  })
})

describe('a Prometheus', () => {
  const asked: string[] = []
  // The emulator's clock is ahead, and nobody has samples of the future.
  const past = { fromMs: 1_700_000_000_000, toMs: 1_700_000_060_000 }
  let body = JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [] } })
  const server = createServer((request, response) => {
    let form = ''
    request.setEncoding('utf8').on('data', (text: string) => (form += text))
    request.on('end', () => {
      const query = new URLSearchParams(form).get('query') ?? ''
      asked.push(query)
      response.end(query.includes('broken') ? JSON.stringify({ status: 'error', errorType: 'execution', error: 'a series is broken' }) : body)
    })
  })
  let source: Metrics
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    source = batched(prometheus({ source: 'prometheus', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ...prometheusDefaults }, { allowedHosts: ['127.0.0.1'] }))
  })
  beforeEach(() => void asked.splice(0))
  afterAll(() => server.close())

  test('is asked one question for each fifty', async () => {
    await Promise.all(Array.from({ length: 101 }, (_, i) => source.counts(place(`s-${i}`), past)))
    expect(asked).toHaveLength(Math.ceil(101 / 50))
    expect(asked[0]).toContain('service=~"s-0|s-1|')
  })

  test('is asked fewer services at once where their names are long', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => source.counts(place(`s-${i}-${'x'.repeat(45)}`), past)))
    expect(asked).toHaveLength(2)
  })

  test('that has one broken series is asked for each service by itself, and blinds that one alone', async () => {
    const labels = { __name__: 'run_requests_total', project: 'demo', region: 'europe-west1', service: 'sound', revision: 'sound-1', code_class: '2xx' }
    body = JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [{ metric: labels, values: [0, 15, 30].map((s, i) => [past.fromMs / 1000 + s, String(i * 5)]) }] } })
    const [sound, broken] = await Promise.allSettled([source.counts(place('sound'), past), source.counts(place('broken'), past)])
    expect(asked).toHaveLength(3)
    expect(sound).toMatchObject({ status: 'fulfilled', value: [{ revision: 'sound-1', requests: 10 }] })
    expect(broken).toMatchObject({ status: 'rejected', reason: { message: expect.stringMatching(/a series is broken$/) as unknown } })
  })
})
