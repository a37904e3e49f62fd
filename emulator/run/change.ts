import { randomUUID } from 'node:crypto'
import type { Call } from '#emulator/call.ts'
import type { Cloud } from '#emulator/cloud.ts'
import { RpcError } from '#emulator/errors.ts'
import { etagOf, microsOf, timeOf } from '#emulator/run/etag.ts'
import { segmentChanges, withFirstTraffic } from '#emulator/run/load-history.ts'
import { writableFields } from '#emulator/run/masks.ts'
import { dataPlaneUrl, parseServiceName, revisionName } from '#emulator/run/names.ts'
import { doneOperation, operationName, serviceAny, showOperation, type Operations } from '#emulator/run/operations.ts'
import { reconcile } from '#emulator/run/reconcile.ts'
import { makeRevision, surplusRevisions } from '#emulator/run/revisions.ts'
import { ageTags, surplusTags } from '#emulator/run/tags.ts'
import { checkTemplate, withDefaults } from '#emulator/run/template.ts'
import { checkTraffic } from '#emulator/run/traffic.ts'
import { sameJson, type JsonObject } from '#emulator/state/json.ts'
import { put, remove } from '#emulator/state/state.ts'
import type { OperationRecord, RevisionRecord, Service, ServiceRecord, Template, TrafficTarget } from '#emulator/state/types.ts'

export interface Services { readonly cloud: Cloud; readonly operations: Operations }
export interface ServiceChange { name: string; current: ServiceRecord | null; wanted: JsonObject; call: Call; validateOnly: boolean }

/**
 * Takes the wanted fields of a service (all that a caller decides) and answers with the operation that carries them out.
 * Refuses before anything is stored; whatever can only fail while it is worked on fails in the operation.
 */
export function submitChange(services: Services, change: ServiceChange): JsonObject {
  const { cloud } = services
  const draft = prepare(cloud, change)
  const { delayMs, never, failWith } = cloud.state.setting('operations')
  const nowMs = cloud.clock.nowMs()
  const pending: OperationRecord = {
    name: operationName(change.name), service: change.name, kind: change.current ? 'update' : 'create', generation: draft.record.service.generation,
    templateChanged: draft.revision !== null, createdMs: nowMs, settleAtMs: never ? null : nowMs + delayMs, failWith, done: false, metadata: serviceAny(draft.record.service),
  }
  const look = (name: string) => (draft.revision?.revision.name === name ? draft.revision : cloud.state.table('revisions').get(name))
  const outcome = never || delayMs > 0 ? { state: 'waiting' as const } : reconcile(cloud, draft.record.service, pending, look, draft.record.service.updateTime)
  // Only what would be refused shows in a dry run: it never says how the work would end (service.proto, validate_only).
  if (change.validateOnly || change.call.dryRun) return doneOperation(change.name, 'google.cloud.run.v2.Service', outcome.state === 'settled' ? outcome.service : draft.record.service)
  const settled = outcome.state === 'settled'
  const record = settled ? withFirstTraffic({ ...draft.record, service: outcome.service }, nowMs) : draft.record
  const operation: OperationRecord = !settled ? pending : { ...pending, done: true, ...(outcome.error ? { error: outcome.error } : { response: serviceAny(outcome.service) }) }
  cloud.state.commit(
    put('services', change.name, record),
    ...(draft.revision ? [put('revisions', draft.revision.revision.name, draft.revision)] : []),
    ...(draft.revision ? surplusRevisions(cloud, record, 1).map(name => remove('revisions', name)) : []),
    ...services.operations.accept(operation),
    ...(settled ? segmentChanges(cloud, change.name, record, nowMs, draft.revision) : []),
  )
  cloud.state.commit(...surplusTags(cloud, change.name))
  return showOperation(operation)
}

interface Draft { record: ServiceRecord; revision: RevisionRecord | null }

/** The service as desired, not yet worked on, and the revision that the change makes if the template changed. */
function prepare(cloud: Cloud, change: ServiceChange): Draft {
  const { name, current, call } = change
  const at = parseServiceName(name)
  const asked = Object.fromEntries(writableFields.filter(field => change.wanted[field] !== undefined).map(field => [field, change.wanted[field]]))
  const template = asked['template'] as Template | undefined
  checkTemplate(template, at)
  const traffic = (asked['traffic'] ?? []) as TrafficTarget[]
  checkTraffic(traffic)
  const before = current?.service
  const micros = Math.max(cloud.clock.nowMs() * 1000, before ? microsOf(before.updateTime) + 1 : 0)
  const time = timeOf(micros)
  const full = withDefaults(template, at)
  const templateChanged = !before || !sameJson(before.template, full)
  const specChanged = templateChanged || writableFields.some(field => field !== 'template' && !sameJson(before[field], asked[field]))
  const count = current?.revisionCount ?? 0
  const revision = templateChanged ? newRevision(cloud, name, count + 1, full, time, call.principal) : null
  const service: Service = {
    ingress: 'INGRESS_TRAFFIC_ALL',
    launchStage: 'GA',
    ...asked,
    ...observedFields(before),
    name,
    uid: before?.uid ?? randomUUID(),
    generation: String(Number(before?.generation ?? 0) + (specChanged ? 1 : 0)),
    createTime: before?.createTime ?? time,
    updateTime: time,
    creator: before?.['creator'] ?? call.principal,
    lastModifier: call.principal,
    template: full,
    terminalCondition: { type: 'Ready', state: 'CONDITION_RECONCILING', lastTransitionTime: time },
    conditions: [],
    reconciling: true,
    uri: dataPlaneUrl(cloud.baseUrl(), at),
    urls: [dataPlaneUrl(cloud.baseUrl(), at)],
    etag: etagOf(name, time),
    ...(revision && { latestCreatedRevision: revision.revision.name }),
  }
  return { revision, record: { service, revisionCount: count + (revision ? 1 : 0), tagMicros: ageTags(current?.tagMicros ?? {}, traffic, micros), firstTrafficMs: current?.firstTrafficMs ?? {} } }
}

function observedFields(before: Service | undefined): Partial<Service> {
  if (!before) return {}
  const { trafficStatuses, latestReadyRevision, latestCreatedRevision, observedGeneration } = before
  return { ...(trafficStatuses && { trafficStatuses }), ...(latestReadyRevision && { latestReadyRevision }), ...(latestCreatedRevision && { latestCreatedRevision }), ...(observedGeneration && { observedGeneration }) }
}

/**
 * A template that names a revision which exists: the same content names it again, any other is the 409 that is not an
 * etag conflict (gcp.md 3.1, captured text; the status ALREADY_EXISTS is assumed).
 */
function newRevision(cloud: Cloud, service: string, number: number, template: Template, time: string, principal: string): RevisionRecord | null {
  const named = template.revision === undefined ? undefined : cloud.state.table('revisions').get(revisionName(service, template.revision))
  if (!named) return makeRevision(cloud, service, number, template, time, principal)
  const { revision: _, ...content } = template
  const { revision: __, ...existing } = named.template
  if (sameJson(content, existing)) return null
  throw new RpcError('ALREADY_EXISTS', `Revision named '${template.revision}' with different configuration already exists.`)
}
