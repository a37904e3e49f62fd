import type { Cloud } from '#emulator/cloud.ts'
import { codeOf } from '#emulator/errors.ts'
import { revisionName } from '#emulator/run/names.ts'
import { readinessOf, type Readiness } from '#emulator/run/readiness.ts'
import { effectiveTraffic, latest, statusesOf, targetOf, weightsOf } from '#emulator/run/traffic.ts'
import type { Condition, OperationRecord, RevisionRecord, RpcStatus, Service } from '#emulator/state/types.ts'

export type Outcome = { state: 'waiting' } | { state: 'settled'; service: Service; error: RpcStatus | null }

/** `look` finds a revision by full name, those included that the same change is about to make. */
export type Look = (name: string) => RevisionRecord | undefined

const internal = (message: string): RpcStatus => ({ code: codeOf('INTERNAL'), message })

/**
 * What a service becomes once its desired state has been worked on (service.proto, `reconciling`; gcp.md 3.1).
 * On success observed = desired; on failure statuses, observedGeneration and latestReady stay those that last served.
 * Assumed: a change of traffic alone fails only through its routes, though Ready stays false while the latest created
 * revision is broken.
 */
export function reconcile(cloud: Cloud, service: Service, operation: Pick<OperationRecord, 'templateChanged' | 'failWith'>, look: Look, settledTime: string): Outcome {
  const created = service.latestCreatedRevision === undefined ? undefined : look(service.latestCreatedRevision)
  const configuration: Readiness = created ? readinessOf(cloud, created) : { state: 'ready' }
  if (configuration.state === 'waiting' && operation.templateChanged) return { state: 'waiting' }
  const ready = configuration.state === 'ready' && created ? { ...service, latestReadyRevision: created.revision.name } : service
  const routeError = operation.failWith ?? routesError(cloud, ready, look)
  const configurationError = configuration.state === 'failed' ? configuration : null
  const conditions = [
    condition('RoutesReady', routeError?.message ?? null, null, settledTime),
    condition('ConfigurationsReady', configurationError?.message ?? null, configurationError, settledTime),
  ]
  const error = routeError ?? (operation.templateChanged && configurationError ? internal(configurationError.message) : null)
  const failure = routeError?.message ?? configurationError?.message ?? null
  const settled: Service = {
    ...ready,
    terminalCondition: condition('Ready', failure, configurationError ?? (failure === null ? null : { reason: 'REVISION_FAILED', revisionReason: null }), settledTime),
    conditions,
    ...(routeError === null && { trafficStatuses: statusesOf(ready, cloud.baseUrl()) }),
    ...(error === null && { observedGeneration: service.generation }),
  }
  delete settled.reconciling
  return { state: 'settled', service: settled, error }
}

function routesError(cloud: Cloud, service: Service, look: Look): RpcStatus | null {
  const served = weightsOf(service)
  for (const target of effectiveTraffic(service)) {
    const name = targetOf(service, target)
    // A service whose first revision never became ready has nothing to route to.
    if (name === null) return target.type === latest ? firstFailure(cloud, service, look) : null
    const record = look(revisionName(service.name, name))
    if (!record) return internal(`Revision '${name}' does not exist or is deleted. Update all traffic to route to currently available revisions.`)
    const readiness = readinessOf(cloud, record)
    // Assumed: what already flows goes on flowing when its revision breaks later; more of it is refused.
    const flows = target.type === latest || ((served.get(name) ?? 0) > 0 && (target.percent ?? 0) <= (served.get(name) ?? 0))
    if (readiness.state !== 'ready' && !flows) return internal(readiness.state === 'failed' ? readiness.message : `Revision '${name}' is not ready and cannot serve traffic.`)
  }
  return null
}

function firstFailure(cloud: Cloud, service: Service, look: Look): RpcStatus {
  const created = service.latestCreatedRevision === undefined ? undefined : look(service.latestCreatedRevision)
  const readiness = created && readinessOf(cloud, created)
  return internal(readiness?.state === 'failed' ? readiness.message : `Service '${service.name}' has no ready revision.`)
}

function condition(type: string, failure: string | null, because: { reason: string | null; revisionReason: string | null } | null, since: string): Condition {
  if (failure === null) return { type, state: 'CONDITION_SUCCEEDED', lastTransitionTime: since }
  return {
    type,
    state: 'CONDITION_FAILED',
    message: failure,
    lastTransitionTime: since,
    ...(because?.revisionReason ? { revisionReason: because.revisionReason } : { reason: because?.reason ?? 'REVISION_FAILED' }),
  }
}
