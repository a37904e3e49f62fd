import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import { locatorKey, movingTargets, type RowPlan, type TargetWrite } from '#lib/blueprints/rows.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { CloudRunLocator } from '#lib/rollouts/schema.ts'
import { openHold } from '#lib/targets/holds.ts'

type Held = { hold: { id: string; digests: string[]; releaseId: string | null; rolloutId: string | null; reason: string; byName: string; at: Date }; from: string; to: TargetWrite; isGone: boolean }

/**
 * Holds on places of the cloud that this apply gives to another target of the application: what was held there is held
 * there still, whatever name the place goes by. To be read before the rows are written, which forget who stood where.
 */
export async function holdsOnPlaces(tx: Tx, applicationId: string | null, plan: RowPlan): Promise<Held[]> {
  const taken = plan.targets.filter((t) => t.op !== 'keep')
  if (applicationId === null || taken.length === 0) return []
  const rows = await tx.target.findMany({
    where: { environment: { applicationId }, holds: { some: { liftedAt: null } }, OR: [{ retiredAt: { not: null } }, { id: { in: movingTargets(plan).map((t) => t.id) } }] },
    select: { id: true, locator: true, holds: { where: { liftedAt: null } } },
    orderBy: { id: 'asc' },
  })
  const stays = new Set(plan.targets.map((t) => t.id))
  return rows.flatMap((row) => {
    const key = locatorKey(CloudRunLocator.parse(row.locator))
    const to = taken.find((t) => t.id !== row.id && locatorKey(t.locator) === key)
    return to ? row.holds.map((hold) => ({ hold, from: row.id, to, isGone: !stays.has(row.id) })) : []
  })
}

/** Puts them on the targets that stand there now. One of a retired target ends there, so that it is lifted in one place; one that only moved keeps its own. */
export async function carryHolds(tx: Tx, actor: Actor, application: string, held: readonly Held[], atMs: number): Promise<void> {
  for (const { hold, from, to, isGone } of held) {
    await openHold(tx, { targetId: to.id, digests: hold.digests, releaseId: hold.releaseId, rolloutId: hold.rolloutId, reason: hold.reason, byName: hold.byName, atMs: hold.at.getTime() })
    if (isGone) await tx.targetHold.updateMany({ where: { id: hold.id, liftedAt: null }, data: { liftedAt: new Date(atMs), liftedBy: actor.name, liftReason: `carried over to ${to.label}, which stands for the same service now` } })
    await record(tx, { chain: application, actor, verb: 'target.hold_carried', subject: { kind: 'target', id: to.id }, also: [`target:${from}`], reason: hold.reason, message: `the hold on this service goes on under ${to.label}: ${hold.reason} (${hold.byName})`, before: { target: from }, after: { target: to.id, digests: hold.digests }, atMs })
  }
}
