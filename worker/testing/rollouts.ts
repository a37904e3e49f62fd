import { randomUUID } from 'node:crypto'
import { outsider } from '#lib/engine/testing/outside.ts'
import type { World } from '#lib/engine/testing/world.ts'
import { imageRegistry } from '#lib/drivers/registry.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { createRollout } from '#lib/rollouts/create.ts'
import type { RolloutPlan, StepPlan } from '#lib/rollouts/schema.ts'

/** Five steps, each of another kind or weight; nothing to wait for, so that all time is the worker's. */
const steps: StepPlan[] = [
  { kind: 'deploy', tag: 'next' },
  { kind: 'verify', suite: 'smoke', checks: [{ name: 'health', method: 'GET', path: '/health', headers: {}, status: [200], withinMs: null, attempts: 3 }] },
  { kind: 'setWeight', percent: 50 },
  { kind: 'bake', durationMs: 0, early: false },
  { kind: 'setWeight', percent: 100 },
]
const repository = 'europe-docker.pkg.dev/test/api/api'
const stableTag = 'v1.0.0'
const nextTag = 'v1.1.0'

/** A target with a stable revision, in an application (and audit chain) of its own, and a rollout of a new release ready to start. */
export type Case = Awaited<ReturnType<typeof makeCase>>

export async function makeCase(w: World) {
  const slug = `app-${randomUUID().slice(0, 8)}`
  const locator = { project: slug, region: 'europe-west1', service: `svc-${randomUUID().slice(0, 8)}` }
  const parent = `projects/${locator.project}/locations/${locator.region}`
  const [, digest] = await Promise.all([
    clientOf(w).createService({ parent, serviceId: locator.service, service: { template: { containers: [{ image: `${repository}:${stableTag}` }] } } }),
    digestOf(nextTag),
  ])
  const application = await db.application.create({ data: { slug, title: slug, owner: 'team', yaml: '', blueprint: {}, blueprintHash: '' } })
  const [service, environment] = await Promise.all([
    db.service.create({ data: { applicationId: application.id, slug: 'api', kind: 'service', position: 0 } }),
    db.environment.create({ data: { applicationId: application.id, slug: 'production', tier: 'production', position: 0 } }),
  ])
  const release = await db.release.create({ data: { applicationId: application.id, version: nextTag, commit: 'abcdef0', createdBy: 'test', createdAt: new Date(), artifacts: { create: { serviceId: service.id, image: `${repository}:${nextTag}`, repository, tag: nextTag, digest } } } })
  const plan: RolloutPlan = { service: 'api', provider: 'cloud-run', locator, metrics: null, strategy: 'five steps', steps, analysis: { notEnoughData: { afterMs: 1_800_000, then: 'ask' }, cannotMeasure: { afterMs: 600_000, then: 'ask' }, rules: [] }, config: {}, image: `${repository}@${digest}`, digest }
  return { slug, serviceId: service.id, environmentId: environment.id, releaseId: release.id, plan, locator, fullName: `${parent}/services/${locator.service}` }
}

/** Makes target and rollout in the caller's transaction: no worker sees them before it commits. */
export async function beginCase(tx: Tx, c: Case): Promise<{ id: string; targetId: string }> {
  const target = await tx.target.create({ data: { environmentId: c.environmentId, serviceId: c.serviceId, provider: 'cloud-run', locator: c.locator, locatorKey: `cloud-run:${Object.values(c.locator).join('/')}` } })
  const { digest, image } = c.plan
  const id = await createRollout(tx, { targetId: target.id, kind: 'promotion', promotionId: null, releaseId: c.releaseId, groupIndex: 0, plan: c.plan, contentHash: 'hash', candidate: { revision: '', digest, image, releaseId: c.releaseId, version: nextTag }, createdBy: 'test', createdById: null, nowMs: Date.now() })
  return { id, targetId: target.id }
}

let client: ReturnType<typeof outsider>['services'] | undefined
const clientOf = (w: World) => (client ??= outsider(w).services)

const digests = new Map<string, Promise<string>>()
function digestOf(tag: string): Promise<string> {
  const known = digests.get(tag) ?? imageRegistry().resolve({ host: 'europe-docker.pkg.dev', path: 'test/api/api', repository, tag, digest: null })
  digests.set(tag, known)
  return known
}

/** The service as its provider shows it. */
export async function liveOf(w: World, c: Case) {
  const [s] = await clientOf(w).getService({ name: c.fullName })
  return {
    split: Object.fromEntries((s.trafficStatuses ?? []).filter((t) => t.percent).map((t) => [t.revision, t.percent])),
    tags: Object.fromEntries((s.trafficStatuses ?? []).filter((t) => t.tag).map((t) => [t.tag, t.revision])),
    types: [...new Set((s.traffic ?? []).map((t) => t.type))],
  }
}
