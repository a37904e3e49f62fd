/**
 * `npm run bench:rollback [-- --pairs=200]`: how long from asking for a rollback until the provider receives the write,
 * by Sluice's API and by the official client alone. Both read the service and then write it; the emulated cloud answers
 * each call after 150 ms. Prints tables and ratios; asserts nothing but that each press was written exactly once.
 */
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { protos } from '@google-cloud/run'
import { type Control, controlOf, nowMs } from '#bench/emulator.ts'
import { makeApplication, prepare, type Prepared } from '#bench/rollback-targets.ts'
import { summarise, type Summary, table } from '#bench/statistics.ts'
import { type RunClients, runClients } from '#lib/drivers/cloud-run/client.ts'
import { db, disconnect } from '#lib/platform/db/client.ts'
import { startProduct } from '#scripts/e2e.ts'

const pairs = Number(/^--pairs=(\d+)$/.exec(process.argv[2] ?? '')?.[1] ?? 200)
const warmUpPairs = 10
const providerMs = 150
/** Kept in the queue all the time of the second table: half of them due, which the worker works off meanwhile. */
const queuedJobs = 10_000
const topUpEveryPairs = 5
const byRevision = protos.google.cloud.run.v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION

type Setting = { clients: RunClients; control: Control; press: (targetId: string) => Promise<void> }
/** Milliseconds from the request until the emulator had received the write, and until it had received the read before it. */
type Arm = { write: number[]; read: number[] }
type Measured = { direct: Arm; sluice: Arm }

// The product under test only, whatever database the caller's shell names.
for (const name of Object.keys(process.env)) if (/^(SLUICE_|DATABASE_URL|NEXTAUTH_)/.test(name)) delete process.env[name]
const product = await startProduct()
try {
  Object.assign(process.env, product.settings)
  const port = Number(product.settings['EMULATOR_PORT'])
  const setting: Setting = { clients: await runClients({ kind: 'emulator', host: '127.0.0.1', port }), control: controlOf(port), press: presser(product.settings) }
  // Google's own limit is 180 writes a minute; here the press is measured, not the quota.
  await setting.control.post('quota', { readsPerMinute: 1_000_000, writesPerMinute: 1_000_000 })
  const bench = await makeApplication()
  const measure = async (name: string, beforePair: (i: number) => Promise<void>) => {
    process.stdout.write(`Preparing ${2 * (pairs + warmUpPairs)} services (${name}) …\n`)
    const direct = await prepare(setting.clients, pairs + warmUpPairs, `bench-direct-${name}`, null)
    const sluice = await prepare(setting.clients, pairs + warmUpPairs, `bench-sluice-${name}`, bench)
    return measurePairs(setting, direct, sluice, beforePair)
  }
  report('Nothing else queued', await measure('idle', () => Promise.resolve()))
  report(`${queuedJobs.toLocaleString('en')} other jobs queued`, await measure('queued', (i) => (i % topUpEveryPairs === 0 ? fillQueue() : Promise.resolve())))
} finally {
  await disconnect()
  await product.stop()
}

/** Presses Roll back as on-call does, and answers when Sluice answered. */
function presser(settings: Readonly<Record<string, string>>): Setting['press'] {
  const script = path.resolve(import.meta.dirname, '../scripts/token.ts')
  const token = execFileSync(process.execPath, ['--conditions=react-server', script, 'oncall@example.test'], { env: { ...process.env, ...settings }, encoding: 'utf8' }).trim()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return async (targetId) => {
    const answer = await fetch(`http://127.0.0.1:${settings['PORT']}/api/v1/targets/${targetId}/rollback`, { method: 'POST', headers, body: JSON.stringify({ reason: 'benchmark' }) })
    const text = await answer.text()
    if (answer.status !== 202) throw new Error(`the rollback was answered ${answer.status}: ${text.slice(0, 500)}`)
  }
}

async function measurePairs({ clients, control, press }: Setting, direct: readonly Prepared[], sluice: readonly Prepared[], beforePair: (i: number) => Promise<void>): Promise<Measured> {
  await control.remove('calls')
  await control.post('faults', { kind: 'delay', delayMs: providerMs })
  const askedAt = new Map<string, number>()
  const timed = async (one: Prepared, ask: () => Promise<void>) => {
    askedAt.set(one.name, nowMs())
    await ask()
  }
  for (const [i, a] of direct.entries()) {
    const b = sluice[i]
    if (!b?.targetId) throw new Error('both arms have the same number of services')
    await beforePair(i)
    const { targetId } = b
    const arms = [() => timed(a, () => goBack(clients, a)), () => timed(b, () => press(targetId))]
    // Who goes first alternates: what one leaves behind is not always the other's burden.
    for (const arm of i % 2 === 0 ? arms : arms.toReversed()) await arm()
  }
  await control.remove('faults')
  const aheadMs = await control.aheadMs()
  const writes = firstWrites(await control.calls({ write: true }))
  const reads = lastReads(await control.calls({ write: false }), writes)
  // The emulator notes whole milliseconds, rounded down.
  const times = (list: readonly Prepared[], received: ReadonlyMap<string, number>) => list.slice(warmUpPairs).map(({ name }) => (received.get(name) ?? Number.NaN) + 0.5 - aheadMs - (askedAt.get(name) ?? Number.NaN))
  const arm = (list: readonly Prepared[]): Arm => ({ write: times(list, writes), read: times(list, reads) })
  return { direct: arm(direct), sluice: arm(sluice) }
}

/** The same two calls as Sluice makes: read for the etag, write all traffic to the older revision. */
async function goBack({ services }: RunClients, one: Prepared): Promise<void> {
  const [live] = await services.getService({ name: one.name })
  await services.updateService({ service: { name: one.name, etag: live.etag ?? '', traffic: [{ type: byRevision, revision: one.older, percent: 100 }] }, updateMask: { paths: ['traffic'] } })
}

type Calls = Awaited<ReturnType<Control['calls']>>

/** When each service's one write was received. A second write would make the figure meaningless, so it ends the run. */
function firstWrites(calls: Calls): Map<string, number> {
  const received = new Map<string, number>()
  for (const { service, atMs, rpc } of calls) {
    if (service === null) continue
    if (received.has(service)) throw new Error(`${service} was written twice (${rpc})`)
    received.set(service, atMs)
  }
  return received
}

/** When the read was received that the write followed: the last one that was answered before it. */
function lastReads(calls: Calls, writes: ReadonlyMap<string, number>): Map<string, number> {
  const received = new Map<string, number>()
  for (const { service, atMs, rpc } of calls) {
    if (service === null || rpc !== 'GetService') continue
    if (atMs + providerMs <= (writes.get(service) ?? 0)) received.set(service, atMs)
  }
  return received
}

/** Wake-ups of rollouts that are not there: the worker claims each, finds nothing, and takes the next. */
async function fillQueue(): Promise<void> {
  const [row] = await db.$queryRaw<{ due: number; later: number }[]>`select count(*) filter (where run_at <= now())::int as due, count(*) filter (where run_at > now())::int as later from graphile_worker.jobs`
  const add = (count: number, afterSeconds: number) => db.$executeRaw`
    select count(graphile_worker.add_job('rollout', json_build_object('id', gen_random_uuid()), run_at => clock_timestamp() + ${afterSeconds} * interval '1 second')) from generate_series(1, ${count}::int)`
  await add(Math.max(0, queuedJobs / 2 - (row?.due ?? 0)), 0)
  await add(Math.max(0, queuedJobs / 2 - (row?.later ?? 0)), 1_000_000)
}

function report(title: string, { direct, sluice }: Measured): void {
  const [a, b] = [summarise(direct.write), summarise(sluice.write)]
  const own = (arm: Arm) => summarise(arm.write.map((ms) => ms - providerMs))
  const between = (arm: Arm) => summarise(arm.write.map((ms, i) => ms - (arm.read[i] ?? Number.NaN) - providerMs))
  const cells = ({ p50, p95, p99 }: Summary, digits = 1) => [p50, p95, p99].map((ms) => ms.toFixed(digits))
  const rows = [
    ['official client alone, ms', ...cells(a)],
    ['Sluice, ms', ...cells(b)],
    ['ratio', ...cells({ p50: b.p50 / a.p50, p95: b.p95 / a.p95, p99: b.p99 / a.p99 }, 2)],
    [`client alone without the provider's ${providerMs} ms`, ...cells(own(direct))],
    [`Sluice without the provider's ${providerMs} ms`, ...cells(own(sluice))],
    ['of that: request → read received', ...cells(summarise(sluice.read))],
    ['of that: read answered → write received', ...cells(between(sluice))],
  ]
  process.stdout.write(`\n### ${title}: ${direct.write.length} pairs\n\n${table(['request → write received', 'p50', 'p95', 'p99'], rows)}\n`)
}
