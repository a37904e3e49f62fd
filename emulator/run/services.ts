import type { Cloud } from '#emulator/cloud.ts'
import type { Call } from '#emulator/call.ts'
import { RpcError, invalid, notFound } from '#emulator/errors.ts'
import type { Handler } from '#emulator/rest/router.ts'
import { submitChange, type Services } from '#emulator/run/change.ts'
import { etagOf, timeOf, versionOf, microsOf } from '#emulator/run/etag.ts'
import { segmentChanges } from '#emulator/run/load-history.ts'
import { applyMask } from '#emulator/run/masks.ts'
import { parseLocation, parseServiceName, serviceName, shortName } from '#emulator/run/names.ts'
import { doneOperation, operationName, serviceAny, showOperation } from '#emulator/run/operations.ts'
import { paginate } from '#emulator/run/pages.ts'
import { revisionsOf } from '#emulator/run/revisions.ts'
import { isObject, type JsonObject } from '#emulator/state/json.ts'
import { remove } from '#emulator/state/state.ts'
import type { OperationRecord, Service, ServiceRecord } from '#emulator/state/types.ts'

const serviceType = 'google.cloud.run.v2.Service'

export function findService(cloud: Cloud, name: string): ServiceRecord {
  const at = parseServiceName(name)
  const record = cloud.state.table('services').get(name)
  if (!record) throw notFound('SERVICE', at.service, at.region, at.project)
  return record
}

/** Compare-and-set of v2: text captured from real conflicts (gcp.md 3.3). */
export function checkEtag(service: Service, etag: unknown): void {
  if (typeof etag !== 'string' || etag === '' || etag === service.etag) return
  throw conflict(service, versionOf(etag))
}

export const conflict = (service: Service, version: string) =>
  new RpcError('ABORTED', `Conflict for resource '${shortName(service.name)}': version '${version}' was specified but current version is '${microsOf(service.updateTime)}'.`)

export function serviceHandlers(cloud: Cloud, services: Services): Record<string, Handler> {
  return {
    GetService: request => findService(cloud, String(request['name'])).service,

    ListServices: request => {
      const { project, region } = parseLocation(String(request['parent']))
      const prefix = `projects/${project}/locations/${region}/services/`
      const all = [...cloud.state.table('services').values()].map(record => record.service).filter(service => service.name.startsWith(prefix)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
      const page = paginate(all, request)
      return { services: page.items, ...(page.next && { nextPageToken: page.next }) }
    },

    CreateService: (request, call) => {
      const at = parseLocation(String(request['parent']))
      const service = String(request['serviceId'] ?? '')
      return createService(services, serviceName({ ...at, service }), wanted(request), call, request['validateOnly'] === true)
    },

    UpdateService: (request, call) => {
      const asked = wanted(request)
      const name = String(asked['name'])
      const validateOnly = request['validateOnly'] === true
      const current = cloud.state.table('services').get(name)
      if (!current && request['allowMissing'] === true) return createService(services, name, asked, call, validateOnly)
      const record = findService(cloud, name)
      checkEtag(record.service, asked['etag'])
      const mask = typeof request['updateMask'] === 'string' ? request['updateMask'] : undefined
      const next = applyMask(record.service, asked, mask)
      return submitChange(services, { name, current: record, wanted: next, call, validateOnly })
    },

    DeleteService: (request, call) => {
      const record = findService(cloud, String(request['name']))
      checkEtag(record.service, request['etag'])
      return deleteService(services, record, call, request['validateOnly'] === true)
    },
  }
}

const wanted = (request: JsonObject): JsonObject => {
  const service = request['service']
  if (!isObject(service)) throw invalid('service', 'The request needs a service.')
  return service
}

/** Length and letters of a service's name (run docs: a letter first, at most 49). Texts assumed. */
export function createService(services: Services, name: string, asked: JsonObject, call: Call, validateOnly: boolean): JsonObject {
  const { service } = parseServiceName(name.endsWith('/') ? `${name}?` : name)
  if (!/^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/.test(service)) throw invalid('service_id', `Service name '${service === '?' ? '' : service}' must be lower-case letters, digits and dashes, start with a letter, not end with a dash, at most 49 characters.`)
  if (services.cloud.state.table('services').has(name)) throw new RpcError('ALREADY_EXISTS', `Resource '${service}' already exists.`)
  return submitChange(services, { name, current: null, wanted: applyMask({}, asked, '*'), call, validateOnly })
}

export function deleteService(services: Services, record: ServiceRecord, call: Call, validateOnly: boolean): JsonObject {
  const { cloud } = services
  const nowMs = cloud.clock.nowMs()
  const { name } = record.service
  const deleted: Service = { ...record.service, deleteTime: timeOf(nowMs * 1000), etag: etagOf(name, record.service.updateTime) }
  if (validateOnly || call.dryRun) return doneOperation(name, serviceType, deleted)
  const operation: OperationRecord = {
    name: operationName(name), service: name, kind: 'delete', generation: record.service.generation, templateChanged: false, createdMs: nowMs,
    settleAtMs: nowMs, failWith: null, done: true, metadata: serviceAny(deleted), response: serviceAny(deleted),
  }
  cloud.state.commit(
    remove('services', name),
    remove('policies', name),
    ...revisionsOf(cloud, name).map(one => remove('revisions', one.revision.name)),
    ...segmentChanges(cloud, name, null, nowMs),
    ...services.operations.accept(operation),
  )
  return showOperation(operation)
}
