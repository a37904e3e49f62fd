import 'server-only'
import { explainFailure, explainPrometheus, explainPrometheusFailure, explainRun, explainWrite, writeNotAsked } from '#lib/connections/decide.ts'
import type { Finding } from '#lib/connections/schema.ts'
import type { ConnectedRow } from '#lib/connections/store.ts'
import { DriverError } from '#lib/drivers/errors.ts'
import { parseImageRef } from '#lib/drivers/oci-registry/reference.ts'
import { imageRegistry, metricsFor, runtimeFor } from '#lib/drivers/registry.ts'
import type { Observation } from '#lib/drivers/runtime.ts'
import { nowMs } from '#lib/platform/clock.ts'
import type { CloudRunLocator, MetricsSource } from '#lib/rollouts/schema.ts'

/** Of which Prometheus is asked. */
const readMinutes = 5

export type MetricsOf = (source: MetricsSource, locator: CloudRunLocator) => Promise<Finding>

/** Cloud Monitoring's request metrics are a project's: its targets share one read. */
export function metricsReader(): MetricsOf {
  const asked = new Map<string, Promise<Finding>>()
  return (source, locator) => {
    if (source.source === 'prometheus') return readPrometheus(source, locator)
    const finding = asked.get(locator.project) ?? readMetrics(locator.project)
    asked.set(locator.project, finding)
    return finding
  }
}

/** Tries what a rollout on this target will need to read, and asks what it will need to write. Every failure becomes a finding; nothing is written anywhere. */
export async function examine(target: ConnectedRow, source: MetricsSource | null, metricsOf: MetricsOf): Promise<Finding[]> {
  const [live, metrics] = await Promise.all([readService(target), source ? metricsOf(source, target.locator) : notNeeded('metrics', 'The blueprint names no metrics here')])
  const [image, write] = await Promise.all([readImage(target, live.observation), askWriting(target, live.observation)])
  return [live.finding, metrics, image, write]
}

const notNeeded = (kind: Finding['kind'], message: string): Finding => ({ kind, state: 'not_needed', message, fix: null })

async function tried(kind: Finding['kind'], project: string, read: () => Promise<Finding>): Promise<Finding> {
  try {
    return await read()
  } catch (e) {
    if (e instanceof DriverError) return explainFailure(kind, project, e)
    throw e
  }
}

async function readService({ locator }: ConnectedRow): Promise<{ finding: Finding; observation: Observation | null }> {
  let observation: Observation | null = null
  const finding = await tried('run', locator.project, async () => {
    observation = await runtimeFor('cloud-run').observe(locator)
    return explainRun(locator.service, { exists: observation.exists, revisions: Object.values(observation.split).filter((percent) => percent > 0).length })
  })
  return { finding, observation }
}

async function askWriting({ locator }: ConnectedRow, live: Observation | null): Promise<Finding> {
  if (live === null) return notNeeded('write', 'Not asked, since the service could not be read')
  if (!live.exists) return writeNotAsked(locator.service)
  return tried('write', locator.project, async () => explainWrite(locator, await runtimeFor('cloud-run').writeAccess(locator)))
}

const readMetrics = (project: string): Promise<Finding> =>
  tried('metrics', project, async () => {
    const { samplePeriodMs, ingestDelayMs } = await metricsFor({ source: 'cloud-monitoring' }).timing(project)
    return { kind: 'metrics', state: 'ok', fix: null, message: `Read the request metrics of ${project}: a sample each ${samplePeriodMs / 1000} s, visible after ${ingestDelayMs / 1000} s` }
  })

/** The last minutes that it shows. That it has nothing of a service is no fault: it may not have been asked yet. */
async function readPrometheus(source: MetricsSource & { source: 'prometheus' }, locator: CloudRunLocator): Promise<Finding> {
  const host = new URL(source.url).host
  try {
    const driver = metricsFor(source)
    const { ingestDelayMs } = await driver.timing(locator.project)
    const toMs = (await nowMs()) - ingestDelayMs
    const counts = await driver.counts(locator, { fromMs: toMs - readMinutes * 60_000, toMs })
    return explainPrometheus(host, source.requests.metric, locator.service, counts.map((c) => c.revision))
  } catch (e) {
    if (e instanceof DriverError) return explainPrometheusFailure(e)
    throw e
  }
}

async function readImage({ locator }: ConnectedRow, live: Observation | null): Promise<Finding> {
  if (live === null) return notNeeded('images', 'Not tried, since the service could not be read')
  const image = live.image ? parseImageRef(live.image) : null
  if (image === null || 'problem' in image) return notNeeded('images', 'No image runs here yet that could be looked up')
  return tried('images', projectOf(image.repository) ?? locator.project, async () => {
    const digest = await imageRegistry().resolve(image)
    const isThere = await imageRegistry().exists(image.repository, digest)
    return isThere ? { kind: 'images', state: 'ok', fix: null, message: `Found the image that runs, in ${image.repository}` } : { kind: 'images', state: 'missing', fix: null, message: `The image that runs is gone from ${image.repository}: a cold start of it will fail` }
  })
}

/** Artifact Registry's names are host/project/repository/image; images may lie in another project than the service. */
const projectOf = (repository: string): string | null => /(?:pkg\.dev|gcr\.io)\/([a-z0-9-]+)\//.exec(repository)?.[1] ?? null
