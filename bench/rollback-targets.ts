import { randomUUID } from 'node:crypto'
import { protos } from '@google-cloud/run'
import type { RunClients } from '#lib/drivers/cloud-run/client.ts'
import { serviceName } from '#lib/drivers/cloud-run/driver.ts'
import { db } from '#lib/platform/db/client.ts'
import { observeTarget } from '#lib/targets/observe.ts'

const byRevision = protos.google.cloud.run.v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
const region = 'europe-west1'
const image = (tag: string) => `${region}-docker.pkg.dev/bench/api/api:${tag}`
const atOnce = 4
const minuteMs = 60_000

/** A service with two revisions, the newer at 100%; `targetId` when Sluice knows it. */
export type Prepared = { name: string; older: string; newer: string; targetId: string | null }

type Bench = { environmentOf: (slug: string) => Promise<string>; serviceId: string }

/** An application of this run's own, so that the seeded ones stay as they are. */
export async function makeApplication(): Promise<Bench> {
  const slug = `bench-${randomUUID().slice(0, 8)}`
  const application = await db.application.create({ data: { slug, title: 'Rollback benchmark', owner: 'bench', yaml: '', blueprint: {}, blueprintHash: '' } })
  const service = await db.service.create({ data: { applicationId: application.id, slug: 'api', kind: 'service', position: 0 } })
  return {
    serviceId: service.id,
    // A target for each press, and a service has one target in an environment.
    environmentOf: async (slug) => (await db.environment.create({ data: { applicationId: application.id, slug, tier: 'production', position: 0 } })).id,
  }
}

/** Makes `count` services; with a bench application also the targets that can go back to the older revision. */
export async function prepare(clients: RunClients, count: number, project: string, bench: Bench | null): Promise<Prepared[]> {
  const made: Prepared[] = []
  const todo = Array.from({ length: count }, (_, i) => `svc-${String(i).padStart(4, '0')}`)
  const work = async () => {
    for (let service = todo.shift(); service !== undefined; service = todo.shift()) {
      const revisions = await makeService(clients, project, service)
      const at = { project, region, service }
      made.push({ name: serviceName(at), ...revisions, targetId: bench && (await makeTarget(bench, at, revisions)) })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return made
}

async function makeService({ services }: RunClients, project: string, service: string): Promise<{ older: string; newer: string }> {
  const name = serviceName({ project, region, service })
  const latest = async () => (await services.getService({ name }))[0].latestCreatedRevision?.split('/').at(-1) ?? ''
  await services.createService({ parent: `projects/${project}/locations/${region}`, serviceId: service, service: { template: { containers: [{ image: image('v1') }] } } })
  const older = await latest()
  await services.updateService({ service: { name, template: { containers: [{ image: image('v2') }] } }, updateMask: { paths: ['template'] } })
  const newer = await latest()
  await services.updateService({ service: { name, traffic: [{ type: byRevision, revision: newer, percent: 100 }] }, updateMask: { paths: ['traffic'] } })
  return { older, newer }
}

/** As two rollouts that ended well would leave it: both revisions proven, the newer one stable. */
async function makeTarget(bench: Bench, at: { project: string; region: string; service: string }, { older, newer }: { older: string; newer: string }): Promise<string> {
  const environmentId = await bench.environmentOf(`${at.project}-${at.service}`.replaceAll(/[^a-z0-9-]/g, '-'))
  const { id } = await db.target.create({
    data: { environmentId, serviceId: bench.serviceId, provider: 'cloud-run', locator: at, locatorKey: `cloud-run:${Object.values(at).join('/')}`, stableRevision: newer, stableSince: new Date(), intended: { split: { [newer]: 100 }, tags: {} }, snapshotAt: new Date(Date.now() - 10_000) },
  })
  // Dated a little back above: a target that was never read is the worker's next, and its read would race with this one.
  await observeTarget(id, { maxAgeMs: 0 })
  for (const [name, minutesAgo] of [[older, 60], [newer, 30]] as const)
    await db.targetRevision.update({ where: { targetId_name: { targetId: id, name } }, data: { proven: 'proven', provenAt: new Date(Date.now() - minutesAgo * minuteMs) } })
  return id
}
