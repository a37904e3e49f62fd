import { MetricServiceClient, type protos } from '@google-cloud/monitoring'
import { authFor, clientOptions, type CloudEndpoint } from '#lib/drivers/cloud-run/client.ts'
import { toDriverError } from '#lib/drivers/google/errors.ts'
import { countProviderCall } from '#lib/platform/metrics.ts'
import type { Metrics, MetricsWindow, RevisionCounts } from '#lib/drivers/metrics.ts'
import { addCounts, addDistribution, type Collected } from '#lib/drivers/cloud-monitoring/series.ts'

type Series = protos.google.monitoring.v3.ITimeSeries
type Place = { project: string; region: string; service: string }

const provider = 'cloud-monitoring'
const readTimeoutMs = 15_000
const requestCount = 'run.googleapis.com/request_count'
const requestLatencies = 'run.googleapis.com/request_latencies'
/** Cloud Monitoring refuses a shorter alignment. */
const shortestAlignmentMs = 60_000
/** What the metric list says of these two metrics, used when its descriptor gives none: sampled every 60 s, visible up to 180 s later. */
const documentedTiming = { samplePeriodMs: 60_000, ingestDelayMs: 180_000 }

const stamp = (ms: number) => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 })

/** Values are quoted as the filter language wants; names come from the blueprint's locator and hold no quotes. */
const filterFor = (metric: string, at: Place) =>
  `metric.type="${metric}" AND resource.type="cloud_run_revision" AND resource.labels.service_name="${at.service}" AND resource.labels.location="${at.region}"`

/**
 * Request counts and latencies per revision from Cloud Monitoring v3. One point per series is asked for, aligned over the
 * whole window; windows under a minute are read as raw points, since no shorter alignment exists. A series without
 * traffic is missing from the answer, which the caller must not read as zero. Partial answers (execution errors) are errors.
 */
export function cloudMonitoring(endpoint: CloudEndpoint): Metrics {
  let made: Promise<MetricServiceClient> | undefined
  const client = async (): Promise<MetricServiceClient> => {
    made ??= authFor(endpoint).then((auth) => new MetricServiceClient(clientOptions(endpoint, auth)))
    try {
      return await made
    } catch (e) {
      made = undefined
      throw e
    }
  }

  const list = async (metric: string, at: Place, window: MetricsWindow): Promise<Series[]> => {
    const spanMs = window.toMs - window.fromMs
    const aligned = spanMs >= shortestAlignmentMs
    const groupBy = ['resource.labels.revision_name', ...(metric === requestCount ? ['metric.labels.response_code_class'] : [])]
    const c = await client()
    const [series] = await c.listTimeSeries(
      {
        name: `projects/${at.project}`,
        filter: filterFor(metric, at),
        interval: { startTime: stamp(window.fromMs), endTime: stamp(window.toMs) },
        view: 'FULL',
        ...(aligned && { aggregation: { alignmentPeriod: { seconds: Math.floor(spanMs / 1000) }, perSeriesAligner: 'ALIGN_DELTA', crossSeriesReducer: 'REDUCE_SUM', groupByFields: groupBy } }),
      },
      { timeout: readTimeoutMs, maxRetries: 0 },
    )
    return series
  }

  return {
    timing: async (project) => {
      try {
        const c = await client()
        const [d] = await c.getMetricDescriptor({ name: `projects/${project}/metricDescriptors/${requestCount}` }, { timeout: readTimeoutMs, maxRetries: 0 })
        const seconds = (t: { seconds?: unknown } | null | undefined, fallbackMs: number) => (t?.seconds === undefined || t.seconds === null ? fallbackMs : Number(t.seconds) * 1000)
        return { samplePeriodMs: seconds(d.metadata?.samplePeriod, documentedTiming.samplePeriodMs), ingestDelayMs: seconds(d.metadata?.ingestDelay, documentedTiming.ingestDelayMs) }
      } catch (e) {
        throw toDriverError(e, provider, 'getMetricDescriptor')
      }
    },

    counts: async (at, window) => {
      try {
        const [counts, latencies] = await Promise.all([list(requestCount, at, window), list(requestLatencies, at, window)])
        const collected: Collected = new Map()
        for (const s of counts) addCounts(collected, s, window)
        for (const s of latencies) addDistribution(collected, s, window)
        countProviderCall('listTimeSeries', 'ok')
        return [...collected.values()] satisfies RevisionCounts[]
      } catch (e) {
        const error = toDriverError(e, provider, 'listTimeSeries')
        countProviderCall('listTimeSeries', error.kind)
        throw error
      }
    },
  }
}
