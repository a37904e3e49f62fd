import 'server-only'
import { DriverError } from '#lib/drivers/errors.ts'
import type { Metrics, MetricsWindow, RevisionCounts, ServiceCounts } from '#lib/drivers/metrics.ts'
import { prometheusClient } from '#lib/drivers/prometheus/client.ts'
import { bucketsOf, readIncrements, type RevisionIncrements } from '#lib/drivers/prometheus/read.ts'
import type { PrometheusSource } from '#lib/drivers/prometheus/schema.ts'
import { countProviderCall } from '#lib/platform/metrics.ts'

export type PrometheusOptions = {
  /** SLUICE_ALLOWED_HOSTS. */
  allowedHosts: readonly string[]
  /** SLUICE_PROMETHEUS_AUTH: what is sent as Authorization, by `host` (https) or `host:port`. */
  authorizations?: ReadonlyMap<string, string>
  timeoutMs?: number
  maxBytes?: number
  /** Samples per series read at most; longer windows are read in steps. */
  mostSamples?: number
}

type Scope = { project: string; region?: string; services?: readonly string[] }

/** How late a scrape may be. */
const slackMs = 5_000
/** So many missed scrapes before a window are bridged. */
const lookbackScrapes = 8

/**
 * Request counts and latencies per revision from a Prometheus (HTTP API v1) that scrapes the router: one question for
 * both metrics. Counts are differences of stored samples, with restarts of the counters, and never estimated. A request
 * lies between two scrapes; it counts in the window in which the earlier one falls, so a window holds nothing from before
 * its start, windows that follow one another share nothing out twice and lose nothing, and one is whole a scrape and 5 s
 * after its end. Windows of over 2,000 scrapes are read in coarser steps, in which what a restarted counter had reached
 * since the step before is lost.
 * A revision without series is absent; one whose counters did not rise has zero requests. A series that appears in a
 * process that was scraped before counts from zero; what a process had counted before its first scrape is not known.
 */
export function prometheus(source: PrometheusSource, options: PrometheusOptions): Metrics {
  const client = prometheusClient({ url: source.url, ...options })
  const ingestDelayMs = source.scrapeMs + slackMs
  const mostSamples = options.mostSamples ?? 2_000

  const read = async (scope: Scope, window: MetricsWindow, bucketMs: number): Promise<RevisionIncrements[]> => {
    const selector = selectorOf(source, scope)
    const stepMs = stepOf(window, bucketMs, source.scrapeMs, mostSamples)
    if (stepMs === null) {
      const untilMs = window.toMs + ingestDelayMs
      return readIncrements(await client.samples(selector, untilMs - window.fromMs + lookbackScrapes * source.scrapeMs, untilMs), source, ingestDelayMs)
    }
    // A scrape later than the grid: what is then the newest sample was taken after the grid's point, not before.
    const late = source.scrapeMs
    const series = await client.steps(selector, { fromMs: window.fromMs + late, toMs: window.toMs + late, stepMs })
    return readIncrements(series.map((s) => ({ ...s, samples: s.samples.map((x) => ({ ...x, tMs: x.tMs - late })) })), source, stepMs)
  }

  const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      const answer = await ask()
      countProviderCall('prometheusQuery', 'ok')
      return answer
    } catch (e) {
      if (e instanceof DriverError) countProviderCall('prometheusQuery', e.kind)
      throw e
    }
  }

  const projectCounts = async (project: string, window: MetricsWindow, services?: readonly string[]): Promise<ServiceCounts[]> => {
    if (services?.length === 0) return []
    const rows = await asked(() => read({ project, ...(services && { services }) }, window, window.toMs - window.fromMs))
    const byService = Map.groupBy(rows, (row) => JSON.stringify([row.region, row.service]))
    return [...byService.values()].flatMap((of) => {
      const [first] = of
      const revisions = of.flatMap((row) => countsOf(row, window))
      return first && revisions.length > 0 ? [{ region: first.region, service: first.service, revisions }] : []
    })
  }

  return {
    shortestWindowMs: source.scrapeMs,

    timing: async () => ({ samplePeriodMs: source.scrapeMs, ingestDelayMs }),

    counts: (at, window) => asked(async () => (await read({ project: at.project, region: at.region, services: [at.service] }, window, window.toMs - window.fromMs)).flatMap((row) => countsOf(row, window))),

    projectCounts,

    series: async (at, window, bucketMs) => {
      if (bucketMs < 60_000 || bucketMs % 60_000 !== 0 || window.fromMs % bucketMs !== 0 || window.toMs % bucketMs !== 0) throw new Error(`a series is cut into whole minutes on their own grid, not ${bucketMs} ms from ${window.fromMs} to ${window.toMs}`)
      const rows = await asked(() => read({ project: at.project, region: at.region, services: [at.service] }, window, bucketMs))
      return rows
        .map((row) => ({ revision: row.revision, buckets: bucketsOf(row, window, bucketMs).map((b) => (b && b.requests > 0 ? b : null)) }))
        .filter((row) => row.buckets.some((b) => b !== null))
        .toSorted((a, b) => (a.revision < b.revision ? -1 : 1))
    },
  }
}

function countsOf(row: RevisionIncrements, window: MetricsWindow): RevisionCounts[] {
  const [counts] = bucketsOf(row, window, window.toMs - window.fromMs)
  return counts ? [{ revision: row.revision, ...counts }] : []
}

/** Null: the samples themselves. Else a step that divides the bucket, so that all buckets have as many. */
function stepOf(window: MetricsWindow, bucketMs: number, scrapeMs: number, mostSamples: number): number | null {
  const leastMs = (window.toMs - window.fromMs) / mostSamples
  if (leastMs <= scrapeMs) return null
  let parts = Math.max(1, Math.floor(bucketMs / leastMs))
  while (bucketMs % parts !== 0) parts -= 1
  return bucketMs / parts
}

/** Values are quoted as PromQL quotes (Go's rules, of which JSON's are a part); names are checked by the source's schema. */
function selectorOf({ requests, latency }: PrometheusSource, scope: Scope): string {
  const [only, ...more] = scope.services ?? []
  const matchers = [
    `__name__=~"${requests.metric}|${latency.metric}_bucket"`,
    `${requests.project}=${JSON.stringify(scope.project)}`,
    ...(scope.region === undefined ? [] : [`${requests.region}=${JSON.stringify(scope.region)}`]),
    ...(only === undefined ? [] : more.length === 0 ? [`${requests.service}=${JSON.stringify(only)}`] : [`${requests.service}=~${JSON.stringify([only, ...more].map(literal).join('|'))}`]),
  ]
  return `{${matchers.join(',')}}`
}

const literal = (value: string): string => value.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')
