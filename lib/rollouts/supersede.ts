import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import { publish, wake } from '#lib/engine/jobs.ts'
import { mainRevision } from '#lib/engine/traffic.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { createRollout } from '#lib/rollouts/create.ts'
import { Arm, HoldReason, type RolloutPlan } from '#lib/rollouts/schema.ts'
import { isEnd, openRolloutStates } from '#lib/rollouts/state.ts'
import { findRollout, type RolloutRow, saveRollout } from '#lib/rollouts/store.ts'

/**
 * Sends an open rollout toward its end by stable: what has or may have traffic goes back first (`rolling_back`), what
 * surely has none is cancelled at once. Answers the new state; an ended one is left alone.
 */
export async function turnBack(tx: Tx, r: RolloutRow, actor: Actor, reason: string, nowMs: number, verb = 'rollout.aborted'): Promise<RolloutRow['state']> {
  if (isEnd(r.state) || r.state === 'rolling_back') return r.state
  const candidate = r.candidate?.revision
  const share = candidate ? Math.max(r.observedSplit?.[candidate] ?? 0, r.desiredSplit?.[candidate] ?? 0) : 0
  const mayHaveTraffic = r.stable !== null && (share > 0 || r.kind !== 'promotion')
  const state = mayHaveTraffic ? 'rolling_back' : 'cancelled'
  const now = new Date(nowMs)
  const version = await saveRollout(tx, r, { state, hold: null, endReason: reason, ...(state === 'cancelled' && { endedAt: now, intent: null, leaseUntil: null, wakeAt: null }) }, true)
  if (state === 'rolling_back') await wake(tx, 'rollout', r.id, 0, -5)
  else {
    if (r.promotionId) await wake(tx, 'promotion', r.promotionId)
    if (candidate) await tx.targetRevision.updateMany({ where: { targetId: r.targetId, name: candidate, proven: null }, data: { outcome: 'aborted', rolloutId: r.id } })
  }
  await publish(tx, 'rollout', r.id, version)
  await record(tx, {
    chain: r.target.application, actor, verb, subject: { kind: 'rollout', id: r.id },
    also: [`target:${r.targetId}`, ...(r.promotionId ? [`promotion:${r.promotionId}`] : []), ...(r.releaseId ? [`release:${r.releaseId}`] : [])],
    reason, message: state === 'cancelled' ? `aborted before it had traffic: ${reason}` : `aborted, 100% goes back to ${r.stable?.revision ?? 'stable'}: ${reason}`, before: { state: r.state }, after: { state }, atMs: nowMs,
  })
  return state
}

/** A newer promotion takes over: the older rollout goes back through stable first. */
export async function abortForNewer(tx: Tx, rolloutId: string, actor: Actor, newer: string, nowMs: number): Promise<void> {
  const r = await findRollout(rolloutId, tx)
  if (r) await turnBack(tx, r, actor, `superseded by ${newer}`, nowMs, 'rollout.superseded')
}

/** A veto holds what is on its way: it stays where it is until somebody decides. */
export async function holdForVeto(tx: Tx, releaseId: string, actor: Actor, reason: string, nowMs: number): Promise<string[]> {
  const open = await tx.rollout.findMany({ where: { releaseId, kind: 'promotion', state: { in: [...openRolloutStates].filter((s) => s !== 'rolling_back') } }, select: { id: true } })
  for (const { id } of open) {
    const r = await findRollout(id, tx)
    if (!r) continue
    const hold = HoldReason.parse({ code: 'vetoed', message: `the release was vetoed: ${reason}. Abort goes back to stable; lifting the veto goes on`, at: new Date(nowMs).toISOString(), details: r.state === 'paused' || r.hold?.details?.['paused'] === true ? { paused: true } : {} })
    const version = await saveRollout(tx, r, { state: 'held', hold }, true)
    await wake(tx, 'rollout', r.id)
    await publish(tx, 'rollout', r.id, version)
    await record(tx, { chain: r.target.application, actor, verb: 'rollout.held', subject: { kind: 'rollout', id: r.id }, also: [`target:${r.targetId}`, `release:${releaseId}`], reason, message: hold.message, before: { state: r.state }, after: { state: 'held' }, atMs: nowMs })
  }
  return open.map((o) => o.id)
}

/**
 * Brings a service that already went out with a promotion back to what it served before, as a rollout of kind rollback.
 * Null when there is nothing to go back to (its first release) or somebody else owns the target now.
 */
export async function startReturn(tx: Tx, done: RolloutRow, actor: Actor, reason: string, nowMs: number): Promise<string | null> {
  if (!done.stable) return null
  const busy = await tx.rollout.count({ where: { targetId: done.targetId, state: { in: [...openRolloutStates] } } })
  if (busy > 0) return null
  const plan: RolloutPlan = { ...done.plan, steps: [], image: '', digest: '', config: {} }
  const id = await createRollout(tx, {
    targetId: done.targetId, kind: 'rollback', promotionId: done.promotionId, releaseId: done.stable.releaseId, groupIndex: done.groupIndex, plan, contentHash: done.contentHash,
    candidate: Arm.nullable().parse(done.candidate), stable: done.stable, desiredSplit: { [done.stable.revision]: 100 }, createdBy: actor.name, createdById: actor.id, nowMs,
  })
  // It was proven, its release was not: Roll back does not come to it.
  if (done.candidate?.revision) await tx.targetRevision.updateMany({ where: { targetId: done.targetId, name: done.candidate.revision }, data: { outcome: 'rolled_back' } })
  await record(tx, { chain: done.target.application, actor, verb: 'rollout.return_requested', subject: { kind: 'rollout', id }, also: [`target:${done.targetId}`, `promotion:${done.promotionId ?? ''}`], reason, message: `goes back to ${done.stable.revision}: ${reason}`, before: { serving: mainRevision(done.observedSplit ?? {}) }, after: { [done.stable.revision]: 100 }, atMs: nowMs })
  return id
}
