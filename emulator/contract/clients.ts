import { MetricServiceClient } from '@google-cloud/monitoring'
import { RevisionsClient, ServicesClient, type protos } from '@google-cloud/run'
import { PassThroughClient } from 'google-auth-library'
import { afterAll, beforeAll } from 'vitest'
import { launchEmulator, type LaunchOptions, type LaunchedEmulator } from '#emulator/testing.ts'

export type Service = protos.google.cloud.run.v2.IService
export type TrafficTarget = protos.google.cloud.run.v2.ITrafficTarget
export const parent = 'projects/demo/locations/europe-west1'
export const pinnedType = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION'
export const latestType = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST'
export const image = (tag: string) => `europe-docker.pkg.dev/bar/api/api:${tag}`

/** The official clients as gcp.md section 1 says to point them at a local REST endpoint. */
export function clientsFor(port: number) {
  const options = { apiEndpoint: '127.0.0.1', port, fallback: true, protocol: 'http', authClient: new PassThroughClient() }
  return { services: new ServicesClient(options), revisions: new RevisionsClient(options), metrics: new MetricServiceClient(options) }
}
export type Clients = ReturnType<typeof clientsFor>

interface World extends Clients { emulator: LaunchedEmulator }

/** One emulator process and its clients for the tests of a file. */
export function emulatedCloud(options: LaunchOptions = {}): World {
  const world: Partial<World> = {}
  beforeAll(async () => {
    const emulator = await launchEmulator(options)
    Object.assign(world, { emulator, ...clientsFor(emulator.port) })
  })
  afterAll(async () => {
    await world.emulator?.stop()
  })
  // Filled before the first test runs.
  return world as World
}

let made = 0
/** A service id that no other test of the file uses. */
export const freshId = (word = 'svc') => `${word}-${(made += 1)}`
export const nameOf = (id: string) => `${parent}/services/${id}`
export const shortOf = (name: string | null | undefined) => (name ?? '').split('/').at(-1) ?? ''

interface LongRunning<T> { promise(): Promise<[T, ...unknown[]]> }
/** Waits for the operation behind a call, as a user of the client does. */
export async function settled<T>(call: Promise<[LongRunning<T>, ...unknown[]]>): Promise<T> {
  const [operation] = await call
  const [result] = await operation.promise()
  return result
}

export const create = (world: Clients, id: string, tag = 'v1.0.0', extra: Service = {}) =>
  settled(world.services.createService({ parent, serviceId: id, service: { template: { containers: [{ image: image(tag) }] }, ...extra } }))

export async function get(world: Clients, id: string): Promise<Service> {
  const [service] = await world.services.getService({ name: nameOf(id) })
  return service
}

/** A new revision by the mask `template`, as the product deploys. Returns its short name. */
export async function deploy(world: Clients, id: string, tag: string, labels: Record<string, string> = {}): Promise<string> {
  await settled(world.services.updateService({ service: { name: nameOf(id), template: { labels, containers: [{ image: image(tag) }] } }, updateMask: { paths: ['template'] } }))
  return shortOf((await get(world, id)).latestCreatedRevision)
}

export const pin = (revision: string, percent: number, tag?: string): TrafficTarget => ({ type: pinnedType, revision, percent, ...(tag !== undefined && { tag }) })

export const shift = (world: Clients, id: string, traffic: TrafficTarget[], etag?: string | null) =>
  settled(world.services.updateService({ service: { name: nameOf(id), traffic, ...(etag && { etag }) }, updateMask: { paths: ['traffic'] } }))

export interface Refusal { code: number; message: string; reason?: string; domain?: string; errorInfoMetadata?: Record<string, string>; statusDetails?: { fieldViolations?: { field: string; description: string }[] }[] }
/** The error of a call that must fail, as the client throws it. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  const result = await call.then(() => null, (error: unknown) => error)
  if (result === null) throw new Error('the call was expected to fail')
  return result as Refusal
}

export const split = (service: Service) => (service.trafficStatuses ?? []).map(status => `${status.revision || 'LATEST'}=${status.percent}${status.tag ? `#${status.tag}` : ''}`)
