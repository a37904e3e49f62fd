import type { Cloud } from '#emulator/cloud.ts'
import type { JsonObject } from '#emulator/state/json.ts'

const responseLabels = [
  { key: 'response_code', description: 'Response code of a request.' },
  { key: 'response_code_class', description: 'Response code class of a request.' },
]

const metrics: Record<string, JsonObject> = {
  'run.googleapis.com/request_count': {
    metricKind: 'DELTA', valueType: 'INT64', unit: '1', displayName: 'Request Count',
    // What is left out here is why a saturated revision can look healthy (gcp.md 3.5).
    description: 'Number of requests reaching the revision. Excludes requests that are not reaching your container instances (e.g. unauthorized requests or when maximum number of instances is reached).',
  },
  'run.googleapis.com/request_latencies': {
    metricKind: 'DELTA', valueType: 'DISTRIBUTION', unit: 'ms', displayName: 'Request Latencies',
    description: 'Distribution of request latency in milliseconds reaching the revision. Latency does not include cold start.',
  },
}
export const metricTypes: readonly string[] = Object.keys(metrics)

/** Sample period and ingest delay are read live by callers: they are what `/_control/metrics` says (api/metric.proto, metadata). */
export function describeMetric(cloud: Cloud, project: string, type: string): JsonObject {
  const { samplePeriodSeconds, ingestDelaySeconds } = cloud.state.setting('metrics')
  return {
    name: `projects/${project}/metricDescriptors/${type}`,
    type,
    labels: responseLabels,
    ...metrics[type],
    metadata: { launchStage: 'GA', samplePeriod: `${samplePeriodSeconds}s`, ingestDelay: `${ingestDelaySeconds}s` },
    launchStage: 'GA',
    monitoredResourceTypes: ['cloud_run_revision'],
  }
}
