import 'server-only'
import { isDeepStrictEqual } from 'node:util'
import type { Actor } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import type { Locator } from '#lib/drivers/runtime.ts'
import { publish, wake } from '#lib/engine/jobs.ts'
import { sameSplit } from '#lib/engine/traffic.ts'
import { productMs } from '#lib/platform/clock.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { env } from '#lib/platform/env.ts'
import { AppError } from '#lib/platform/errors.ts'
import { Split } from '#lib/rollouts/schema.ts'
import { isEnd } from '#lib/rollouts/state.ts'
import { findRollout, saveRollout } from '#lib/rollouts/store.ts'
import { refuseRetired } from '#lib/targets/access.ts'
import { locatorOfRow, type TargetRow } from '#lib/targets/store.ts'

/** A second press within this time of the first one's end means the same thing: never two back. */
const samePressMs = 120_000

/** What is to be written now; nothing when the press found a rollback that is under way or has just ended. */
export type Wanted = { at: Locator; want: Record<string, number>; epoch: number; lateEtag: string | null }
/** `warnings` is what the press was made in spite of. */
export type Begun = { id: string; wanted: Wanted | null; warnings?: readonly string[] }

type Last = NonNullable<Awaited<ReturnType<typeof lastOf>>>
// The open one first: a clock that was set back dates it before those that have ended.
const lastOf = (tx: Tx, targetId: string) => tx.rollout.findFirst({ where: { targetId }, orderBy: [{ endedAt: { sort: 'desc', nulls: 'first' } }, { createdAt: 'desc' }, { id: 'desc' }] })

/**
 * Locks the target and reads again what a person or the engine may have changed since it was seen, in three statements:
 * the lock answers the row as it is then and the product time, holds, and the last rollout (an open one counts as the
 * last). A blueprint that retired or moved it meanwhile is noticed.
 */
export async function lockTarget(tx: Tx, seen: TargetRow): Promise<{ t: TargetRow; last: Last | null; now: number }> {
  const [locked] = await tx.$queryRaw<(Pick<TargetRow, 'stableRevision' | 'snapshot' | 'snapshotAt' | 'version' | 'epoch' | 'locator' | 'retiredAt'> & { now: bigint })[]>`
    select stable_revision as "stableRevision", snapshot, snapshot_at as "snapshotAt", version, epoch, locator, retired_at as "retiredAt", ${productMs} as now from target where id = ${seen.id}::uuid for update`
  if (!locked) throw new Error('a target that was just seen is gone')
  const { now, ...row } = locked
  refuseRetired({ ...seen, ...row })
  if (!isDeepStrictEqual(row.locator, seen.locator)) throw new AppError('plan_changed', 'a blueprint moved this target while this was asked: look at it again')
  const holds = await tx.targetHold.findMany({ where: { targetId: seen.id, liftedAt: null } })
  const last = await lastOf(tx, seen.id)
  return { t: { ...seen, ...row, holds, rollouts: last && !isEnd(last.state) ? [last] : [] }, last, now: Number(now) }
}

/**
 * The rollback that this press means, if it means one that is there: under way, or ended a moment ago with its split
 * still live. One that the engine made by itself counts, too: who is woken by the same errors wants to leave the bad
 * version, not the good one. A press that names another revision means that revision, unless a rollback is moving.
 */
export async function samePress(tx: Tx, last: Last | null, { revision, liveSplit, now }: { revision: string | undefined; liveSplit: Record<string, number> | undefined; now: number }): Promise<Last | null> {
  if (!last) return null
  const to = Split.nullable().parse(last.desiredSplit) ?? {}
  if (last.endedAt !== null) {
    const wentBack = (last.kind === 'rollback' && last.state === 'succeeded') || last.state === 'rolled_back' || (last.state === 'superseded' && last.supersededById !== null)
    const left = Split.nullable().parse(last.observedSplit) ?? to
    const isMeant = revision === undefined || left[revision] === 100
    const isStillLive = liveSplit === undefined || sameSplit(liveSplit, left)
    return wentBack && isMeant && isStillLive && now - last.endedAt.getTime() < samePressMs ? last : null
  }
  if (last.kind !== 'rollback') return null
  const isStuck = last.state === 'held' || last.state === 'paused'
  if (isStuck && revision !== undefined && to[revision] !== 100) return null
  return (await hasLostItsRevision(tx, last.targetId, Object.keys(to))) ? null : last
}

/** It was deleted meanwhile, or is not ready any more: writing it again could only fail, so the press chooses anew. */
const hasLostItsRevision = async (tx: Tx, targetId: string, names: readonly string[]): Promise<boolean> =>
  (await tx.targetRevision.count({ where: { targetId, name: { in: [...names] }, OR: [{ deletedAt: { not: null } }, { ready: false }] } })) > 0

/** A rollback that was held or paused: who presses again wants it written now. */
export async function driveAgain(tx: Tx, actor: Actor, t: TargetRow, id: string, reason: string, now: number): Promise<Begun> {
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
