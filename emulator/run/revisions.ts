import { randomUUID } from 'node:crypto'
import type { Cloud } from '#emulator/cloud.ts'
import { RpcError, notFound } from '#emulator/errors.ts'
import type { Handler } from '#emulator/rest/router.ts'
import { etagOf } from '#emulator/run/etag.ts'
import { behaviourOfImage } from '#emulator/run/images.ts'
import { generatedRevision, parseLocation, parseServiceName, revisionName, shortName } from '#emulator/run/names.ts'
import { doneOperation } from '#emulator/run/operations.ts'
import { paginate } from '#emulator/run/pages.ts'
import { readinessOf, revisionConditions } from '#emulator/run/readiness.ts'
import { ingressImage } from '#emulator/run/template.ts'
import { addressable } from '#emulator/run/traffic.ts'
import { remove } from '#emulator/state/state.ts'
import type { Revision, RevisionRecord, ServiceRecord, Template } from '#emulator/state/types.ts'

/** A service keeps this many (gcp.md 3.4). */
export const revisionLimit = 1000

/** The next revision of a service: the template's labels and annotations become the revision's (revision_template.proto). */
export function makeRevision(cloud: Cloud, service: string, number: number, template: Template, time: string, principal: string): RevisionRecord {
  const at = parseServiceName(service)
  const { revision: named, ...rest } = structuredClone(template)
  const name = revisionName(service, named ?? generatedRevision(at.service, number))
  const revision: Revision = {
    ...rest,
    name,
    uid: randomUUID(),
    generation: '1',
    observedGeneration: '1',
    createTime: time,
    updateTime: time,
    launchStage: 'GA',
    service: at.service,
    creator: principal,
    conditions: [],
    logUri: `https://console.cloud.google.com/logs/viewer?project=${at.project}&resource=cloud_run_revision/service_name/${at.service}/revision_name/${shortName(name)}`,
    etag: etagOf(name, time),
  }
  const image = ingressImage(template)
  return { revision, number, image, behaviour: behaviourOfImage(cloud.state, image), template }
}

/** Newest first (gcp.md 3.2). */
export function revisionsOf(cloud: Cloud, service: string): RevisionRecord[] {
  const prefix = `${service}/revisions/`
  const found = [...cloud.state.table('revisions')].filter(([name]) => name.startsWith(prefix)).map(([, record]) => record)
  return found.toSorted((a, b) => b.number - a.number)
}

/** The oldest ones beyond the limit that no URL reaches; the latest ready one stays. */
export function surplusRevisions(cloud: Cloud, record: ServiceRecord, added: number): string[] {
  const all = revisionsOf(cloud, record.service.name)
  const surplus = all.length + added - revisionLimit
  if (surplus <= 0) return []
  const kept = addressable(record.service).add(record.service.latestReadyRevision ?? '')
  return all.map(one => one.revision.name).filter(name => !kept.has(name)).toReversed().slice(0, surplus)
}

export function showRevision(cloud: Cloud, record: RevisionRecord): Revision {
  const { name, createTime } = record.revision
  const service = cloud.state.table('services').get(name.slice(0, name.indexOf('/revisions/')))
  const readiness = readinessOf(cloud, record)
  return {
    ...record.revision,
    conditions: revisionConditions(readiness, createTime, service !== undefined && addressable(service.service).has(name)),
    ...(readiness.state === 'waiting' && { reconciling: true }),
  }
}

/** Assumed text: a revision that a URL reaches, or the latest one, cannot be deleted. */
export function deleteRevision(cloud: Cloud, record: RevisionRecord, dryRun: boolean): void {
  const { name } = record.revision
  const service = cloud.state.table('services').get(name.slice(0, name.indexOf('/revisions/')))
  if (service && (addressable(service.service).has(name) || service.service.latestCreatedRevision === name)) {
    throw new RpcError('FAILED_PRECONDITION', `Revision '${shortName(name)}' cannot be deleted: it is the latest created revision or receives traffic.`)
  }
  if (!dryRun) cloud.state.commit(remove('revisions', name))
}

export function revisionHandlers(cloud: Cloud): Record<string, Handler> {
  const find = (name: string): RevisionRecord => {
    const at = parseServiceName(name)
    const record = cloud.state.table('revisions').get(name)
    if (!record) throw notFound('REVISION', shortName(name), at.region, at.project)
    return record
  }
  return {
    GetRevision: request => showRevision(cloud, find(String(request['name']))),

    ListRevisions: request => {
      const parent = String(request['parent'])
      const { project, region } = parseLocation(parent)
      const all = parent.endsWith('/services/-')
        ? [...cloud.state.table('revisions')].filter(([name]) => name.startsWith(`projects/${project}/locations/${region}/`)).map(([, record]) => record).toSorted((a, b) => (a.revision.createTime < b.revision.createTime ? 1 : -1))
        : revisionsOf(cloud, parent)
      const page = paginate(all, request)
      return { revisions: page.items.map(record => showRevision(cloud, record)), ...(page.next && { nextPageToken: page.next }) }
    },

    DeleteRevision: (request, call) => {
      const record = find(String(request['name']))
      const shown = showRevision(cloud, record)
      deleteRevision(cloud, record, request['validateOnly'] === true || call.dryRun)
      return doneOperation(record.revision.name, 'google.cloud.run.v2.Revision', shown)
    },
  }
}
