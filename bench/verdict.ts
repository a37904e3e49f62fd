/**
 * `npm run bench:verdict [-- --runs=8]`: end to end on the running product, how long from traffic at 10% until all of it
 * is back on stable, for a release that fails 5% of its requests and for one that is 40% slower; beside two sums of what
 * no product can avoid: the seconds that statistics take, the source's own delay, and the calls to the cloud. One sum has
 * the limit of any test, the other what this judge needs on the same traffic by simulation, where an error is a whole one.
 * A release as good as stable goes out in the same run. Throws when one does not come to its right end.
 */
import { table } from '#bench/statistics.ts'
import { type Fault, judgeSeconds } from '#bench/verdict-statistics.ts'
import { limitRequests } from '#lib/analysis/limit.ts'
import { bucketMasses, medianAt } from '#emulator/monitoring/latency.ts'
import { startProduct } from '#scripts/e2e.ts'

const runs = Number(/^--runs=(\d+)$/.exec(process.argv[2] ?? '')?.[1] ?? 8)
const alpha = 0.05
const share = 0.1
const requestsPerSecond = 100
const sourceSeconds = { sample: 1, delay: 1 }
/** One after the other: the service, its revisions and the counts are read; traffic is written; both are read back. */
const callsPerReturn = 6
/** A look a second so soon after traffic moved: half of that on average, and as much for the sample under way. */
const queueSeconds = 0.5
const providerMs = 150
const hourMs = 3_600_000

// The product under test only, whatever database the caller's shell names.
for (const name of Object.keys(process.env)) if (/^(SLUICE_|DATABASE_URL|NEXTAUTH_)/.test(name)) delete process.env[name]
const product = await startProduct()
try {
  Object.assign(process.env, product.settings, { SLUICE_E2E_URL: `http://127.0.0.1:${product.settings['PORT']}` })
  const rows = [
    await measure('fails 5%', '-err5', 'error_rate', { errorRate: 0.05, slowPercent: 0 }, limitSeconds([1 - 1e-9, 1e-9], [0.95, 0.05])),
    await measure('40% slower', '-slow40', 'latency', { errorRate: 0, slowPercent: 40 }, limitSeconds(bucketMasses(medianAt(0, 0)), bucketMasses(medianAt(40, 0)))),
  ]
  process.stdout.write(`\n### Traffic at 10% to all of it back on stable: ${runs} runs each, ${requestsPerSecond} requests a second\n\n${table(['release', 'limit s', 'judge s', 'source s', 'queue s', 'calls s', 'mean s', 'slowest s', 'mean ÷ sum with the limit', 'mean ÷ sum with the judge'], rows)}\n`)
  process.stdout.write(`\nA release as good as stable, both rules: ${await shipsGood()}.\n`)
} finally {
  await product.stop()
}

function limitSeconds(stable: readonly number[], candidate: readonly number[]): number {
  return limitRequests({ share, stable, candidate, alpha, beta: 0 }) / requestsPerSecond
}

// The journeys' own hands; they read the product's address when they are loaded.
async function service(name: string, rules: string) {
  const { Canary } = await import('#e2e/support/canary.ts')
  const { control } = await import('#e2e/support/product.ts')
  const app = new Canary(name, undefined, rules)
  await app.begin()
  await control('metrics', { samplePeriodSeconds: sourceSeconds.sample, ingestDelaySeconds: sourceSeconds.delay })
  await control('load', { service: app.service, requestsPerSecond })
  await control('clock', { advanceMs: hourMs })
  return app
}

async function measure(title: string, tag: string, metric: 'error_rate' | 'latency', fault: Fault, limit: number): Promise<string[]> {
  const { until, control } = await import('#e2e/support/product.ts')
  const seconds: number[] = []
  for (let i = 0; i < runs; i++) {
    const app = await service(`bench${tag}`, `{ name: ${metric}, compare: { metric: ${metric}, alpha: ${100 * alpha}% }, mode: rollback }`)
    await control('faults', { kind: 'delay', delayMs: providerMs, service: app.service })
    const id = await app.ship(`v1.1.0${tag}`)
    const r = await until(`${title} comes back`, async () => {
      const seen = await app.rollout(id)
      if (seen.state === 'succeeded' || seen.state === 'held') throw new Error(`${title}: ${seen.state}, ${seen.holdReason?.message ?? ''}`)
      return seen.state === 'rolled_back' ? seen : false
    })
    await control('faults', undefined, 'DELETE')
    const sentAt = r.steps.find((s) => s.plan.kind === 'setWeight')?.run.trafficAt
    if (!sentAt || !r.endedAt) throw new Error('a rollout that came back had traffic and has ended')
    seconds.push((Date.parse(r.endedAt) - Date.parse(sentAt)) / 1000)
  }
  const mean = seconds.reduce((a, b) => a + b, 0) / seconds.length
  const source = sourceSeconds.sample + sourceSeconds.delay
  const calls = (callsPerReturn * providerMs) / 1000
  const judge = judgeSeconds({ rule: { name: metric, compare: { metric } }, alpha, share, requestsPerSecond, fault })
  const rest = source + queueSeconds + calls
  // The judge is asked after whole seconds, which holds half of a sample already.
  const sums = [limit + rest, judge + rest - sourceSeconds.sample / 2]
  return [title, ...[limit, judge, source, queueSeconds, calls, mean, Math.max(...seconds), ...sums.map((sum) => mean / sum)].map((x) => x.toFixed(2))]
}

async function shipsGood(): Promise<string> {
  const app = await service('bench-good', '{ name: errors, compare: { metric: error_rate }, mode: rollback }, { name: latency, compare: { metric: latency }, mode: rollback }')
  const { control } = await import('#e2e/support/product.ts')
  await control('behaviour', { service: app.service, errorPercent: 1 })
  const r = await app.drive(await app.ship('v1.1.0'), (x) => x.state === 'succeeded' || x.state === 'rolled_back' || x.state === 'held')
  if (r.state !== 'succeeded') throw new Error(`a release as good as stable ended ${r.state}: ${r.holdReason?.message ?? ''}`)
  return 'went out'
}
