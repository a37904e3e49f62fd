import 'server-only'
import { type RoleName, rolesAt, rolesWith, systemActor } from '#lib/access/actor.ts'
import { BlueprintModel } from '#lib/blueprints/model.ts'
import type { PolicyFacts } from '#lib/blueprints/policy.ts'
import { locatorKey, movingTargets, type RowPlan, type Rows } from '#lib/blueprints/rows.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import type { PromotionState } from '#lib/promotions/state.ts'
import { openPromotionStates } from '#lib/promotions/state.ts'
import { CloudRunLocator } from '#lib/rollouts/schema.ts'
import { openRolloutStates, type RolloutState } from '#lib/rollouts/state.ts'

type Reader = Pick<Tx, 'application' | 'person' | 'target' | 'rollout' | 'promotion' | 'service' | 'environment'>

export type Stored = { id: string; slug: string; version: number; blueprintHash: string; model: BlueprintModel; retiredAt: Date | null }

export async function loadStored(slug: string, reader: Reader = db): Promise<Stored | null> {
  const row = await reader.application.findUnique({ where: { slug }, select: { id: true, slug: true, version: true, blueprintHash: true, blueprint: true, retiredAt: true } })
  return row && { ...row, model: BlueprintModel.parse(row.blueprint) }
}

/** The text of the applied blueprint and the audit row of the apply that made it; null when there is no such application. */
export async function loadApplied(slug: string) {
  const row = await db.application.findUnique({ where: { slug }, select: { id: true, yaml: true, blueprintHash: true, version: true } })
  if (!row) return null
  const event = await db.auditEvent.findFirst({ where: { chain: slug, verb: { in: ['blueprint.apply', 'application.create'] } }, orderBy: { seq: 'desc' }, select: { at: true, actorName: true, message: true } })
  return { ...row, event }
}

/** Rows of an application for planRows; empty for one that is not there yet. */
export async function loadRows(applicationId: string | null, reader: Reader = db): Promise<Rows> {
  if (applicationId === null) return { services: [], environments: [], targets: [] }
  const [services, environments, targets] = await Promise.all([
    reader.service.findMany({ where: { applicationId }, orderBy: { position: 'asc' } }),
    reader.environment.findMany({ where: { applicationId }, orderBy: { position: 'asc' } }),
    reader.target.findMany({ where: { environment: { applicationId } } }),
  ])
  const named = (r: { id: string; slug: string; retiredAt: Date | null }) => ({ id: r.id, slug: r.slug, retired: r.retiredAt !== null })
  return {
    services: services.map(named),
    environments: environments.map(named),
    targets: targets.map((t) => ({ id: t.id, environmentId: t.environmentId, serviceId: t.serviceId, locator: CloudRunLocator.parse(t.locator), retired: t.retiredAt !== null })),
  }
}

/** Who could approve and propose where, by the bindings as they are now. */
export async function loadPolicyFacts(applicationId: string | null, plan: RowPlan, reader: Reader = db): Promise<PolicyFacts> {
  const people = await reader.person.findMany({ where: { disabledAt: null }, include: { bindings: true } })
  const peopleAt = (environment: string) => {
    const environmentId = plan.environments.find((e) => e.slug === environment)?.id ?? null
    return people.map((p) => ({ id: p.id, name: p.name, roles: rolesAt({ ...systemActor('policy'), grants: p.bindings }, { applicationId, environmentId }) satisfies RoleName[] }))
  }
  return { peopleAt, mayApprove: rolesWith('approve'), mayPropose: rolesWith('propose') }
}

export type LocatorOwner = { key: string; applicationId: string; application: string; label: string }

/** Targets of other applications that stand for one of these places already. */
export async function loadLocatorOwners(applicationId: string | null, plan: RowPlan, reader: Reader = db): Promise<LocatorOwner[]> {
  const keys = plan.targets.map((t) => locatorKey(t.locator))
  const found = await reader.target.findMany({ where: { locatorKey: { in: keys } }, include: { environment: { include: { application: true } }, service: true } })
  return found
    .filter((t) => t.environment.applicationId !== applicationId)
    .map((t) => ({ key: t.locatorKey ?? '', applicationId: t.environment.applicationId, application: t.environment.application.slug, label: `${t.service.slug} in ${t.environment.slug}` }))
}

export type OpenWork = { kind: 'rollout' | 'promotion'; id: string; state: RolloutState | PromotionState; label: string }

/** What is under way where something would be removed or moved: that must end first. */
export async function loadOpenWork(plan: RowPlan, reader: Reader = db): Promise<OpenWork[]> {
  const moved = movingTargets(plan)
  const labels = new Map([...moved.map((t) => [t.id, t.label] as const), ...plan.retireEnvironments.map((e) => [e.id, e.slug] as const)])
  const [rollouts, promotions] = await Promise.all([
    reader.rollout.findMany({ where: { targetId: { in: moved.map((t) => t.id) }, state: { in: [...openRolloutStates] } }, select: { id: true, state: true, targetId: true } }),
    reader.promotion.findMany({ where: { environmentId: { in: plan.retireEnvironments.map((e) => e.id) }, state: { in: [...openPromotionStates] } }, select: { id: true, state: true, environmentId: true } }),
  ])
  return [
    ...rollouts.map((r) => ({ kind: 'rollout' as const, id: r.id, state: r.state, label: labels.get(r.targetId) ?? '' })),
    ...promotions.map((p) => ({ kind: 'promotion' as const, id: p.id, state: p.state, label: labels.get(p.environmentId) ?? '' })),
  ]
}

/** Open promotions of an application: their content may have changed with the blueprint. */
export const loadOpenPromotions = async (applicationId: string, reader: Reader = db): Promise<string[]> =>
  (await reader.promotion.findMany({ where: { environment: { applicationId }, state: { in: [...openPromotionStates] } }, select: { id: true }, orderBy: { id: 'asc' } })).map((p) => p.id)
