import { isScalar } from 'yaml'
import { bad, type Bad, fail, object, optional, type Read, required, wrongType } from '#lib/blueprints/reading/shape.ts'
import { duration, oneOf, pattern } from '#lib/blueprints/reading/scalars.ts'
import { type Cursor, resolved } from '#lib/blueprints/reading/source.ts'
import { labelNamePattern, latencyUnits, metricNamePattern, prometheusDefaults, unitOfName } from '#lib/drivers/prometheus/schema.ts'
import type { MetricsSource } from '#lib/rollouts/schema.ts'

const metricName = pattern(metricNamePattern, 'a name of a metric: letters, digits, _ and :, not starting with a digit')
const label = pattern(labelNamePattern, 'a name of a label: letters, digits and _, not starting with a digit or __')

/** An address to read from: whether it may be reached is for the operator's settings to say, not for the blueprint. */
const address: Read<string> = (at) => {
  const node = resolved(at)
  if (!isScalar(node) || typeof node.value !== 'string') return wrongType(at, 'an address such as https://prometheus.example.com')
  const written = node.value
  if (!URL.canParse(written) || !/^https?:\/\//i.test(written) || written.length > 300) return fail(at, `${JSON.stringify(written.slice(0, 100))} is not an address such as https://prometheus.example.com`)
  const url = new URL(written)
  if (url.username || url.password) return fail(at, 'must not carry a user or a password: blueprints are read by many')
  // An empty question or fragment is none to the parser, and would still cut off what is added.
  if (/[?#]/.test(written)) return fail(at, 'must end with its path: /api/v1/query and what is asked are added')
  return url.href.replace(/\/+$/, '')
}

const { requests, latency } = prometheusDefaults
const requestFields = object({
  metric: optional(metricName, requests.metric),
  project: optional(label, requests.project), region: optional(label, requests.region), service: optional(label, requests.service),
  revision: optional(label, requests.revision), code: optional(label, requests.code),
})
const latencyFields = object({ metric: required(metricName), unit: optional(oneOf(latencyUnits), null) })

const histogram: Read<{ metric: string; unit: (typeof latencyUnits)[number] }> = (at) => {
  const read = latencyFields(at)
  if (read === bad) return bad
  if (/_(bucket|sum|count)$/.test(read.metric)) return fail(at, `${read.metric} is a part of a histogram; name the whole: ${read.metric.replace(/_(bucket|sum|count)$/, '')}`)
  const unit = read.unit ?? unitOfName(read.metric)
  return unit === null ? fail(at, `unit is missing: ${read.metric} does not say whether it is in s or ms`, latencyUnits) : { metric: read.metric, unit }
}

/** As the refusal begins that ends in "not available yet". */
const inSettings = 'credentials of a source come from the operator\'s SLUICE_PROMETHEUS_AUTH, and in a blueprint they are'

const fields = object(
  {
    source: required(oneOf(['cloud-monitoring', 'prometheus'], { datadog: 'Datadog as a source is' })),
    url: optional(address, null),
    scrape: optional(duration({ minMs: 1000, maxMs: 120_000 }), null),
    requests: optional(requestFields, null),
    latency: optional(histogram, null),
  },
  { selectors: 'selectors of a source are', headers: inSettings, token: inSettings },
)

export const metrics: Read<MetricsSource> = (at) => {
  const read = fields(at)
  if (read === bad) return bad
  return read.source === 'prometheus' ? prometheus(at, read) : cloudMonitoring(at, read)
}

type Fields = Exclude<ReturnType<typeof fields>, Bad>

function prometheus(at: Cursor, read: Fields): MetricsSource | Bad {
  if (read.url === null) return fail(at, 'url is missing: where this Prometheus is, such as https://prometheus.example.com')
  return { source: 'prometheus', url: read.url, scrapeMs: read.scrape ?? prometheusDefaults.scrapeMs, requests: read.requests ?? { ...requests }, latency: read.latency ?? { ...latency } }
}

function cloudMonitoring(at: Cursor, read: Fields): MetricsSource | Bad {
  const given = Object.entries(read).flatMap(([name, value]) => (name === 'source' || value === null ? [] : [name]))
  return given.length > 0 ? fail(at, `${given.join(' and ')} ${given.length === 1 ? 'belongs' : 'belong'} to the source prometheus; leave it out`) : { source: 'cloud-monitoring' }
}
