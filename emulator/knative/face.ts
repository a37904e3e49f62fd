import type { IncomingMessage } from 'node:http'
import type { Call } from '#emulator/call.ts'
import type { Cloud } from '#emulator/cloud.ts'
import { RpcError, invalid, notFound } from '#emulator/errors.ts'
import type { Endpoint, Resolve } from '#emulator/http/api.ts'
import { objectAt } from '#emulator/knative/annotations.ts'
import { revisionToV1 } from '#emulator/knative/revision.ts'
import { serviceFromV1, serviceToV1 } from '#emulator/knative/service.ts'
import { parseBody } from '#emulator/rest/router.ts'
import { submitChange, type Services } from '#emulator/run/change.ts'
import { resourceVersionOf, versionOfResource } from '#emulator/run/etag.ts'
import { getPolicy, setPolicy, testPermissions } from '#emulator/run/iam.ts'
import { parseServiceName, projectNumber, serviceName, shortName, type Location } from '#emulator/run/names.ts'
import { deleteRevision } from '#emulator/run/revisions.ts'
import { conflict, createService, deleteService, findService } from '#emulator/run/services.ts'
import { isObject, type JsonObject } from '#emulator/state/json.ts'
import type { RevisionRecord, Service } from '#emulator/state/types.ts'

interface Asked { project: string; region: string | null; id: string; query: URLSearchParams }
interface Method { rpc: string; write: boolean; verb: string; pattern: RegExp; invoke(asked: Asked, body: unknown, call: Call): JsonObject }

const namespaces = '^/apis/serving\\.knative\\.dev/v1/namespaces/([^/]+)'
const listOf = (kind: string, items: JsonObject[]): JsonObject => ({ apiVersion: 'serving.knative.dev/v1', kind: `${kind}List`, metadata: {}, items })

/** The v1 (Knative) face of the same services, as gcloud speaks it (gcp.md 4), and the two calls it makes beside. */
export function knativeApis(services: Services): Resolve {
  const { cloud } = services
  const methods: Method[] = [
    { rpc: 'ListServices', write: false, verb: 'GET', pattern: new RegExp(`${namespaces}/services/?$`), invoke: asked => listOf('Service', servicesIn(cloud, asked).map(serviceToV1)) },
    // `gcloud run services list` without a region asks the global host so.
    { rpc: 'ListServices', write: false, verb: 'GET', pattern: /^\/v1\/projects\/([^/]+)\/locations\/(?:-|[^/]+)\/services\/?$/, invoke: asked => listOf('Service', servicesIn(cloud, asked).map(serviceToV1)) },
    { rpc: 'GetService', write: false, verb: 'GET', pattern: new RegExp(`${namespaces}/services/([^/]+)$`), invoke: asked => serviceToV1(findService(cloud, nameOf(cloud, asked)).service) },
    { rpc: 'CreateService', write: true, verb: 'POST', pattern: new RegExp(`${namespaces}/services/?$`), invoke: (asked, body, call) => create(services, asked, body, call) },
    { rpc: 'ReplaceService', write: true, verb: 'PUT', pattern: new RegExp(`${namespaces}/services/([^/]+)$`), invoke: (asked, body, call) => replace(services, asked, body, call) },
    {
      rpc: 'DeleteService', write: true, verb: 'DELETE', pattern: new RegExp(`${namespaces}/services/([^/]+)$`),
      invoke: (asked, _body, call) => {
        deleteService(services, findService(cloud, nameOf(cloud, asked)), call, dryRun(asked))
        return { apiVersion: 'v1', kind: 'Status', status: 'Success' }
      },
    },
    { rpc: 'ListRevisions', write: false, verb: 'GET', pattern: new RegExp(`${namespaces}/revisions/?$`), invoke: asked => listOf('Revision', revisionsIn(cloud, asked).map(one => revisionToV1(cloud, one))) },
    { rpc: 'GetRevision', write: false, verb: 'GET', pattern: new RegExp(`${namespaces}/revisions/([^/]+)$`), invoke: asked => revisionToV1(cloud, findRevision(cloud, asked)) },
    {
      rpc: 'DeleteRevision', write: true, verb: 'DELETE', pattern: new RegExp(`${namespaces}/revisions/([^/]+)$`),
      invoke: (asked, _body, call) => {
        deleteRevision(cloud, findRevision(cloud, asked), dryRun(asked) || call.dryRun)
        return { apiVersion: 'v1', kind: 'Status', status: 'Success' }
      },
    },
    { rpc: 'GetIamPolicy', write: false, verb: 'GET', pattern: /^\/v1\/projects\/([^/]+)\/locations\/[^/]+\/services\/([^/:]+):getIamPolicy$/, invoke: asked => getPolicy(cloud, nameOf(cloud, asked)) },
    { rpc: 'SetIamPolicy', write: true, verb: 'POST', pattern: /^\/v1\/projects\/([^/]+)\/locations\/[^/]+\/services\/([^/:]+):setIamPolicy$/, invoke: (asked, body, call) => setPolicy(cloud, nameOf(cloud, asked), body, call.dryRun) },
    { rpc: 'TestIamPermissions', write: false, verb: 'POST', pattern: /^\/v1\/projects\/([^/]+)\/locations\/[^/]+\/services\/([^/:]+):testIamPermissions$/, invoke: (asked, body) => testPermissions(cloud, nameOf(cloud, asked), body) },
  ]
  return (request, url, path, text) => resolveRun(cloud, methods, request, url, path, text) ?? resolveUsage(request, path)
}

function resolveRun(cloud: Cloud, methods: readonly Method[], request: IncomingMessage, url: URL, path: string, text: string): Endpoint | null {
  for (const method of methods) {
    const match = method.verb === request.method ? method.pattern.exec(path) : null
    if (!match) continue
    const asked: Asked = { project: projectOf(cloud, match[1] ?? ''), region: regionOf(url, path), id: match[2] ?? '', query: url.searchParams }
    const region = asked.region ?? 'global'
    const id = method.rpc === 'CreateService' ? createdName(text) : method.rpc.endsWith('Revision') ? '' : asked.id
    return {
      api: 'run.v1', rpc: method.rpc, write: method.write, updateMask: null, validateOnly: dryRun(asked), location: { project: asked.project, region },
      service: id === '' ? null : serviceName({ project: asked.project, region, service: id }),
      invoke: (body, call) => method.invoke(asked, body, call),
    }
  }
  return null
}

/** serviceusage: gcloud asks whether the API is enabled before it deploys (gcp.md 4). */
function resolveUsage(request: IncomingMessage, path: string): Endpoint | null {
  const match = /^\/v1\/projects\/([^/]+)\/services\/([a-z0-9.-]+\.googleapis\.com)$/.exec(path)
  if (!match || request.method !== 'GET') return null
  const [, project = '', name = ''] = match
  return {
    api: 'serviceusage', rpc: 'GetService', write: false, service: null, updateMask: null, validateOnly: false, location: null,
    invoke: () => ({ name: `projects/${projectNumber(project)}/services/${name}`, parent: `projects/${projectNumber(project)}`, config: { name }, state: 'ENABLED' }),
  }
}

/** The service that a body asks for, for the call log; a body that is not JSON is refused later. */
function createdName(text: string): string {
  try {
    return String(objectAt(parseBody(text), 'metadata')['name'] ?? '')
  } catch {
    return ''
  }
}

const dryRun = (asked: Asked) => asked.query.get('dryRun') === 'all'

/** A namespace is the project's id or its number. */
function projectOf(cloud: Cloud, namespace: string): string {
  if (!/^\d+$/.test(namespace)) return namespace
  const projects = new Set([...cloud.state.table('services').keys()].map(name => parseServiceName(name).project))
  return [...projects].find(project => projectNumber(project) === namespace) ?? namespace
}

/** gcloud puts the region in front of the host it was given (`europe-west1-run.local`); IAM calls have it in the path. */
function regionOf(url: URL, path: string): string | null {
  return /\/locations\/([a-z][^/]*)\//.exec(path)?.[1] ?? /^([a-z]+-[a-z]+\d+)-/.exec(url.hostname)?.[1] ?? null
}

function servicesIn(cloud: Cloud, asked: Asked): Service[] {
  const prefix = `projects/${asked.project}/locations/${asked.region === null ? '' : `${asked.region}/`}`
  return [...cloud.state.table('services').values()].map(record => record.service).filter(service => service.name.startsWith(prefix)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Without a region (a call to the global host) the service must be the only one of its name. */
function nameOf(cloud: Cloud, asked: Asked): string {
  if (asked.region !== null) return serviceName({ project: asked.project, region: asked.region, service: asked.id })
  const [found] = servicesIn(cloud, asked).filter(service => shortName(service.name) === asked.id)
  if (!found) throw notFound('SERVICE', asked.id, 'global', asked.project)
  return found.name
}

function revisionsIn(cloud: Cloud, asked: Asked): RevisionRecord[] {
  const wanted = /serving\.knative\.dev\/service\s*=\s*([^,\s]+)/.exec(asked.query.get('labelSelector') ?? '')?.[1]
  const prefix = `projects/${asked.project}/locations/${asked.region === null ? '' : `${asked.region}/`}`
  const all = [...cloud.state.table('revisions').values()].filter(({ revision }) => revision.name.startsWith(prefix) && (wanted === undefined || revision.service === wanted))
  return all.toSorted((a, b) => (a.revision.createTime < b.revision.createTime ? 1 : -1))
}

function findRevision(cloud: Cloud, asked: Asked): RevisionRecord {
  const found = revisionsIn(cloud, { ...asked, query: new URLSearchParams() }).find(({ revision }) => shortName(revision.name) === asked.id)
  if (!found) throw notFound('REVISION', asked.id, asked.region ?? 'global', asked.project)
  return found
}

function readService(body: unknown): JsonObject {
  if (!isObject(body) || body['kind'] !== 'Service') throw invalid('kind', 'The body must be a Service of serving.knative.dev/v1.')
  return body
}

function create(services: Services, asked: Asked, body: unknown, call: Call): JsonObject {
  const v1 = readService(body)
  const at: Location = { project: asked.project, region: asked.region ?? String(objectAt(objectAt(v1, 'metadata'), 'labels')['cloud.googleapis.com/location'] ?? '') }
  if (at.region === '') throw invalid('metadata.labels', 'The region is missing: call the host of a region.')
  const name = serviceName({ ...at, service: String(objectAt(v1, 'metadata')['name'] ?? '') })
  return answer(services.cloud, name, v1, createService(services, name, serviceFromV1(v1, null), call, dryRun(asked)))
}

function replace(services: Services, asked: Asked, body: unknown, call: Call): JsonObject {
  const v1 = readService(body)
  const name = nameOf(services.cloud, asked)
  const current = findService(services.cloud, name)
  const version = objectAt(v1, 'metadata')['resourceVersion']
  // Text captured from real v1 conflicts (gcp.md 3.3).
  if (typeof version === 'string' && version !== '' && version !== resourceVersionOf(current.service.updateTime)) throw conflict(current.service, versionOfResource(version))
  const named = objectAt(v1, 'metadata')['name']
  if (named !== asked.id) throw new RpcError('INVALID_ARGUMENT', `metadata.name: '${String(named)}' is not the service of the path, '${asked.id}'.`)
  const wanted = serviceFromV1(v1, current.service)
  return answer(services.cloud, name, v1, submitChange(services, { name, current, wanted, call, validateOnly: dryRun(asked) }))
}

/** v1 answers with the object and says in its conditions how it went; a dry run echoes what was asked. */
function answer(cloud: Cloud, name: string, asked: JsonObject, operation: JsonObject): JsonObject {
  const stored = cloud.state.table('services').get(name)
  const planned = operation['response']
  if (stored) return serviceToV1(stored.service)
  return isObject(planned) && typeof planned['name'] === 'string' ? asked : {}
}
