import { randomUUID } from 'node:crypto'
import type { Actor, RoleName } from '#lib/access/actor.ts'
import type { BlueprintModel } from '#lib/blueprints/model.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import type { Prisma } from '#lib/platform/db/generated/client.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { acmeModel } from '#lib/promotions/testing/model.ts'

/** An application in the database as `apply` would leave it, under a slug of its own. No cloud is needed: targets read as unreadable. */
export type World = { applicationId: string; slug: string; environments: Record<string, string>; targets: Record<string, Record<string, string>> }

export async function makeWorld(model: BlueprintModel = acmeModel()): Promise<World> {
  const slug = `acme-${randomUUID().slice(0, 8)}`
  const application = await db.application.create({ data: { slug, title: model.title, owner: model.owner, yaml: '', blueprint: { ...model, name: slug } as Prisma.InputJsonObject, blueprintHash: slug } })
  const world: World = { applicationId: application.id, slug, environments: {}, targets: {} }
  const services = new Map<string, string>()
  for (const [position, s] of model.services.entries()) services.set(s.name, (await db.service.create({ data: { applicationId: application.id, slug: s.name, kind: s.kind, repository: s.repository, position } })).id)
  for (const [position, e] of model.environments.entries()) {
    const environment = await db.environment.create({ data: { applicationId: application.id, slug: e.name, tier: e.tier, position } })
    world.environments[e.name] = environment.id
    const targets: Record<string, string> = {}
    for (const t of e.targets) {
      const { id } = await db.target.create({ data: { environmentId: environment.id, serviceId: services.get(t.service) ?? '', provider: 'cloud-run', locator: t.cloudRun, locatorKey: `cloud-run:${slug}/${t.cloudRun.project}/${t.cloudRun.service}` } })
      targets[t.service] = id
    }
    world.targets[e.name] = targets
  }
  return world
}

/** A world whose staging, or model, is changed first. */
export const withStaging = (change: (staging: BlueprintModel['environments'][number], model: BlueprintModel) => void = () => undefined): Promise<World> => {
  const model = acmeModel()
  const staging = model.environments[0]
  if (!staging) throw new Error('no staging')
  change(staging, model)
  return makeWorld(model)
}

/** What `apply` of another blueprint changes, as far as promotions are concerned. */
export async function changeModel(world: World, edit: (model: BlueprintModel) => void): Promise<void> {
  const row = await db.application.findUniqueOrThrow({ where: { id: world.applicationId } })
  const model = structuredClone(row.blueprint) as BlueprintModel
  edit(model)
  await db.application.update({ where: { id: world.applicationId }, data: { blueprint: model as Prisma.InputJsonObject } })
}

export async function makePerson(role: RoleName, over: Partial<Actor> = {}): Promise<Actor> {
  const email = `${role.replace('_', '-')}-${randomUUID().slice(0, 8)}@acme.test`
  const person = await db.person.create({ data: { email, name: email.split('@')[0] ?? email, bindings: { create: [{ role }] } } })
  return { kind: 'person', id: person.id, name: person.name, email, grants: [{ role, applicationId: null, environmentId: null }], scopes: null, tokenId: null, requestId: null, ...over }
}

let releases = 0

export async function makeRelease(world: World, services: readonly string[] = ['api', 'worker'], over: Partial<Prisma.ReleaseUncheckedCreateInput> = {}): Promise<{ id: string; version: string }> {
  releases += 1
  const version = `1.${releases}.0`
  const rows = await db.service.findMany({ where: { applicationId: world.applicationId, slug: { in: [...services] } } })
  const digest = (slug: string) => `sha256:${Buffer.from(`${slug}${version}`).toString('hex').padEnd(64, '0').slice(0, 64)}`
  const last = await db.release.aggregate({ where: { applicationId: world.applicationId }, _max: { createdAt: true } })
  const createdAt = new Date(Math.max(await nowMs(db), (last._max.createdAt?.getTime() ?? 0) + 1))
  const { id } = await db.release.create({
    data: {
      applicationId: world.applicationId, version, commit: 'abcdef1', author: 'Somebody Else <else@acme.test>', createdBy: 'test', createdAt, ...over,
      artifacts: { create: rows.map((s) => ({ serviceId: s.id, image: `a.io/${s.slug}:${version}`, repository: `a.io/${s.slug}`, tag: version, digest: digest(s.slug) })) },
    },
  })
  return { id, version }
}

type Ending = 'succeeded' | 'rolled_back' | 'failed' | 'cancelled' | 'superseded'

/** What the engine leaves behind when a rollout ends. `soakedMs`: how long ago its 100% write was. */
export async function endRollout(id: string, state: Ending, soakedMs = 0): Promise<void> {
  const atMs = await nowMs(db)
  const rollout = await db.rollout.update({
    where: { id },
    data: { state, endedAt: new Date(atMs), startedAt: new Date(atMs), version: { increment: 1 }, stable: { revision: 'rev-before', digest: 'sha256:before', image: 'a.io/before', releaseId: null, version: null } },
  })
  if (state !== 'succeeded' || rollout.kind === 'shift') return
  const back = rollout.kind === 'rollback'
  await db.target.update({ where: { id: rollout.targetId }, data: { stableReleaseId: rollout.releaseId, stableRevision: back ? 'rev-before' : `rev-${id.slice(-6)}`, stableSince: new Date(atMs - soakedMs) } })
}

export const rolloutsIn = (promotionId: string) => db.rollout.findMany({ where: { promotionId }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }], include: { target: { include: { service: true } } } })

export const stateOf = async (promotionId: string) => (await db.promotion.findUniqueOrThrow({ where: { id: promotionId } })).state
export const openIn = async (promotionId: string) => (await rolloutsIn(promotionId)).filter((r) => r.endedAt === null)
/** What is open now, as "promotion api". */
export const openServices = async (promotionId: string) => (await openIn(promotionId)).map((r) => `${r.kind} ${r.target.service.slug}`)

/** Ends every open rollout of a promotion alike, and lets the promotion take its turn. */
export async function endOpen(promotionId: string, state: Ending): Promise<void> {
  for (const r of await openIn(promotionId)) await endRollout(r.id, state)
  await runPromotion(promotionId)
}
