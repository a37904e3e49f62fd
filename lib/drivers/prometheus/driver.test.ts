import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { create, deploy, emulatedCloud, freshId, get, pin, shift } from '#emulator/contract/clients.ts'
import { prometheus, type PrometheusOptions } from '#lib/drivers/prometheus/driver.ts'
import { prometheusDefaults, type PrometheusSource } from '#lib/drivers/prometheus/schema.ts'
import { contractOf, type ContractWorld } from '#lib/drivers/testing/metrics-contract.ts'
import { launchPrometheus, type LaunchedPrometheus, Recording } from '#lib/drivers/testing/prometheus.ts'
import { waitFor } from '#scripts/steps.ts'

const driver = (at: LaunchedPrometheus | undefined, over: Partial<PrometheusSource> = {}, options: Partial<PrometheusOptions> = {}) =>
  prometheus({ source: 'prometheus', url: at?.url ?? '', ...prometheusDefaults, scrapeMs: 1000, ...over }, { allowedHosts: ['127.0.0.1'], ...options })
const nowMs = async (cloud: typeof live) => ((await cloud.emulator.control('clock')) as { nowMs: number }).nowMs
const place = (service: string) => ({ project: 'demo', region: 'europe-west1', service })

// A server that scrapes the emulator each second. Its clock is the machine's, so the emulator's is left alone and time passes as it does.
const live = emulatedCloud()
let scraping: LaunchedPrometheus | undefined
beforeAll(async () => {
  scraping = await launchPrometheus({ scrapes: [`127.0.0.1:${live.emulator.port}`] })
})
const passLive = async (ms: number) => {
  const untilMs = (await nowMs(live)) + ms
  // A busy machine may miss a scrape: time has passed when the server has seen it pass.
  await waitFor('a scrape', ms + 20_000, async () => ((await scraping?.scrapedMs()) ?? 0) >= untilMs)
}
const liveWorld: ContractWorld = { cloud: live, open: async () => driver(scraping), pass: passLive, slackSeconds: 2 }

// A server that answers for hours that passed in seconds: the emulator's clock is moved from scrape to scrape, and each is recorded with its time.
const past = emulatedCloud()
const recording = new Recording()
const scrapeMs = 15_000
let recorded: LaunchedPrometheus | undefined
beforeAll(() => past.emulator.control('clock', { offsetMs: -6 * 3_600_000 }))
const passRecorded = async (ms: number) => {
  const endMs = (await nowMs(past)) + ms
  const to = async (atMs: number) => past.emulator.control('clock', { advanceMs: Math.max(0, Math.ceil(atMs - (await nowMs(past)))) })
  // Seven seconds off the grid of all windows, as a server's scrapes are somewhere off it.
  for (let atMs = Math.ceil((endMs - ms - 7_000) / scrapeMs) * scrapeMs + 7_000; atMs < endMs; atMs += scrapeMs) {
    await to(atMs)
    recording.add(await (await fetch(`${past.emulator.url}/metrics`)).text(), await nowMs(past))
  }
  await to(endMs)
}
const recordedWorld: ContractWorld = {
  cloud: past,
  open: async () => driver((recorded = await launchPrometheus({ recorded: recording.text() })), { scrapeMs }),
  pass: passRecorded,
  slackSeconds: 1,
}

afterAll(async () => {
  await scraping?.stop()
  await recorded?.stop()
})

contractOf('Prometheus', liveWorld, recordedWorld)

describe('Prometheus', () => {
  test('says its own timing: a sample per scrape, known a scrape and five seconds later', async () => {
    const d = driver(scraping, { scrapeMs: 30_000 })
    expect([await d.timing('demo'), d.shortestWindowMs]).toEqual([{ samplePeriodMs: 30_000, ingestDelayMs: 35_000 }, 30_000])
  })

  test.concurrent('counts on over a restart of the router, and has the first errors that ever were', async () => {
    const id = freshId('restart')
    await create(live, id)
    await live.emulator.control('load', { service: id, requestsPerSecond: 0 })
    const uri = (await get(live, id)).uri ?? ''
    const send = async (times: number) => {
      for (let i = 0; i < times; i++) await (await fetch(`${uri}/health`)).arrayBuffer()
    }
    /** Lets the server see what was counted so far: what it has not seen is lost with a restart. */
    const seen = (requests: number) => waitFor(`${requests} requests`, 20_000, async () => (await scraping?.total(`run_requests_total{service="${id}"}`)) === requests)
    // The second in which it was made had its load.
    await passLive(2000)
    await live.emulator.control('counters/reset', { service: id })
    await send(40)
    await seen(40)
    const fromMs = Math.ceil(await nowMs(live))
    await passLive(0)
    await send(5)
    await seen(45)
    await live.emulator.control('counters/reset', { service: id })
    await send(3)
    await seen(3)
    await live.emulator.control('behaviour', { service: id, errorPercent: 100 })
    await send(4)
    await seen(7)
    const toMs = Math.ceil(await nowMs(live))
    await passLive(6000)
    const [only] = await driver(scraping).counts(place(id), { fromMs, toMs })
    expect([only?.requests, only?.errors]).toEqual([12, 4])
  })

  test('over windows of many scrapes is read in steps, to the same counts', async () => {
    const [all] = await driver(recorded, { scrapeMs }).projectCounts('demo', recordedWindow())
    const coarse = driver(recorded, { scrapeMs }, { mostSamples: 30 })
    const [steps] = await coarse.projectCounts('demo', recordedWindow(), [all?.service ?? ''])
    expect(steps?.revisions.map((r) => r.revision)).toEqual(all?.revisions.map((r) => r.revision))
    for (const [i, r] of (all?.revisions ?? []).entries()) expect(Math.abs((steps?.revisions[i]?.requests ?? 0) / r.requests - 1)).toBeLessThan(0.05)
    const [cut] = await coarse.series(place(all?.service ?? ''), recordedWindow(), 120_000)
    expect(cut?.buckets.filter((b) => b !== null).length).toBeGreaterThan(5)
  })

  test('scraped less often than the blueprint says is an error that says so', async () => {
    await expect(driver(recorded, { scrapeMs: 2000 }).projectCounts('demo', recordedWindow())).rejects.toMatchObject({ name: 'DriverError', message: expect.stringMatching(/is scraped every 15 s, not every 2 s as the blueprint says/) as unknown })
  })

  test.concurrent('tells a candidate from stable though both are new to it within one window', async () => {
    const id = freshId('fresh')
    await create(live, id)
    await shift(live, id, [pin(`${id}-00001-abc`, 100)])
    await passLive(3000)
    const fromMs = Math.ceil(await nowMs(live))
    const second = await deploy(live, id, 'v2-err100')
    await shift(live, id, [pin(`${id}-00001-abc`, 50), pin(second, 50)])
    await passLive(4000)
    const toMs = Math.floor(await nowMs(live))
    await passLive(6000)
    const candidate = (await driver(scraping).counts(place(id), { fromMs, toMs })).find((c) => c.revision === second)
    expect(candidate?.requests, 'from its very first scrape').toBeGreaterThanOrEqual(150)
    expect(candidate?.errors).toBe(candidate?.requests)
  })
})

/** Whole minutes of what was recorded. */
function recordedWindow() {
  const [first, last] = recording.span()
  return { fromMs: Math.ceil(first / 120_000) * 120_000, toMs: Math.floor(last / 120_000) * 120_000 }
}
