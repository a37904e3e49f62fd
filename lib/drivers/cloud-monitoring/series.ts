import type { protos } from '@google-cloud/monitoring'
import { DriverError } from '#lib/drivers/errors.ts'
import type { MetricsWindow, RevisionCounts, ServiceCounts } from '#lib/drivers/metrics.ts'

type Series = protos.google.monitoring.v3.ITimeSeries
type Point = protos.google.monitoring.v3.IPoint
type Distribution = protos.google.api.IDistribution
export type Collected = Map<string, RevisionCounts>

export const atMs = (t: { seconds?: unknown; nanos?: number | null } | null | undefined): number => Number(t?.seconds ?? 0) * 1000 + Math.floor((t?.nanos ?? 0) / 1e6)

/** A sample that begins before the window mixes in what was there before: only whole samples inside count. */
const inside = (p: Point, w: MetricsWindow): boolean => atMs(p.interval?.startTime) >= w.fromMs && atMs(p.interval?.endTime) <= w.toMs

const bad = (message: string): DriverError => new DriverError({ provider: 'cloud-monitoring', operation: 'read series', kind: 'failed', message, retriable: true, outcome: 'none' })

export function rowFor(collected: Collected, s: Series): RevisionCounts {
  const revision = s.resource?.labels?.['revision_name']
  // An aggregate that lost its revision would be blamed on the wrong one.
  if (!revision) throw bad('a series came without its revision name')
  let row = collected.get(revision)
  if (!row) {
    row = { revision, requests: 0, errors: 0, latency: { boundsMs: [], counts: [] } }
    collected.set(revision, row)
  }
  return row
}

const isServerError = (s: Series): boolean => {
  const labels = s.metric?.labels ?? {}
  return labels['response_code_class'] === '5xx' || (labels['response_code_class'] === undefined && /^5\d\d$/.test(labels['response_code'] ?? ''))
}

/** Adds one point of a `request_count` series. A negative or broken count is an error, not a number. */
export function addCount(row: RevisionCounts, s: Series, p: Point): void {
  const n = Number(p.value?.int64Value ?? p.value?.doubleValue ?? Number.NaN)
  if (!Number.isFinite(n) || n < 0) throw bad(`a request count of ${row.revision} is ${String(n)}`)
  row.requests += Math.round(n)
  if (isServerError(s)) row.errors += Math.round(n)
}

/** Adds the requests of one `request_count` series. */
export function addCounts(collected: Collected, s: Series, window: MetricsWindow): void {
  const row = rowFor(collected, s)
  for (const p of s.points ?? []) if (inside(p, window)) addCount(row, s, p)
}

/** Upper bound of each bucket in ms, the overflow bucket last. */
export function boundsOf(d: Distribution): number[] {
  const o = d.bucketOptions
  if (o?.explicitBuckets) return [...(o.explicitBuckets.bounds ?? []), Infinity]
  const finite = (e: { numFiniteBuckets?: number | null } | null | undefined) => e?.numFiniteBuckets ?? 0
  if (o?.exponentialBuckets) {
    const e = o.exponentialBuckets
    return [...Array.from({ length: finite(e) + 1 }, (_, i) => (e.scale ?? 1) * (e.growthFactor ?? 2) ** i), Infinity]
  }
  if (o?.linearBuckets) {
    const l = o.linearBuckets
    return [...Array.from({ length: finite(l) + 1 }, (_, i) => (l.offset ?? 0) + (l.width ?? 1) * i), Infinity]
  }
  throw bad('a latency distribution came without its buckets')
}

/** Adds one point of a `request_latencies` series; all series of a service share their buckets. */
export function addLatency(row: RevisionCounts, p: Point): void {
  const d = p.value?.distributionValue
  if (!d) return
  const bounds = boundsOf(d)
  if (row.latency.boundsMs.length === 0) row.latency = { boundsMs: bounds, counts: bounds.map(() => 0) }
  if (row.latency.boundsMs.length !== bounds.length) throw bad(`latency buckets of ${row.revision} changed within one window`)
  // Trailing empty buckets may be left out of the answer.
  ;(d.bucketCounts ?? []).forEach((n, i) => {
    row.latency.counts[i] = (row.latency.counts[i] ?? 0) + Number(n)
  })
}

/** Adds one `request_latencies` series. */
export function addDistribution(collected: Collected, s: Series, window: MetricsWindow): void {
  const row = rowFor(collected, s)
  for (const p of s.points ?? []) if (inside(p, window)) addLatency(row, p)
}

/** Rows of a whole project, apart by service: revisions of two services may have one name. */
export function byService() {
  const services = new Map<string, { region: string; service: string; collected: Collected }>()
  return {
    of(s: Series): Collected {
      const { location: region, service_name: service } = s.resource?.labels ?? {}
      if (!region || !service) throw bad('a series came without the service it is of')
      const key = `${region}/${service}`
      const known = services.get(key) ?? { region, service, collected: new Map() }
      services.set(key, known)
      return known.collected
    },
    all: (): ServiceCounts[] => [...services.values()].map(({ region, service, collected }) => ({ region, service, revisions: [...collected.values()] })),
  }
}
