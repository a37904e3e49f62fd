import type { protos } from '@google-cloud/run'
import { ownContainer } from '#lib/drivers/cloud-run/container.ts'
import type { Observation, ObservedRevision, TrafficEntry } from '#lib/drivers/runtime.ts'

type Service = protos.google.cloud.run.v2.IService
type Revision = protos.google.cloud.run.v2.IRevision
type Target = protos.google.cloud.run.v2.ITrafficTarget
type Status = protos.google.cloud.run.v2.ITrafficTargetStatus
type Condition = protos.google.cloud.run.v2.ICondition
type Template = protos.google.cloud.run.v2.IRevisionTemplate

/** Enums arrive as names from reads and as numbers from operations; both mean the same. */
const isLatest = (t: Target | Status): boolean => t.type === 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST' || t.type === 1
const is = (c: Condition | null | undefined, name: string, number: number): boolean => c?.state === name || c?.state === number
export const shortName = (resource: string | null | undefined): string => (resource ?? '').split('/').at(-1) ?? ''
export const digestOf = (image: string): string | null => /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1] ?? null

const entry = (t: Target & { uri?: string | null }): TrafficEntry => ({
  revision: shortName(t.revision),
  latest: isLatest(t),
  percent: t.percent ?? 0,
  tag: t.tag || null,
  uri: t.uri || null,
})

/** Sum by revision: one revision may stand in several entries (percent in one, a tag in another). */
function splitOf(statuses: readonly TrafficEntry[], latestReady: string): Record<string, number> {
  const split: Record<string, number> = {}
  for (const s of statuses) {
    if (s.percent === 0) continue
    const name = s.latest && !s.revision ? latestReady : s.revision
    split[name] = (split[name] ?? 0) + s.percent
  }
  return split
}

/** Template values that people compare, by path. Secrets stay references: a value never passes here. */
export function configOf(t: Template | null | undefined): Record<string, string> {
  const out: Record<string, string> = {}
  const c = ownContainer(t?.containers)
  for (const e of c?.env ?? []) {
    const ref = e.valueSource?.secretKeyRef
    if (ref) out[`secret ${e.name}`] = `${shortName(ref.secret)}:${ref.version || 'latest'}`
    else out[`env ${e.name}`] = e.value ?? ''
  }
  for (const [k, v] of Object.entries(c?.resources?.limits ?? {})) out[`resources.${k}`] = v
  if (t?.scaling?.minInstanceCount != null) out['scaling.min'] = String(t.scaling.minInstanceCount)
  if (t?.scaling?.maxInstanceCount != null) out['scaling.max'] = String(t.scaling.maxInstanceCount)
  if (t?.maxInstanceRequestConcurrency) out['concurrency'] = String(t.maxInstanceRequestConcurrency)
  if (t?.timeout?.seconds) out['timeout'] = `${String(t.timeout.seconds)}s`
  if (t?.serviceAccount) out['serviceAccount'] = t.serviceAccount
  if (t?.sessionAffinity) out['sessionAffinity'] = 'on'
  return out
}

export const absent: Observation = { exists: false, etag: '', uri: null, settled: true, failure: null, traffic: [], statuses: [], split: {}, namesLatest: false, latestReady: null, latestCreated: null, lastModifier: null, config: {}, image: null }

/** `reconciling` is left out of the JSON when false; on failure the statuses keep the last serving state. */
export function observationOf(s: Service): Observation {
  const latestReady = shortName(s.latestReadyRevision)
  const statuses = (s.trafficStatuses ?? []).map(entry)
  const traffic = (s.traffic ?? []).map(entry)
  const failed = is(s.terminalCondition, 'CONDITION_FAILED', 3)
  return {
    exists: true,
    etag: s.etag ?? '',
    uri: s.uri || null,
    settled: !s.reconciling,
    failure: failed ? (s.terminalCondition?.message ?? 'the last change failed') : null,
    traffic,
    statuses,
    split: splitOf(statuses, latestReady),
    namesLatest: traffic.length === 0 || traffic.some((t) => t.latest),
    latestReady: latestReady || null,
    latestCreated: shortName(s.latestCreatedRevision) || null,
    lastModifier: s.lastModifier || null,
    config: configOf(s.template),
    image: ownContainer(s.template?.containers)?.image ?? null,
  }
}

const millis = (t: { seconds?: unknown; nanos?: number | null } | null | undefined): number => Number(t?.seconds ?? 0) * 1000 + Math.floor((t?.nanos ?? 0) / 1e6)

export function revisionOf(r: Revision): ObservedRevision {
  const ready = r.conditions?.find((c) => c.type === 'Ready')
  const image = ownContainer(r.containers)?.image ?? ''
  const failed = is(ready, 'CONDITION_FAILED', 3)
  return {
    name: shortName(r.name),
    image,
    digest: digestOf(image),
    createdAtMs: millis(r.createTime),
    ready: is(ready, 'CONDITION_SUCCEEDED', 4),
    settled: failed || is(ready, 'CONDITION_SUCCEEDED', 4),
    message: failed ? (ready?.message ?? 'the revision did not become ready') : null,
    labels: r.labels ?? {},
  }
}
