import type { protos } from '@google-cloud/monitoring'
import { addCount, addLatency, atMs, type Collected, rowFor } from '#lib/drivers/cloud-monitoring/series.ts'
import type { MetricsWindow, RevisionCounts, RevisionSeries } from '#lib/drivers/metrics.ts'

type Series = protos.google.monitoring.v3.ITimeSeries
type Point = protos.google.monitoring.v3.IPoint

/**
 * Points that were aligned to `bucketMs`, in their buckets by revision. Alignment periods are anchored at the end of the
 * interval (common.proto, Aggregation.alignment_period), so a point's end says which bucket it is. An aligner fills a
 * period without data by interpolation (there, Aligner); Cloud Run writes no point for a quiet revision. A zero is
 * therefore no measurement, and a bucket without any request is null.
 */
export function alignedSeries(counts: readonly Series[], latencies: readonly Series[], window: MetricsWindow, bucketMs: number): RevisionSeries[] {
  const buckets: Collected[] = Array.from({ length: Math.round((window.toMs - window.fromMs) / bucketMs) }, () => new Map())
  const place = (series: readonly Series[], add: (row: RevisionCounts, s: Series, p: Point) => void) => {
    for (const s of series)
      for (const p of s.points ?? []) {
        const bucket = buckets[Math.round((atMs(p.interval?.endTime) - window.fromMs) / bucketMs) - 1]
        if (bucket) add(rowFor(bucket, s), s, p)
      }
  }
  place(counts, addCount)
  place(latencies, (row, _, p) => addLatency(row, p))
  const names = [...new Set(buckets.flatMap((b) => [...b.values()].flatMap((row) => (row.requests > 0 ? [row.revision] : []))))].toSorted()
  return names.map((revision) => ({
    revision,
    buckets: buckets.map((b) => {
      const row = b.get(revision)
      return row && row.requests > 0 ? { requests: row.requests, errors: row.errors, latency: row.latency } : null
    }),
  }))
}
