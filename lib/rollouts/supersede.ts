import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import { publish, wake } from '#lib/engine/jobs.ts'
import { mainRevision } from '#lib/engine/traffic.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { createRollout } from '#lib/rollouts/create.ts'
import { carriedDetails } from '#lib/rollouts/hold.ts'
import { Arm, HoldReason, type RolloutPlan } from '#lib/rollouts/schema.ts'
import { isEnd, openRolloutStates } from '#lib/rollouts/state.ts'
import { findRollout, type RolloutRow, saveRollout } from '#lib/rollouts/store.ts'
import { openHold } from '#lib/targets/holds.ts'

/** The newer promotion that an older one gives way to. */
export type Newer = { promotionId: string; version: string }

export const givesWayTo = (newer: Newer): string => `gives way to ${newer.version}`

type Sides = Pick<RolloutRow, 'kind' | 'stable' | 'candidate' | 'observedSplit' | 'desiredSplit'> & { intent?: RolloutRow['intent'] }

/** Whether a write is needed to be back at stable: by what was read back last, and by what may be on its way. */
export function mayHaveTraffic(r: Sides): boolean {
  // A split by hand that was never called changed nothing: there is nothing to take back.
  if (r.kind === 'shift' && r.intent?.kind === 'traffic' && r.intent.called === false) return false
  const candidate = r.candidate?.revision
  const share = candidate ? Math.max(r.observedSplit?.[candidate] ?? 0, r.desiredSplit?.[candidate] ?? 0) : 0
  return r.stable !== null && (share > 0 || r.kind !== 'promotion')
}

const subjectsOf = (r: RolloutRow): string[] => [`target:${r.targetId}`, ...(r.promotionId ? [`promotion:${r.promotionId}`] : []), ...(r.releaseId ? [`release:${r.releaseId}`] : [])]

/** By whom stands in the words that stay with the rollout and with the hold; a rule's own words name it already. */
function judgedBy(actor: Actor, reason: string | null): string {
  if (actor.kind !== 'person' && actor.kind !== 'token') return reason ?? 'aborted'
  return reason === null ? `aborted by ${actor.name}` : `aborted by ${actor.name}: ${reason}`
}

/**
 * Sends an open rollout toward its end by stable: what has or may have traffic goes back first (`rolling_back`), what
 * surely has none ends at once. Answers the new state; an ended one is left alone. A person may still judge a release
 * that already goes back for a newer one: then its image is held after all.
 */
export async function turnBack(tx: Tx, r: RolloutRow, actor: Actor, reason: string | null, nowMs: number): Promise<RolloutRow['state']> {
  const words = judgedBy(actor, reason)
  if (r.state === 'rolling_back' && r.supersededById !== null) {
    const version = await saveRollout(tx, r, { supersededById: null, endReason: words }, true)
    await tell(tx, r, version, { actor, verb: 'rollout.aborted', reason, message: `aborted while it gave way to a newer release, its image will be held${reason === null ? '' : `: ${reason}`}`, state: 'rolling_back', nowMs })
    return r.state
  }
  return leave(tx, r, { actor, verb: 'rollout.aborted', words, reason, newer: null, nowMs })
}

/** The older rollout goes back through stable for a newer promotion. Nobody judged its release: no hold, no outcome. */
export function giveWay(tx: Tx, r: RolloutRow, actor: Actor, newer: Newer, nowMs: number): Promise<RolloutRow['state']> {
  const words = givesWayTo(newer)
  return leave(tx, r, { actor, verb: 'rollout.gives_way', words, reason: words, newer, nowMs })
}

type Leaving = { actor: Actor; verb: string; words: string; reason: string | null; newer: Newer | null; nowMs: number }

async function leave(tx: Tx, r: RolloutRow, l: Leaving): Promise<RolloutRow['state']> {
  if (isEnd(r.state) || r.state === 'rolling_back') return r.state
  const end = l.newer ? 'superseded' : 'cancelled'
  const state = mayHaveTraffic(r) ? 'rolling_back' : end
  const version = await saveRollout(tx, r, {
    state, hold: null, endReason: l.words, supersededById: l.newer?.promotionId ?? null,
    ...(state === end && { endedAt: new Date(l.nowMs), intent: null, leaseUntil: null, wakeAt: null }),
  }, true)
  if (state === 'rolling_back') await wake(tx, 'rollout', r.id, 0, -5)
  else {
    if (r.promotionId) await wake(tx, 'promotion', r.promotionId)
    if (r.candidate?.revision && !l.newer) await tx.targetRevision.updateMany({ where: { targetId: r.targetId, name: r.candidate.revision, proven: null }, data: { outcome: 'aborted', rolloutId: r.id } })
  }
  const back = `100% goes back to ${r.stable?.revision ?? 'stable'}`
  const because = l.reason === null ? '' : `: ${l.reason}`
  const message = l.newer ? `${l.words}: ${state === end ? 'it had no traffic' : back}` : state === end ? `aborted before it had traffic${because}` : `aborted, ${back}${because}`
  await tell(tx, r, version, { actor: l.actor, verb: l.verb, reason: l.reason, message, state, nowMs: l.nowMs })
  return state
}

async function tell(tx: Tx, r: RolloutRow, version: number, e: { actor: Actor; verb: string; reason: string | null; message: string; state: RolloutRow['state']; nowMs: number }): Promise<void> {
  await publish(tx, 'rollout', r.id, version)
  await record(tx, { chain: r.target.application, actor: e.actor, verb: e.verb, subject: { kind: 'rollout', id: r.id }, also: subjectsOf(r), reason: e.reason, message: e.message, before: { state: r.state }, after: { state: e.state }, atMs: e.nowMs })
}

/**
 * Stops a rollout at its split where its promotion ended but stable cannot read the schema that it brought (promise 9).
 * Done once: who advances it after that has decided.
 */
export async function freeze(tx: Tx, r: RolloutRow, actor: Actor, message: string, nowMs: number): Promise<void> {
  const hold = HoldReason.parse({ code: 'rule_failed', message, at: new Date(nowMs).toISOString(), details: { frozen: true, ...carriedDetails(r) } })
  const version = await saveRollout(tx, r, { state: 'held', hold, frozenAt: new Date(nowMs) }, true)
  await wake(tx, 'rollout', r.id)
  await tell(tx, r, version, { actor, verb: 'rollout.held', reason: message, message, state: 'held', nowMs })
}

/** A veto holds what is on its way: it stays where it is until somebody decides. */
export async function holdForVeto(tx: Tx, releaseId: string, actor: Actor, reason: string, nowMs: number): Promise<string[]> {
  const open = await tx.rollout.findMany({ where: { releaseId, kind: 'promotion', state: { in: [...openRolloutStates].filter((s) => s !== 'rolling_back') } }, select: { id: true } })
  for (const { id } of open) {
    const r = await findRollout(id, tx)
    if (!r) continue
    const hold = HoldReason.parse({ code: 'vetoed', message: `the release was vetoed: ${reason}. Abort goes back to stable; lifting the veto goes on`, at: new Date(nowMs).toISOString(), details: carriedDetails(r) })
    const version = await saveRollout(tx, r, { state: 'held', hold }, true)
    await wake(tx, 'rollout', r.id)
    await publish(tx, 'rollout', r.id, version)
    await record(tx, { chain: r.target.application, actor, verb: 'rollout.held', subject: { kind: 'rollout', id: r.id }, also: [`target:${r.targetId}`, `release:${releaseId}`], reason, message: hold.message, before: { state: r.state }, after: { state: 'held' }, atMs: nowMs })
  }
  return open.map((o) => o.id)
}

/** Why a service that was out is taken back: for a newer promotion, or since what it belongs to was found bad. */
export type ReturnCause = { newer: Newer | null; reason: string }

/**
 * Brings a service that already went out with a promotion back to what it served before, as a rollout of kind rollback.
 * Unless it gives way to a newer one, its image is held here from now on: nothing ships it again until a person says so.
 * Null when there is nothing to go back to (its first release) or somebody else owns the target now.
 */
export async function startReturn(tx: Tx, done: RolloutRow, actor: Actor, cause: ReturnCause, nowMs: number): Promise<string | null> {
  if (!done.stable) return null
  const busy = await tx.rollout.count({ where: { targetId: done.targetId, state: { in: [...openRolloutStates] } } })
  if (busy > 0) return null
  const { reason, newer } = cause
  const plan: RolloutPlan = { ...done.plan, steps: [], image: '', digest: '', config: {} }
  const id = await createRollout(tx, {
    targetId: done.targetId, kind: 'rollback', promotionId: done.promotionId, releaseId: done.stable.releaseId, groupIndex: done.groupIndex, plan, contentHash: done.contentHash,
    candidate: Arm.nullable().parse(done.candidate), stable: done.stable, desiredSplit: { [done.stable.revision]: 100 }, createdBy: actor.name, createdById: actor.id, nowMs,
  })
  if (newer) await tx.rollout.update({ where: { id }, data: { supersededById: newer.promotionId } })
  else await condemn(tx, done, id, actor, reason, nowMs)
  await record(tx, { chain: done.target.application, actor, verb: 'rollout.return_requested', subject: { kind: 'rollout', id }, also: [`target:${done.targetId}`, `promotion:${done.promotionId ?? ''}`], reason, message: `goes back to ${done.stable.revision}: ${reason}`, before: { serving: mainRevision(done.observedSplit ?? {}) }, after: { [done.stable.revision]: 100 }, atMs: nowMs })
  return id
}

/** It was proven, its release was not: Roll back does not come to it, and nothing ships it here again. */
async function condemn(tx: Tx, done: RolloutRow, rolloutId: string, actor: Actor, reason: string, atMs: number): Promise<void> {
  if (done.candidate?.revision) await tx.targetRevision.updateMany({ where: { targetId: done.targetId, name: done.candidate.revision }, data: { outcome: 'rolled_back' } })
  // An image that was out before, too, is not what went wrong; held, it would stop the release that mends the rest.
  if (done.candidate?.digest && done.candidate.digest !== done.stable?.digest) await openHold(tx, { targetId: done.targetId, digests: [done.candidate.digest], releaseId: done.releaseId, rolloutId, reason, byName: actor.name, atMs })
}
