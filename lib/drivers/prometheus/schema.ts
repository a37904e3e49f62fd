import { z } from 'zod'

// Names stand in queries unquoted, so that nothing else may pass (prometheus.io/docs/concepts/data_model).
export const metricNamePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$/
/** Names that begin with two underscores are Prometheus's own. */
export const labelNamePattern = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]{0,99}$/
const metricName = z.string().regex(metricNamePattern)
const labelName = z.string().regex(labelNamePattern)

export const latencyUnits = ['s', 'ms'] as const

/** Where a Prometheus is, and what the router's counters and their labels are called there. */
export const PrometheusSource = z.object({
  source: z.literal('prometheus'),
  /** http or https, without a slash at the end. */
  url: z.string().max(500),
  /** How often it scrapes the router: nothing is known in finer steps. Two minutes at most, as samples count as gone after five. */
  scrapeMs: z.number().int().min(1000).max(120_000),
  /** A counter; the labels are those of the latency histogram too, but for `code`, which it may lack. */
  requests: z.object({ metric: metricName, project: labelName, region: labelName, service: labelName, revision: labelName, code: labelName }),
  /** A classic histogram, by the name without `_bucket`, and the unit of its bounds. */
  latency: z.object({ metric: metricName, unit: z.enum(latencyUnits) }),
})
export type PrometheusSource = z.infer<typeof PrometheusSource>

export const prometheusDefaults = {
  scrapeMs: 15_000,
  requests: { metric: 'run_requests_total', project: 'project', region: 'region', service: 'service', revision: 'revision', code: 'code_class' },
  latency: { metric: 'run_request_latency_ms', unit: 'ms' },
} as const satisfies Omit<PrometheusSource, 'source' | 'url'>

/** The unit that a metric's name ends in, as Prometheus asks of names (prometheus.io/docs/practices/naming); null when it says none. */
export const unitOfName = (metric: string): PrometheusSource['latency']['unit'] | null => (/_seconds$/.test(metric) ? 's' : /_(ms|milliseconds)$/.test(metric) ? 'ms' : null)
