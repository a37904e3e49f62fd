import 'server-only'
import { type Actor, authorise, can } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import { DriverError } from '#lib/drivers/errors.ts'
import { runtimeFor } from '#lib/drivers/registry.ts'
import type { Locator, Observation } from '#lib/drivers/runtime.ts'
import { publish, wake } from '#lib/engine/jobs.ts'
import { sameSplit, withSplit } from '#lib/engine/traffic.ts'
import { runRollout } from '#lib/engine/run.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { env } from '#lib/platform/env.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { AppError, refused, unmet } from '#lib/platform/errors.ts'
import { log } from '#lib/platform/log.ts'
import { isoOf } from '#lib/platform/time.ts'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import { createRollout } from '#lib/rollouts/create.ts'
import { armName, shortRevision } from '#lib/rollouts/words.ts'
import { Split } from '#lib/rollouts/schema.ts'
import { findRollout, type RolloutRow, saveRollout } from '#lib/rollouts/store.ts'
import { transact } from '#lib/rollouts/transact.ts'
import { viewOf } from '#lib/rollouts/view.ts'
import { placeOfTarget, refuseRetired, visibleTarget } from '#lib/targets/access.ts'
import type { rollbackTarget } from '#lib/targets/contract.ts'
import { schemaVerdict, unfit } from '#lib/targets/decide.ts'
import { openHold } from '#lib/targets/holds.ts'
import { readinessOf, wayBackOf } from '#lib/targets/readiness.ts'
import type { KnownRevision } from '#lib/targets/schema.ts'
import { hashOf, oneWritePlan } from '#lib/targets/shift.ts'
import { knownRevisions, locatorOfRow, movingParts, type TargetRow } from '#lib/targets/store.ts'

/** A second press within this time of the first one's end means the same thing: never two back. */
const samePressMs = 120_000
const attempts = 5
const writeTimeoutMs = 15_000
/** A read slower than this is not waited for. */
const readPatienceMs = 3_000

/**
 * Sends 100% to the last version proven good and holds what it leaves (DESIGN 5). Runs here, in the request: no lease,
 * no worker, no steps. The live split is read first, since a decision on a snapshot could leave the wrong version; one
 * transaction takes the target from whoever drives it; then the write with the etag of that read, again on a conflict.
 * Answers once the provider took the write; the read-back confirms it after that.
 */
export async function rollBack(actor: Actor, input: Parsed<typeof rollbackTarget>): Promise<RolloutView> {
  const t = await visibleTarget(actor, input.id)
  authorise(actor, 'roll_back', placeOfTarget(t), 'roll back here')
  refuseRetired(t)
  const live = await readLive(t)
  const begun = await begin(actor, t, input, live)
  const { id } = begun
  if (begun.wanted) {
    await write(id, begun.wanted, live)
    // The answer does not wait for the read-back; without a worker this process makes it.
    void runRollout(id, `web-${process.pid}`).catch((error: unknown) => log.error('The read-back of a rollback failed', { rollout_id: id, error }))
  }
  const r = await findRollout(id)
  if (!r) throw new Error('a rollback just made is gone')
  return viewOf(r, actor)
}

/** What is to be written now; nothing when the press found a rollback that is under way or has just ended. */
type Wanted = { at: Locator; want: Record<string, number>; epoch: number; lateEtag: string | null }
type Begun = { id: string; wanted: Wanted | null }

/** Null when the cloud cannot be read in time: then the last snapshot decides, and the write reads again. */
async function readLive(t: TargetRow): Promise<Observation | null> {
  try {
    return await Promise.race([runtimeFor('cloud-run').observe(locatorOfRow(t)), new Promise<null>((done) => setTimeout(() => done(null), readPatienceMs).unref())])
  } catch (e) {
    if (e instanceof DriverError) return null
    throw e
  }
}

/** Again when the engine wrote the rollout meanwhile, or Postgres ended this to break a deadlock: nothing was written then. */
const begin = (actor: Actor, seen: TargetRow, input: Parsed<typeof rollbackTarget>, live: Observation | null): Promise<Begun> => transact(async (tx) => take(tx, actor, seen, input, live, await nowMs()))

/** The one transaction: epoch up, open rollout ended, hold set, intent and audit written. */
async function take(tx: Tx, actor: Actor, seen: TargetRow, input: Parsed<typeof rollbackTarget>, live: Observation | null, now: number): Promise<Begun> {
  const targetId = seen.id
  await tx.$queryRaw`select id from target where id = ${targetId}::uuid for update`
  // Where it belongs does not move; reading it again would be three more round trips before the write.
  const t = { ...seen, ...(await movingParts(targetId, tx)) }
  const same = await samePress(tx, targetId, input.revision, now)
  if (same) return same.state === 'held' || same.state === 'paused' ? driveAgain(tx, actor, t, same.id, input.reason, now) : { id: same.id, wanted: null }
  const known = (await knownRevisions([targetId], tx)).get(targetId) ?? []
  const { to, from } = choose(actor, t, known, input.revision, live?.split)
  const { epoch } = await tx.target.update({ where: { id: targetId }, data: { epoch: { increment: 1 }, version: { increment: 1 } }, select: { epoch: true } })
  const open = t.rollouts[0] ? await findRollout(t.rollouts[0].id, tx) : null
  if (open) await endOpen(tx, open, epoch, `superseded by a rollback: ${input.reason}`, now)
  // A call of the rollout that ends here may still be on its way; it lands as long as its etag is the live one.
  const late = open?.intent?.kind === 'traffic' ? open.intent : null
  const leaving = [from?.digest, open?.candidate?.digest].filter((d): d is string => typeof d === 'string' && d !== '' && d !== to.digest)
  const arm = (k: KnownRevision) => ({ revision: k.name, digest: k.digest ?? '', image: '', releaseId: k.releaseId, version: k.version })
  const id = await createRollout(tx, {
    targetId, kind: 'rollback', promotionId: null, releaseId: to.releaseId, groupIndex: 0, plan: oneWritePlan(t), contentHash: hashOf({ targetId, to: to.name }),
    candidate: from ? arm(from) : null, stable: arm(to), desiredSplit: { [to.name]: 100 },
    epoch,
    ...(late && { intent: { kind: 'traffic', purpose: 'fence', traffic: withSplit(late.traffic, { [to.name]: 100 }, null), epoch, at: isoOf(now), etag: late.etag } }),
    createdBy: actor.name, createdById: actor.id, nowMs: now, wakeAfterMs: env().SLUICE_LEASE_MS,
  })
  if (leaving.length > 0) await openHold(tx, { targetId, digests: leaving, releaseId: open?.candidate?.releaseId ?? from?.releaseId ?? null, rolloutId: id, reason: input.reason, byName: actor.name, atMs: now })
  if (from) await tx.targetRevision.updateMany({ where: { targetId, name: from.name }, data: { outcome: 'rolled_back' } })
  await record(tx, {
    chain: t.environment.application.slug, actor, verb: 'target.rollback_requested', subject: { kind: 'target', id: targetId }, also: [`rollout:${id}`, ...(open ? [`rollout:${open.id}`] : []), ...(open?.promotionId ? [`promotion:${open.promotionId}`] : [])],
    reason: input.reason, message: `requested: 100% to ${to.name}, leaving ${from?.name ?? armName(open?.candidate ?? null)}`, before: { serving: from?.name ?? null, rollout: open?.id ?? null }, after: { [to.name]: 100 }, atMs: now,
  })
  return { id, wanted: { at: locatorOfRow(t), want: { [to.name]: 100 }, epoch, lateEtag: late?.etag ?? null } }
}

/**
 * A rollback under way, or one that just ended with nothing after it. A press that names another revision once it has
 * ended, or while it is stuck, means that revision.
 */
async function samePress(tx: Tx, targetId: string, named: string | undefined, now: number): Promise<{ id: string; state: RolloutRow['state'] } | null> {
  const last = await tx.rollout.findFirst({ where: { targetId }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], select: { id: true, kind: true, state: true, endedAt: true, desiredSplit: true } })
  if (last?.kind !== 'rollback') return null
  const isMoving = last.endedAt === null && last.state !== 'held' && last.state !== 'paused'
  if (isMoving) return last
  const isOther = named !== undefined && Split.nullable().parse(last.desiredSplit)?.[named] !== 100
  if (isOther || (last.endedAt === null && (await hasLostItsRevision(tx, targetId, last.desiredSplit)))) return null
  return last.endedAt === null || (last.state === 'succeeded' && now - last.endedAt.getTime() < samePressMs) ? last : null
}

/** It was deleted meanwhile, or is not ready any more: writing it again could only fail, so the press chooses anew. */
async function hasLostItsRevision(tx: Tx, targetId: string, desired: unknown): Promise<boolean> {
  const names = Object.keys(Split.nullable().parse(desired) ?? {})
  return (await tx.targetRevision.count({ where: { targetId, name: { in: names }, OR: [{ deletedAt: { not: null } }, { ready: false }] } })) > 0
}

/** A rollback that was held or paused: who presses again wants it written now. */
async function driveAgain(tx: Tx, actor: Actor, t: TargetRow, id: string, reason: string, now: number): Promise<Begun> {
  const r = await findRollout(id, tx)
  if (!r) throw new Error('the rollback of this target is gone')
  const { epoch } = await tx.target.update({ where: { id: t.id }, data: { epoch: { increment: 1 } }, select: { epoch: true } })
  const want = r.desiredSplit ?? {}
  const version = await saveRollout(tx, r, { state: 'running', hold: null, errors: 0, epoch, leaseUntil: null, wakeAt: new Date(now + env().SLUICE_LEASE_MS) }, true)
  await wake(tx, 'rollout', id, env().SLUICE_LEASE_MS, -10)
  await publish(tx, 'rollout', id, version)
  await record(tx, { chain: t.environment.application.slug, actor, verb: 'target.rollback_requested', subject: { kind: 'target', id: t.id }, also: [`rollout:${id}`], reason, message: `requested again: 100% to ${Object.keys(want)[0] ?? ''}`, before: { state: r.state, hold: r.hold?.code ?? null }, after: want, atMs: now })
  return { id, wanted: { at: locatorOfRow(t), want, epoch, lateEtag: r.intent?.kind === 'traffic' ? r.intent.etag : null } }
}

function choose(actor: Actor, t: TargetRow, known: readonly KnownRevision[], named: string | undefined, liveSplit: Record<string, number> | undefined): { to: KnownRevision; from: KnownRevision | null } {
  const way = wayBackOf(t, known, liveSplit)
  const mayOverride = can(actor, 'override', placeOfTarget(t))
  if (named === undefined) {
    const readiness = readinessOf(t, known, liveSplit)
    const blocking = readiness.unmet.filter((u) => !(mayOverride && u.code === 'image_found'))
    if (!way.to || blocking.length > 0) throw refused('this target cannot be rolled back', blocking.length > 0 ? blocking : readiness.unmet)
    return { to: way.to, from: way.from }
  }
  const to = known.find((k) => k.name === named)
  if (!to || to.deleted) throw new AppError('invalid_input', `${named} is not a revision of this service; it has ${known.filter((k) => !k.deleted).slice(0, 8).map((k) => k.name).join(', ')}`, { field: 'revision' })
  if (to.name === way.fromName && t.rollouts.length === 0) throw refused('that revision is the one being left', [unmet('already_there', `${named} serves now`)])
  const schema = schemaVerdict(way.from, to)
  const hold = to.name === way.to?.name ? undefined : t.holds.find((h) => to.digest !== null && h.digests.includes(to.digest))
  const reason = unfit(to, [])
  const reasons = [
    ...(schema.state === 'refused' ? [unmet('schema', schema.detail)] : []),
    ...(to.ready ? [] : [unmet('not_ready', `${named} is not ready`)]),
    // Nobody passes a hold, break-glass neither: who may override may lift it first.
    ...(hold ? [unmet('hold', `${named} is held here since ${hold.at.toISOString()}: ${hold.reason} (${hold.byName})`, 'release_manager, on_call, admin (unhold)')] : []),
    ...(reason && !mayOverride ? [unmet('not_proven', `${named}: ${reason}`, 'on_call, admin (override)')] : []),
  ]
  if (reasons.length > 0) throw refused(`cannot roll back to ${shortRevision(named)}`, reasons)
  return { to, from: way.from }
}

async function endOpen(tx: Tx, open: RolloutRow, epoch: number, reason: string, now: number): Promise<void> {
  const version = await saveRollout(tx, open, { state: 'superseded', hold: null, intent: null, epoch, endReason: reason, endedAt: new Date(now), leaseUntil: null, wakeAt: null }, true)
  if (open.promotionId) await wake(tx, 'promotion', open.promotionId)
  await publish(tx, 'rollout', open.id, version)
}

/** Read, write with the etag, again on a conflict. What the provider refuses is told; the worker tries on after the lease. */
async function write(id: string, { at, want, epoch, lateEtag }: Wanted, seen: Observation | null): Promise<void> {
  const runtime = runtimeFor('cloud-run')
  for (let i = 1; ; i++) {
    try {
      const known = i === 1 ? seen : null
      const live = known ?? (await runtime.observe(at))
      // Read after the take-over: whoever owns the target by now moves the etag, or is seen here.
      if (!known && !(await isStillOurs(id, epoch))) return
      if (sameSplit(live.split, want) && !live.namesLatest && live.settled && live.etag !== lateEtag) return
      await runtime.writeTraffic(at, withSplit(live.traffic, want, live.latestReady), { etag: live.etag, reason: `sluice rollout=${id} epoch=${epoch} rollback`, timeoutMs: writeTimeoutMs, priority: 'rollback' })
      return
    } catch (e) {
      if (!(e instanceof DriverError)) throw e
      if (e.kind === 'conflict' && i < attempts) continue
      await db.$transaction((tx) => wake(tx, 'rollout', id, 0, -10))
      const what = e.outcome === 'none' ? `the provider did not take the write (${e.message})` : `whether the provider took the write is not known (${e.message})`
      throw new AppError('provider_error', `${what}; it is looked at and tried again until it is live`, { ref: { rollout: id }, cause: e })
    }
  }
}


const isStillOurs = async (id: string, epoch: number): Promise<boolean> => (await db.rollout.count({ where: { id, epoch, state: 'running' } })) === 1
