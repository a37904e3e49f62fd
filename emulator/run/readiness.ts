import type { Cloud } from '#emulator/cloud.ts'
import { shortName } from '#emulator/run/names.ts'
import type { BehaviourOverride, Condition, RevisionRecord } from '#emulator/state/types.ts'

export type Readiness = { state: 'ready' } | { state: 'waiting'; message: string } | { state: 'failed'; message: string; reason: string | null; revisionReason: string | null }

const why = 'The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is too short.'

/** What `/_control/behaviour` says of a revision, over what it says of its whole service. */
export function overrideOf(cloud: Cloud, service: string, revision: string): BehaviourOverride {
  const all = cloud.state.table('behaviours')
  return { ...all.get(service), ...all.get(`${service}/revisions/${revision}`) }
}

/** Whether a revision can take traffic, by its image and by what a test asked for. */
export function readinessOf(cloud: Cloud, record: RevisionRecord): Readiness {
  const { name } = record.revision
  const short = shortName(name)
  const override = overrideOf(cloud, name.slice(0, name.indexOf('/revisions/')), short)
  if (record.behaviour.missing) return { state: 'failed', message: `Image '${record.image}' not found.`, reason: 'CONTAINER_MISSING', revisionReason: null }
  if (override.crash ?? record.behaviour.crash) {
    return { state: 'failed', message: `Revision '${short}' is not ready and cannot serve traffic. ${why}`, reason: null, revisionReason: 'HEALTH_CHECK_CONTAINER_ERROR' }
  }
  if (override.notReady ?? record.behaviour.notReady) return { state: 'waiting', message: `Revision '${short}' is deploying.` }
  return { state: 'ready' }
}

/** Conditions of a revision as GetRevision shows them (gcp.md 3.2; the split over types as in real answers). */
export function revisionConditions(readiness: Readiness, since: string, serving: boolean): Condition[] {
  const at = { lastTransitionTime: since }
  const active: Condition = serving
    ? { type: 'Active', state: 'CONDITION_SUCCEEDED', ...at }
    : { type: 'Active', state: 'CONDITION_FAILED', severity: 'INFO', message: 'Revision retired.', revisionReason: 'RETIRED', ...at }
  if (readiness.state === 'ready') return [...['Ready', 'ContainerHealthy', 'ContainerReady', 'ResourcesAvailable'].map((type): Condition => ({ type, state: 'CONDITION_SUCCEEDED', ...at })), active]
  if (readiness.state === 'waiting') {
    return [...['Ready', 'ContainerHealthy'].map((type): Condition => ({ type, state: 'CONDITION_RECONCILING', message: readiness.message, ...at })), active]
  }
  const { message, reason, revisionReason } = readiness
  const failed = { state: 'CONDITION_FAILED', message, ...(reason !== null && { reason }), ...(revisionReason !== null && { revisionReason }), ...at } as const
  return [{ type: 'Ready', ...failed }, { type: reason === null ? 'ContainerHealthy' : 'ContainerReady', ...failed }, active]
}
