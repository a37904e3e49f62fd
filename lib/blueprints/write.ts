import 'server-only'
import type { BlueprintModel } from '#lib/blueprints/model.ts'
import { hashOf } from '#lib/blueprints/hash.ts'
import { locatorKey, movingTargets, type RowPlan } from '#lib/blueprints/rows.ts'
import type { Stored } from '#lib/blueprints/store.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import type { Tx } from '#lib/platform/db/client.ts'

export type Write = { model: BlueprintModel; yaml: string; plan: RowPlan; stored: Stored | null; atMs: number }

/**
 * One writer per application at a time, and no promotion starting meanwhile: those lock their environment's row first,
 * so that "nothing is open there" stays true until commit.
 */
export async function lockApplication(tx: Tx, slug: string): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`blueprint:${slug}`}, 0))`
  await tx.$queryRaw`select e.id from environment e join application a on a.id = e.application_id where a.slug = ${slug} order by e.id for update of e`
}

/** A rollback, a split and a restore lock only the target they start on: what goes or moves is locked before "nothing is open there" is read. */
export async function lockMoving(tx: Tx, plan: RowPlan): Promise<void> {
  const ids = movingTargets(plan).map((t) => t.id)
  if (ids.length > 0) await tx.$queryRaw`select id from target where id = any(${ids}::uuid[]) order by id for update`
}

/** Writes application, services, environments and targets as planned; answers the application's id and new version. */
export async function writeBlueprintRows(tx: Tx, write: Write): Promise<{ id: string; version: number }> {
  const application = await writeApplication(tx, write)
  const at = new Date(write.atMs)
  await freeNamesAndLocators(tx, write.plan, at)
  const { model, plan } = write
  for (const [position, service] of model.services.entries()) {
    const row = plan.services[position]
    if (!row) continue
    const fields = { slug: service.name, kind: service.kind, repository: service.repository, position, retiredAt: null }
    if (row.op === 'add') await tx.service.create({ data: { id: row.id, applicationId: application.id, ...fields } })
    else await tx.service.update({ where: { id: row.id }, data: fields })
  }
  for (const [position, environment] of model.environments.entries()) {
    const row = plan.environments[position]
    if (!row) continue
    const fields = { slug: environment.name, tier: environment.tier, position, retiredAt: null }
    if (row.op === 'add') await tx.environment.create({ data: { id: row.id, applicationId: application.id, ...fields } })
    else await tx.environment.update({ where: { id: row.id }, data: fields })
  }
  for (const target of plan.targets) await writeTarget(tx, target, at)
  return application
}

async function writeApplication(tx: Tx, { model, yaml, stored, atMs }: Write): Promise<{ id: string; version: number }> {
  const fields = { title: model.title, owner: model.owner, yaml, blueprint: model as Prisma.InputJsonObject, blueprintHash: hashOf(model), retiredAt: null }
  const select = { id: true, version: true }
  if (!stored) return tx.application.create({ data: { slug: model.name, ...fields, createdAt: new Date(atMs) }, select })
  return tx.application.update({ where: { id: stored.id }, data: { ...fields, version: { increment: 1 } }, select })
}

/** First what goes, so that a name or a locator can pass from one row to another in the same apply. */
async function freeNamesAndLocators(tx: Tx, plan: RowPlan, at: Date): Promise<void> {
  const gone = plan.retireTargets.map((t) => t.id)
  await tx.target.updateMany({ where: { id: { in: gone } }, data: { retiredAt: at, locatorKey: null, version: { increment: 1 } } })
  await tx.target.updateMany({ where: { id: { in: plan.targets.filter((t) => t.op === 'relocate').map((t) => t.id) } }, data: { locatorKey: null } })
  await tx.service.updateMany({ where: { id: { in: plan.retireServices.map((s) => s.id) } }, data: { retiredAt: at } })
  await tx.environment.updateMany({ where: { id: { in: plan.retireEnvironments.map((e) => e.id) } }, data: { retiredAt: at } })
}

/** What was seen and intended at the old place says nothing about the new one; the epoch keeps late writers out. */
const unseen = {
  snapshot: Prisma.DbNull, snapshotAt: null, snapshotError: null, intended: Prisma.DbNull, drift: Prisma.DbNull,
  stableRevision: null, stableReleaseId: null, stableSince: null, epoch: { increment: 1 }, version: { increment: 1 },
} satisfies Prisma.TargetUpdateInput

async function writeTarget(tx: Tx, target: RowPlan['targets'][number], at: Date): Promise<void> {
  const place = { provider: 'cloud-run', locator: target.locator, locatorKey: locatorKey(target.locator) }
  if (target.op === 'keep') return
  if (target.op === 'add') {
    await tx.target.create({ data: { id: target.id, environmentId: target.environmentId, serviceId: target.serviceId, ...place } })
    return
  }
  await tx.target.update({ where: { id: target.id }, data: { ...place, ...unseen, retiredAt: null } })
  if (target.op === 'relocate') await tx.targetRevision.updateMany({ where: { targetId: target.id, deletedAt: null }, data: { deletedAt: at, ready: false } })
}
