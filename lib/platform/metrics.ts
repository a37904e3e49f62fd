import 'server-only'
import { timingSafeEqual } from 'node:crypto'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { db } from '#lib/platform/db/client.ts'
import { env } from '#lib/platform/env.ts'

type Metrics = {
  registry: Registry
  requests: Counter<'route' | 'method' | 'status'>
  requestSeconds: Histogram<'route' | 'method'>
  providerCalls: Counter<'operation' | 'code'>
}

// prom-client refuses to register a name twice, and Next loads this module once per bundle.
const shared = globalThis as typeof globalThis & { sluiceMetrics?: Metrics }
const metrics = () => (shared.sluiceMetrics ??= create())

/** Counts one answered request. `route` is an endpoint's id or a route's pattern, never a path with ids in it. */
export function countRequest(request: { route: string; method: string; status: number; seconds: number }): void {
  metrics().requests.inc({ route: request.route, method: request.method, status: String(request.status) })
  metrics().requestSeconds.observe({ route: request.route, method: request.method }, request.seconds)
}

/** Counts one call to a provider. `operation` is the provider's method, `code` its answer: OK, 409, DEADLINE_EXCEEDED … */
export const countProviderCall = (operation: string, code: string): void => metrics().providerCalls.inc({ operation, code })

/** Everything in Prometheus's text format; gauges of the database are read now. */
export async function metricsText(): Promise<{ type: string; text: string }> {
  const { registry } = metrics()
  return { type: registry.contentType, text: await registry.metrics() }
}

/**
 * With SLUICE_METRICS_TOKEN set, its bearer. Without, this machine only: where every interface is listened on
 * (HOSTNAME is not a loopback address) an address in a header could be made up, so nobody is let in.
 */
export function mayReadMetrics(authorization: string | null | undefined, remoteAddress: string | null | undefined): boolean {
  const token = env().SLUICE_METRICS_TOKEN
  if (token !== undefined) return isSame(authorization ?? '', `Bearer ${token}`)
  return remoteAddress !== undefined && remoteAddress !== null && remoteAddress.split(',').every((address) => isLoopback(address.trim()))
}

export const isLoopback = (address: string): boolean => /^(::ffff:)?127(\.\d{1,3}){3}$|^::1$|^localhost$/.test(address)

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}

function create(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  new Gauge({ name: 'sluice_rollouts', help: 'Rollouts by state.', labelNames: ['state'], registers, collect: readRollouts })
  new Gauge({ name: 'sluice_queue_jobs', help: 'Jobs in the queue: due, later, or failed for good.', labelNames: ['state'], registers, collect: readQueue })
  new Gauge({ name: 'sluice_worker_heartbeat_age_seconds', help: 'Age of the youngest worker beat.', registers, collect: readHeartbeat })
  return {
    registry,
    requests: new Counter({ name: 'sluice_http_requests_total', help: 'Requests answered.', labelNames: ['route', 'method', 'status'], registers }),
    requestSeconds: new Histogram({
      name: 'sluice_http_request_seconds',
      help: 'Time to answer a request.',
      labelNames: ['route', 'method'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    providerCalls: new Counter({ name: 'sluice_provider_calls_total', help: 'Calls to cloud providers by answer.', labelNames: ['operation', 'code'], registers }),
  }
}

async function readRollouts(this: Gauge<'state'>) {
  const groups = await db.rollout.groupBy({ by: ['state'], _count: true })
  this.reset()
  for (const group of groups) this.set({ state: group.state }, group._count)
}

async function readQueue(this: Gauge<'state'>) {
  const rows = await db.$queryRaw<{ state: string; count: number }[]>`
    select case when attempts >= max_attempts then 'failed' when run_at <= now() then 'due' else 'later' end as state, count(*)::int as count
    from graphile_worker.jobs group by 1`
  this.reset()
  for (const state of ['due', 'later', 'failed']) this.set({ state }, rows.find((row) => row.state === state)?.count ?? 0)
}

async function readHeartbeat(this: Gauge) {
  const rows = await db.$queryRaw<{ seconds: number | null }[]>`
    select extract(epoch from clock_timestamp() - max(beat_at))::float8 as seconds from worker_heartbeat`
  const seconds = rows[0]?.seconds
  if (typeof seconds === 'number') this.set(seconds)
}
