import { protos } from '@google-cloud/run'
import { writeBudget } from '#lib/drivers/cloud-run/budget.ts'
import { DriverError } from '#lib/drivers/errors.ts'
import { toDriverError } from '#lib/drivers/google/errors.ts'
import type { CloudEndpoint, RunClients } from '#lib/drivers/cloud-run/client.ts'
import { runClients } from '#lib/drivers/cloud-run/client.ts'
import { absent, observationOf, revisionOf } from '#lib/drivers/cloud-run/read.ts'
import { countProviderCall } from '#lib/platform/metrics.ts'
import { nextTemplate } from '#lib/drivers/cloud-run/template.ts'
import type { Locator, ObservedRevision, Runtime, TrafficEntry, WriteContext } from '#lib/drivers/runtime.ts'

const provider = 'cloud-run'
const readTimeoutMs = 10_000
/** One page of a listing: a service keeps up to 1,000 revisions, and the old ones that matter are asked for by name. */
const revisionPageSize = 100

/** A new revision and a traffic write; the first release of a service. */
const writePermissions = ['run.services.update', 'run.services.create']

const TrafficType = protos.google.cloud.run.v2.TrafficTargetAllocationType

export const serviceName = (at: Locator): string => `projects/${at.project}/locations/${at.region}/services/${at.service}`

/** The reason header is kept by the provider's audit log: it ties a change seen there to a rollout and epoch here. */
const callOptions = (ctx: Omit<WriteContext, 'etag'>) => ({ timeout: ctx.timeoutMs, maxRetries: 0, otherArgs: { headers: { 'x-goog-request-reason': ctx.reason } } })

const wireEntry = (t: TrafficEntry) => ({
  type: t.latest ? TrafficType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST : TrafficType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION,
  ...(t.latest ? {} : { revision: t.revision }),
  ...(t.percent > 0 && { percent: t.percent }),
  ...(t.tag !== null && { tag: t.tag }),
})

/**
 * Cloud Run by the Admin API v2 over REST. Facts it rests on: a traffic write carries {name, etag, traffic} with the
 * mask `traffic` and makes no revision; an etag that moved is refused with ABORTED; `observed` statuses keep the last
 * serving state while a change fails.
 */
export function cloudRun(endpoint: CloudEndpoint, options: { writesPerMinute: number }): Runtime {
  const spend = writeBudget(options.writesPerMinute)
  const place = (at: Locator) => `${at.project}/${at.region}`
  // One pair of clients for the process; made at first use so that a missing credential is an error of that call.
  let made: Promise<RunClients> | undefined
  const clients = async (): Promise<RunClients> => {
    made ??= runClients(endpoint)
    try {
      return await made
    } catch (e) {
      made = undefined
      throw e
    }
  }
  const call = async <T>(operation: string, f: (c: RunClients) => Promise<T>): Promise<T> => {
    try {
      const answer = await f(await clients())
      countProviderCall(operation, 'ok')
      return answer
    } catch (e) {
      const error = toDriverError(e, provider, operation)
      countProviderCall(operation, error.kind)
      throw error
    }
  }
  const getService = (c: RunClients, at: Locator) => c.services.getService({ name: serviceName(at) }, { timeout: readTimeoutMs, maxRetries: 0 })

  const revisionNamed = async (c: RunClients, at: Locator, name: string): Promise<ObservedRevision | null> => {
    try {
      const [row] = await c.revisions.getRevision({ name: `${serviceName(at)}/revisions/${name}` }, { timeout: readTimeoutMs, maxRetries: 0 })
      return revisionOf(row)
    } catch (e) {
      const error = toDriverError(e, provider, 'getRevision')
      if (error.kind === 'not_found') return null
      throw error
    }
  }

  return {
    observe: (at) =>
      call('getService', async (c) => {
        try {
          const [s] = await getService(c, at)
          return observationOf(s)
        } catch (e) {
          const error = toDriverError(e, provider, 'getService')
          if (error.kind === 'not_found') return absent
          throw error
        }
      }),

    revisions: (at, also) =>
      call('listRevisions', async (c) => {
        const [rows, , page] = await c.revisions.listRevisions({ parent: serviceName(at), pageSize: revisionPageSize }, { timeout: readTimeoutMs, maxRetries: 0, autoPaginate: false })
        const items = rows.map(revisionOf)
        const complete = !page?.nextPageToken
        const older = complete ? [] : also.filter((name) => !items.some((r) => r.name === name))
        const found = await Promise.all(older.map((name) => revisionNamed(c, at, name)))
        return { items: [...items, ...found.filter((r) => r !== null)], complete }
      }),

    revision: (at, name) => call('getRevision', (c) => revisionNamed(c, at, name)),

    writeAccess: (at) =>
      call('testIamPermissions', async (c) => {
        const [answer] = await c.services.testIamPermissions({ resource: serviceName(at), permissions: writePermissions }, { timeout: readTimeoutMs, maxRetries: 0 })
        const has = new Set(answer.permissions ?? [])
        return { needed: writePermissions, missing: writePermissions.filter((p) => !has.has(p)) }
      }),

    writeTraffic: (at, traffic, ctx) =>
      call('updateService traffic', async (c) => {
        spend(place(at), ctx.priority)
        await c.services.updateService({ service: { name: serviceName(at), etag: ctx.etag, traffic: traffic.map(wireEntry) }, updateMask: { paths: ['traffic'] } }, callOptions(ctx))
      }),

    deploy: (at, request, ctx) =>
      call('updateService template', async (c) => {
        const [live] = await getService(c, at)
        if (live.etag !== ctx.etag) throw new DriverError({ provider, operation: 'updateService template', kind: 'conflict', message: 'the service changed since it was read', retriable: true, outcome: 'none' })
        spend(place(at), ctx.priority)
        const template = nextTemplate(live.template ?? {}, request.image, request.config, request.labels)
        await c.services.updateService({ service: { name: serviceName(at), etag: ctx.etag, template }, updateMask: { paths: ['template'] } }, callOptions(ctx))
      }),

    create: (at, request, ctx) =>
      call('createService', async (c) => {
        spend(place(at), ctx.priority)
        const template = nextTemplate({ containers: [{}] }, request.image, request.config, request.labels)
        await c.services.createService({ parent: `projects/${at.project}/locations/${at.region}`, serviceId: at.service, service: { template } }, callOptions(ctx))
      }),
  }
}
