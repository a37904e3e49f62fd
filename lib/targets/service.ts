import 'server-only'
import { type Actor, authorise, can, forbidden, mayOperate } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import { publish, wake } from '#lib/engine/jobs.ts'
import { describeSplit, tagsOf } from '#lib/engine/traffic.ts'
import { DriverError } from '#lib/drivers/errors.ts'
import type { Observation } from '#lib/drivers/runtime.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import type { Output, Parsed } from '#lib/platform/endpoint.ts'
import { AppError, refused, unmet } from '#lib/platform/errors.ts'
import { Intended } from '#lib/rollouts/schema.ts'
import { isId } from '#lib/platform/id.ts'
import { withCursor } from '#lib/releases/page.ts'
import { asNeverSeen, restoredTraffic } from '#lib/rollouts/outside.ts'
import { visibleEnvironments } from '#lib/rollouts/service.ts'
import { placeOfTarget, refuseRetired, visibleTarget } from '#lib/targets/access.ts'
import type { adoptTarget, listTargets, restoreTarget, TargetSummary, TargetView, unholdTarget, viewTarget } from '#lib/targets/contract.ts'
import { againstHold, startShift } from '#lib/targets/shift.ts'
import { findTargetIds, movingParts, type TargetRow } from '#lib/targets/store.ts'
import { findTargetSummaries } from '#lib/targets/summaries.ts'
import { staleAfterSeconds, summaryOf, targetViewOf } from '#lib/targets/view.ts'
import { observeAndJudge } from '#lib/targets/watch.ts'

export async function list(actor: Actor, input: Parsed<typeof listTargets>): Promise<Output<typeof listTargets>> {
  if (input.cursor !== undefined && !isId(input.cursor)) throw new AppError('invalid_input', 'cursor must be a nextCursor of this list', { field: 'cursor' })
  const ids = await findTargetIds({
    where: withCursor<Prisma.TargetWhereInput>({ retiredAt: null, environment: { retiredAt: null, ...(input.environment && { slug: input.environment }), ...(input.application && { application: { slug: input.application } }), ...visibleEnvironments(actor) } }, input.cursor),
    take: input.limit + 1,
    cursorId: input.cursor,
  })
  return { items: await summaries(actor, ids.slice(0, input.limit)), nextCursor: ids.length > input.limit ? (ids[input.limit - 1] ?? null) : null }
}

/** Summaries of these targets, or of those among them where something is up, as far as the actor may see them. */
export async function summaries(actor: Actor, targetIds: readonly string[], which?: 'notable'): Promise<TargetSummary[]> {
  const rows = targetIds.length === 0 ? [] : await findTargetSummaries(targetIds, which)
  return rows.filter((t) => can(actor, 'view', t)).map(summaryOf)
}

/**
 * `fresh` reads the cloud now (shared for 2 s). So does a snapshot that has grown old, since then no worker reads and
 * Roll back must stay possible. When the read fails the older snapshot is shown with its age and the error.
 */
export async function view(actor: Actor, input: Parsed<typeof viewTarget>): Promise<TargetView> {
  const t = await visibleTarget(actor, input.id)
  const isOld = t.retiredAt === null && (await nowMs()) - (t.snapshotAt?.getTime() ?? 0) > 600 * staleAfterSeconds(t.rollouts.length > 0)
  if (input.fresh || isOld) {
    try {
      await observeAndJudge(t.id)
    } catch (e) {
      if (!(e instanceof DriverError)) throw e
    }
  }
  return targetViewOf(input.fresh || isOld ? await visibleTarget(actor, input.id) : t)
}

/** Lifts the hold: the digests may be shipped here again. A release manager or break-glass may. */
export async function unhold(actor: Actor, input: Parsed<typeof unholdTarget>): Promise<TargetView> {
  const t = await visibleTarget(actor, input.id)
  if (!can(actor, 'approve', placeOfTarget(t)) && !can(actor, 'override', placeOfTarget(t))) throw forbidden(actor, 'approve', 'lift a hold')
  refuseRetired(t)
  refuseOtherHold(t.holds, input.hold)
  const now = await nowMs()
  await db.$transaction(async (tx) => {
    // As it was read: one that grew meanwhile is another.
    const { count } = await tx.targetHold.updateMany({ where: { id: { in: t.holds.map((h) => h.id) }, liftedAt: null }, data: { liftedAt: new Date(now), liftedBy: actor.name, liftReason: input.reason } })
    if (count === 0) return refuseOtherHold((await movingParts(t.id, tx)).holds, input.hold ?? t.holds[0]?.id)
    for (const p of await tx.promotion.findMany({ where: { environmentId: t.environmentId, state: { in: ['pending', 'ready'] } }, select: { id: true } })) await wake(tx, 'promotion', p.id)
    await publish(tx, 'target', t.id, t.version)
    await note(tx, actor, t, 'target.unheld', `the hold was lifted: ${t.holds.map((h) => h.reason).join('; ')}`, input.reason, now, t.holds.flatMap((h) => h.digests), [])
  })
  return targetViewOf(await visibleTarget(actor, input.id))
}

function refuseOtherHold(holds: TargetRow['holds'], read: string | undefined): void {
  const held = holds[0]
  if (held && read !== undefined && held.id !== read) throw new AppError('stale_version', `the hold changed since you read it; it is now of ${held.byName}: ${held.reason}. Nothing was lifted`, { ref: { hold: held.id } })
}

const note = (tx: Parameters<typeof record>[0], actor: Actor, t: TargetRow, verb: string, message: string, reason: string, atMs: number, before: unknown, after: unknown) =>
  record(tx, { chain: t.environment.application.slug, actor, verb, subject: { kind: 'target', id: t.id }, reason, message, before, after, atMs })

/** Drift without an open rollout: what is live, read now, becomes intended. Nothing is written to the cloud. */
export async function adopt(actor: Actor, input: Parsed<typeof adoptTarget>): Promise<TargetView> {
  const t = await visibleTarget(actor, input.id)
  authorise(actor, 'operate', placeOfTarget(t), 'adopt the live split')
  refuseForOpenRollout(t)
  const { observation: o } = await observeAndJudge(t.id, { maxAgeMs: 0 })
  if (input.etag !== undefined && input.etag !== o.etag) throw movedOn(o)
  const now = await nowMs()
  await db.$transaction(async (tx) => {
    await tx.$queryRaw`select 1 from target where id = ${t.id}::uuid for update`
    refuseForOpenRollout({ ...t, ...(await movingParts(t.id, tx)) })
    const before = Intended.nullable().parse(t.intended)
    const live = tagsOf(o.traffic, o.latestReady)
    const tags = Object.fromEntries(Object.keys(before?.tags ?? {}).flatMap((k) => (live[k] === undefined ? [] : [[k, live[k]]])))
    await tx.target.update({ where: { id: t.id }, data: { drift: Prisma.DbNull, version: { increment: 1 }, ...(o.exists ? { intended: { split: o.split, tags }, ...(await stableOf(tx, t, o.split, now)) } : asNeverSeen) } })
    await publish(tx, 'target', t.id, t.version + 1)
    await note(tx, actor, t, 'target.adopted', 'the live split was adopted as the intended one', input.reason, now, before?.split ?? null, o.split)
  })
  return targetViewOf(await visibleTarget(actor, input.id))
}

/** What serves all and was adopted is stable: Roll back must not lead to what somebody moved away from, nor a soak count for it. */
async function stableOf(tx: Tx, t: TargetRow, split: Record<string, number>, atMs: number) {
  const name = Object.entries(split).find(([, percent]) => percent === 100)?.[0]
  if (name === undefined || name === t.stableRevision) return {}
  const known = await tx.targetRevision.findUnique({ where: { targetId_name: { targetId: t.id, name } }, select: { releaseId: true } })
  return { stableRevision: name, stableReleaseId: known?.releaseId ?? null, stableSince: new Date(atMs) }
}

/** Drift without an open rollout: the intended split is written over it, as a rollout of kind shift. */
export async function restore(actor: Actor, input: Parsed<typeof restoreTarget>): Promise<TargetView> {
  const t = await visibleTarget(actor, input.id)
  if (!mayOperate(actor, placeOfTarget(t), true)) throw forbidden(actor, 'operate', 'restore the intended split')
  refuseForOpenRollout(t)
  const intended = Intended.nullable().parse(t.intended)
  if (!intended) throw refused('nothing was intended here yet', [unmet('no_intent', 'this target was never driven by Sluice: adopt what is live')])
  const { observation: o, revisions } = await observeAndJudge(t.id, { maxAgeMs: 0 })
  if (input.etag !== undefined && input.etag !== o.etag) throw movedOn(o)
  const gone = Object.keys(intended.split).filter((name) => !revisions.some((r) => r.name === name))
  // Accepted, it could only be held later: the provider cannot serve what is not there.
  if (!o.exists) throw refused('the intended split cannot be restored', [unmet('service_gone', 'the service was deleted outside: adopt that, and the next release makes it anew')])
  if (gone.length > 0) throw refused('the intended split cannot be restored', gone.map((name) => unmet('revision_gone', `${name} was deleted outside: adopt what is live, or roll back`)))
  const held = againstHold(t, intended.split, o.split, revisions)
  if (held.length > 0) throw refused('the intended split cannot be restored', held)
  // A tag on a revision that is gone cannot be put back: the provider would refuse the whole write for it.
  const tags = Object.fromEntries(Object.entries(intended.tags).filter(([, name]) => revisions.some((r) => r.name === name)))
  await startShift(actor, t, { split: intended.split, traffic: restoredTraffic(o.traffic, { split: intended.split, tags }, o.latestReady), on: o }, input.reason)
  return targetViewOf(await visibleTarget(actor, input.id))
}

const movedOn = (o: Observation) => new AppError('plan_changed', `the live service changed since you read it; it is now ${o.exists ? `at ${describeSplit(o.split)}` : 'deleted'}. Nothing was done`, { ref: { etag: o.etag } })

function refuseForOpenRollout(t: TargetRow): void {
  refuseRetired(t)
  const open = t.rollouts[0]
  if (open) throw refused('a rollout owns this target', [unmet('target_busy', `rollout ${open.id} is ${open.state}: adopt or restore there`)])
}
