import 'server-only'
import { type Actor, authorise, can, rolesWith } from '#lib/access/actor.ts'
import { rolesText } from '#lib/access/words.ts'
import { record } from '#lib/audit/record.ts'
import { DriverError } from '#lib/drivers/errors.ts'
import { runtimeFor } from '#lib/drivers/registry.ts'
import type { Observation } from '#lib/drivers/runtime.ts'
import { publish, wake } from '#lib/engine/jobs.ts'
import { sameSplit, withSplit } from '#lib/engine/traffic.ts'
import { runRollout } from '#lib/engine/run.ts'
import { inBackground } from '#lib/platform/background.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { env } from '#lib/platform/env.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { AppError, refused, unmet } from '#lib/platform/errors.ts'
import { log } from '#lib/platform/log.ts'
import { isoOf } from '#lib/platform/time.ts'
import { meetDatabaseIfPossible } from '#lib/restored/service.ts'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import { insertRollout } from '#lib/rollouts/create.ts'
import { armName, shortRevision } from '#lib/rollouts/words.ts'
import { findRollout, type RolloutRow, saveRollout } from '#lib/rollouts/store.ts'
import { transact } from '#lib/rollouts/transact.ts'
import { viewOf } from '#lib/rollouts/view.ts'
import { placeOfTarget, refuseRetired, visibleTarget } from '#lib/targets/access.ts'
import type { rollbackTarget } from '#lib/targets/contract.ts'
import { schemaVerdict, unfit, withdrawnText } from '#lib/targets/decide.ts'
import { openHold, whoMayUnhold } from '#lib/targets/holds.ts'
import { byOverride, imageGone, readinessOf, wayBackOf } from '#lib/targets/readiness.ts'
import type { KnownRevision } from '#lib/targets/schema.ts'
import { hashOf, oneWritePlan } from '#lib/targets/shift.ts'
import { type Begun, driveAgain, lockTarget, samePress, type Wanted } from '#lib/targets/press.ts'
import { recheckWayBack } from '#lib/targets/recheck.ts'
import { knownRevisions, locatorOfRow, type TargetRow } from '#lib/targets/store.ts'

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
  // Before its own rollout is made: what an older database remembers as open is stopped.
  const [t, known] = await Promise.all([visibleTarget(actor, input.id), knownIfPossible(input.id), meetDatabaseIfPossible()])
  authorise(actor, 'roll_back', placeOfTarget(t), 'roll back here')
  refuseRetired(t)
  const [live] = await Promise.all([inTime(readLive(t)), inTime(recheckWayBack(t, known, input.revision))])
  const { id, wanted, warnings = [] } = await begin(actor, t, input, live)
  if (wanted) {
    await write(id, wanted, live)
    // The answer does not wait for the read-back; without a worker this process makes it.
    inBackground(runRollout(id, `web-${process.pid}`).catch((error: unknown) => log.error('The read-back of a rollback failed', { rollout_id: id, error })))
  }
  const r = await findRollout(id)
  if (!r) throw new Error('a rollback just made is gone')
  return { ...(await viewOf(r, actor)), ...(warnings.length > 0 && { warnings: [...warnings] }) }
}

/** For the look at the revision alone, which is a courtesy: what cannot be read here is read again, or refused, in the transaction. */
const knownIfPossible = (targetId: string): Promise<readonly KnownRevision[]> => knownRevisions([targetId]).then((all) => all.get(targetId) ?? [], () => [])

/** Null when the cloud cannot be read: then the last snapshot decides, and the write reads again. */
async function readLive(t: TargetRow): Promise<Observation | null> {
  try {
    return await runtimeFor('cloud-run').observe(locatorOfRow(t))
  } catch (e) {
    if (e instanceof DriverError) return null
    throw e
  }
}

const inTime = <T>(reading: Promise<T>): Promise<T | null> => Promise.race([reading, new Promise<null>((done) => setTimeout(() => done(null), readPatienceMs).unref())])

/** Again when the engine wrote the rollout meanwhile, or Postgres ended this to break a deadlock: nothing was written then. */
const begin = (actor: Actor, seen: TargetRow, input: Parsed<typeof rollbackTarget>, live: Observation | null): Promise<Begun> => transact((tx) => take(tx, actor, seen, input, live))

/** The one transaction: epoch up, open rollout ended, hold set, intent and audit written. */
async function take(tx: Tx, actor: Actor, seen: TargetRow, input: Parsed<typeof rollbackTarget>, live: Observation | null): Promise<Begun> {
  const targetId = seen.id
  const { t, last, now } = await lockTarget(tx, seen)
  const same = await samePress(tx, last, { revision: input.revision, liveSplit: live?.split, now })
  if (same) return same.state === 'held' || same.state === 'paused' ? driveAgain(tx, actor, t, same.id, input.reason, now) : { id: same.id, wanted: null }
  const known = (await knownRevisions([targetId], tx)).get(targetId) ?? []
  const { to, from } = choose(actor, t, known, input.revision, live?.split)
  const warnings = [withdrawnText(to)].filter((text) => text !== null)
  const epoch = await leave(tx, targetId, from?.name ?? null)
  const open = t.rollouts[0] ? await findRollout(t.rollouts[0].id, tx) : null
  if (open) await endOpen(tx, open, epoch, `superseded by a rollback: ${input.reason}`, now)
  // A call of the rollout that ends here may still be on its way; it lands as long as its etag is the live one.
  const late = open?.intent?.kind === 'traffic' ? open.intent : null
  const leaving = [from?.digest, open?.candidate?.digest].filter((d): d is string => typeof d === 'string' && d !== '' && d !== to.digest)
  const arm = (k: KnownRevision) => ({ revision: k.name, digest: k.digest ?? '', image: '', releaseId: k.releaseId, version: k.version })
  const id = await insertRollout(tx, {
    targetId, kind: 'rollback', promotionId: null, releaseId: to.releaseId, groupIndex: 0, plan: oneWritePlan(t), contentHash: hashOf({ targetId, to: to.name }),
    candidate: from ? arm(from) : null, stable: arm(to), desiredSplit: { [to.name]: 100 },
    epoch,
    ...(late && { intent: { kind: 'traffic', purpose: 'fence', traffic: withSplit(late.traffic, { [to.name]: 100 }, null), epoch, at: isoOf(now), etag: late.etag } }),
    createdBy: actor.name, createdById: actor.id, nowMs: now, wakeAfterMs: env().SLUICE_LEASE_MS,
  })
  if (leaving.length > 0) await openHold(tx, { targetId, digests: leaving, releaseId: open?.candidate?.releaseId ?? from?.releaseId ?? null, rolloutId: id, reason: input.reason, byName: actor.name, atMs: now })
  await record(tx, {
    chain: t.environment.application.slug, actor, verb: 'target.rollback_requested', subject: { kind: 'target', id: targetId }, also: [`rollout:${id}`, ...(open ? [`rollout:${open.id}`] : []), ...(open?.promotionId ? [`promotion:${open.promotionId}`] : [])],
    reason: input.reason, message: [`requested: 100% to ${to.name}, leaving ${from?.name ?? armName(open?.candidate ?? null)}`, ...warnings].join('; '), before: { serving: from?.name ?? null, rollout: open?.id ?? null }, after: { [to.name]: 100 }, atMs: now,
  })
  return { id, wanted: { at: locatorOfRow(t), want: { [to.name]: 100 }, epoch, lateEtag: late?.etag ?? null }, warnings }
}

/** Takes the target from whoever drives it and marks the revision that is left, in one statement. Answers the new epoch. */
async function leave(tx: Tx, targetId: string, from: string | null): Promise<number> {
  const [taken] = await tx.$queryRaw<{ epoch: number }[]>`
    with marked as (update target_revision set outcome = 'rolled_back' where target_id = ${targetId}::uuid and name = ${from})
    update target set epoch = epoch + 1, version = version + 1 where id = ${targetId}::uuid returning epoch`
  if (!taken) throw new Error('a target that was just locked is gone')
  return taken.epoch
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
    ...(to.imageFound === false && !mayOverride ? [unmet('image_found', imageGone, byOverride)] : []),
    // Nobody passes a hold, break-glass neither: who may override may lift it first.
    ...(hold ? [unmet('hold', `${named} is held here since ${hold.at.toISOString()}: ${hold.reason} (${hold.byName})`, whoMayUnhold)] : []),
    ...(reason && !mayOverride ? [unmet('not_proven', `${named}: ${reason}`, rolesText(rolesWith('override')))] : []),
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
