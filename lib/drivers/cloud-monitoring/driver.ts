import { MetricServiceClient, type protos } from '@google-cloud/monitoring'
import { authFor, clientOptions, type CloudEndpoint } from '#lib/drivers/cloud-run/client.ts'
import { toDriverError } from '#lib/drivers/google/errors.ts'
import { countProviderCall } from '#lib/platform/metrics.ts'
import { alignedSeries } from '#lib/drivers/cloud-monitoring/aligned.ts'
import { documentedTiming } from '#lib/drivers/cloud-monitoring/timing.ts'
import type { Metrics, MetricsWindow, RevisionCounts } from '#lib/drivers/metrics.ts'
import { addCounts, addDistribution, byService, type Collected } from '#lib/drivers/cloud-monitoring/series.ts'

type Series = protos.google.monitoring.v3.ITimeSeries
type Place = { project: string; region: string; service: string }
/** One service, or of a project all services or those of these names. */
type Scope = Place | { project: string; services?: readonly string[] | undefined }

const provider = 'cloud-monitoring'
/** The caller asks again by itself. A count of no retries would make the client speak of retries instead of what the provider said. */
const readOnce = { timeout: 15_000, retry: null }
const requestCount = 'run.googleapis.com/request_count'
const requestLatencies = 'run.googleapis.com/request_latencies'
/** Cloud Monitoring refuses a shorter alignment. */
const shortestAlignmentMs = 60_000

const stamp = (ms: number) => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 })

/** Values are quoted as the filter language wants; names come from the blueprint's locator and hold no quotes. */
const filterFor = (metric: string, of: Scope) => `metric.type="${metric}" AND resource.type="cloud_run_revision"${placeFilter(of)}`
function placeFilter(of: Scope): string {
  if ('service' in of) return ` AND resource.labels.service_name="${of.service}" AND resource.labels.location="${of.region}"`
  return of.services ? ` AND resource.labels.service_name=one_of(${of.services.map((name) => `"${name}"`).join(',')})` : ''
}

/**
 * Request counts and latencies per revision from Cloud Monitoring v3. One point per series is asked for, aligned over the
 * whole window or, for a chart, to its buckets; windows under a minute are read as raw points, since no shorter alignment exists. A series without
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

  const list = async (metric: string, of: Scope, window: MetricsWindow, alignmentMs: number): Promise<Series[]> => {
    const aligned = alignmentMs >= shortestAlignmentMs
    const groupBy = [...('service' in of ? [] : ['resource.labels.location', 'resource.labels.service_name']), 'resource.labels.revision_name', ...(metric === requestCount ? ['metric.labels.response_code_class'] : [])]
    const c = await client()
    const [series] = await c.listTimeSeries(
      {
        name: `projects/${of.project}`,
        filter: filterFor(metric, of),
        interval: { startTime: stamp(window.fromMs), endTime: stamp(window.toMs) },
        view: 'FULL',
        ...(aligned && { aggregation: { alignmentPeriod: { seconds: Math.floor(alignmentMs / 1000) }, perSeriesAligner: 'ALIGN_DELTA', crossSeriesReducer: 'REDUCE_SUM', groupByFields: groupBy } }),
      },
      readOnce,
    )
    return series
  }

  const both = (of: Scope, window: MetricsWindow, alignmentMs: number) => Promise.all([list(requestCount, of, window, alignmentMs), list(requestLatencies, of, window, alignmentMs)])

  const asked = async <T>(read: () => Promise<T>): Promise<T> => {
    try {
      const answer = await read()
      countProviderCall('listTimeSeries', 'ok')
      return answer
    } catch (e) {
      const error = toDriverError(e, provider, 'listTimeSeries')
      countProviderCall('listTimeSeries', error.kind)
      throw error
    }
  }

  return {
    shortestWindowMs: documentedTiming.samplePeriodMs,

    timing: async (project) => {
      try {
        const c = await client()
        const [d] = await c.getMetricDescriptor({ name: `projects/${project}/metricDescriptors/${requestCount}` }, readOnce)
        const seconds = (t: { seconds?: unknown } | null | undefined, fallbackMs: number) => (t?.seconds === undefined || t.seconds === null ? fallbackMs : Number(t.seconds) * 1000)
        return { samplePeriodMs: seconds(d.metadata?.samplePeriod, documentedTiming.samplePeriodMs), ingestDelayMs: seconds(d.metadata?.ingestDelay, documentedTiming.ingestDelayMs) }
      } catch (e) {
        throw toDriverError(e, provider, 'getMetricDescriptor')
      }
    },

    counts: (at, window) =>
      asked(async () => {
        const [counts, latencies] = await both(at, window, window.toMs - window.fromMs)
        const collected: Collected = new Map()
        for (const s of counts) addCounts(collected, s, window)
        for (const s of latencies) addDistribution(collected, s, window)
        return [...collected.values()] satisfies RevisionCounts[]
      }),

    projectCounts: async (project, window, wanted) => {
      if (wanted?.length === 0) return []
      return asked(async () => {
        const [counts, latencies] = await both({ project, services: wanted }, window, window.toMs - window.fromMs)
        const services = byService()
        for (const s of counts) addCounts(services.of(s), s, window)
        for (const s of latencies) addDistribution(services.of(s), s, window)
        return services.all()
      })
    },

    series: async (at, window, bucketMs) => {
      if (bucketMs < shortestAlignmentMs || bucketMs % shortestAlignmentMs !== 0 || window.fromMs % bucketMs !== 0 || window.toMs % bucketMs !== 0) throw new Error(`a series is cut into whole minutes on their own grid, not ${bucketMs} ms from ${window.fromMs} to ${window.toMs}`)
      return asked(async () => {
        const [counts, latencies] = await both(at, window, bucketMs)
        return alignedSeries(counts, latencies, window, bucketMs)
      })
    },
  }
}
