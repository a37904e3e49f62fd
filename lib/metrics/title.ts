import type { MetricsSource } from '#lib/rollouts/schema.ts'

/** As people know a source, with the host of one that may be many. */
export const titleOf = (source: MetricsSource): string => (source.source === 'cloud-monitoring' ? 'Cloud Monitoring' : `Prometheus at ${new URL(source.url).host}`)
