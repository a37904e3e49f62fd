import 'server-only'
import type { Metrics } from '#lib/drivers/metrics.ts'
import type { Past } from '#lib/engine/compare/schema.ts'
import type { CloudRunLocator } from '#lib/rollouts/schema.ts'

const minuteMs = 60_000
/** Long enough for what a service usually does, short enough to be of this version's traffic. */
const pastMs = 3_600_000

/**
 * What stable answered in the hour before `beforeMs`, by whole minutes; empty where the source has nothing. Throws
 * DriverError when the source cannot be read.
 */
export async function readPast(source: Metrics, at: CloudRunLocator, stable: string, beforeMs: number): Promise<Past> {
  const toMs = Math.floor(beforeMs / minuteMs) * minuteMs
  const series = await source.series(at, { fromMs: toMs - pastMs, toMs }, minuteMs)
  const buckets = series.find((s) => s.revision === stable)?.buckets ?? []
  const measured = buckets.filter((b) => b !== null)
  const boundsMs = measured.find((b) => b.latency.boundsMs.length > 1)?.latency.boundsMs ?? []
  const counts = boundsMs.map((_, j) => measured.reduce((n, b) => n + (b.latency.counts[j] ?? 0), 0))
  return {
    innerMs: boundsMs.slice(0, -1),
    counts,
    minutes: { requests: buckets.map((b) => b?.requests ?? 0), errors: buckets.map((b) => b?.errors ?? 0) },
  }
}
