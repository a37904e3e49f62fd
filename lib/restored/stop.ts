import 'server-only'
import { ZodError } from 'zod'
import { systemActor } from '#lib/access/actor.ts'
import { type AuditEntry, record } from '#lib/audit/record.ts'
import { publish, wake } from '#lib/engine/jobs.ts'
import { nowMs } from '#lib/platform/clock.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { log } from '#lib/platform/log.ts'
import { PromotionContent } from '#lib/promotions/content.ts'
import { endPromotion, Journal, lockEnvironment, type PromotionRow, promotionShape, savePromotion } from '#lib/promotions/store.ts'
import { elsewhere, restoredHold } from '#lib/rollouts/hold.ts'
import { isEnd, openRolloutStates } from '#lib/rollouts/state.ts'
import { findRollout, type Patch, type RolloutRow, saveRollout } from '#lib/rollouts/store.ts'
import { openHold } from '#lib/targets/holds.ts'

const actor = systemActor('restored', 'rule')
/** A way back that was looked at so lately was not left by a later world: a standby took over, or somebody pressed just now. It goes on. */
const recentMs = 300_000

/** What is told of it in the log. */
export type Stopped = { held: number; ended: number; promotions: number }
type Work = { tx: Tx; atMs: number; /** By target, raised: a driver that lived through the restore has an epoch of its own memory, and is fenced off. */ epochs: ReadonlyMap<string, number>; /** Audit rows, appended at the end: the chains are locked last. */ entries: AuditEntry[] }

/**
 * Stops what a database remembers as under way: a rollout on its way out is held until a person decides on what is live
 * now; one on its way back ends, with its image held, since what it went back to may have been left long ago; a split by
 * hand carries the etag of its plan and needs nothing. A promotion that waits starts only when a person presses start.
 * Locks as everybody does: environments, then targets, then rollouts, then the audit chains.
 */
export async function stopWhatWasOpen(tx: Tx): Promise<Stopped> {
  const promotions = await lockOpenPromotions(tx)
  const open = await tx.rollout.findMany({ where: { state: { in: [...openRolloutStates] } }, select: { id: true, targetId: true }, orderBy: [{ targetId: 'asc' }, { id: 'asc' }] })
  const work: Work = { tx, atMs: await nowMs(tx), epochs: await raiseEpochs(tx, open.map((o) => o.targetId)), entries: [] }
  const goesOn = await promotionsThatMayGoOn(tx, promotions)
  const stopped: Stopped = { held: 0, ended: 0, promotions: promotions.length }
  for (const { id } of open) {
    const r = await readable(tx, id)
    if (!r || isEnd(r.state) || needsNothing(r, work.atMs)) continue
    const isHeld = isOnItsWayOut(r) && (r.promotionId === null || goesOn.has(r.promotionId))
    await (isHeld ? hold(work, r) : end(work, r))
    stopped[isHeld ? 'held' : 'ended'] += 1
  }
  const journal = new Journal()
  for (const p of promotions) if (!goesOn.has(p.id)) await stopPromotion(tx, journal, p, work.atMs)
  for (const entry of work.entries) await record(tx, entry)
  await journal.write(tx)
  return stopped
}

/** Read again once they are locked: a person may have decided on one in this moment. */
async function lockOpenPromotions(tx: Tx): Promise<PromotionRow[]> {
  const where = { state: { in: ['pending', 'ready', 'rolling_out'] } } satisfies Prisma.PromotionWhereInput
  const places = await tx.promotion.findMany({ where, select: { environmentId: true }, distinct: ['environmentId'], orderBy: { environmentId: 'asc' } })
  for (const { environmentId } of places) await lockEnvironment(tx, environmentId)
  return tx.promotion.findMany({ where: { ...where, environmentId: { in: places.map((p) => p.environmentId) } }, include: promotionShape, orderBy: [{ environmentId: 'asc' }, { id: 'asc' }] })
}

/** One that this version cannot read is driven by nobody either; it must not keep all others from being stopped. */
async function readable(tx: Tx, id: string): Promise<RolloutRow | null> {
  try {
    return await findRollout(id, tx)
  } catch (error) {
    if (!(error instanceof ZodError)) throw error
    log.error('A rollout cannot be read', { rollout_id: id, error })
    return null
  }
}

function needsNothing(r: RolloutRow, atMs: number): boolean {
  const isBack = r.kind === 'rollback' || r.state === 'rolling_back'
  if (!isBack) return r.kind === 'shift'
  return atMs - Math.max(r.createdAt.getTime(), r.observedAt?.getTime() ?? 0) < recentMs
}

type Way = Pick<RolloutRow, 'kind' | 'state' | 'endReason' | 'supersededById'>
const isOnItsWayOut = (r: Way): boolean => r.kind === 'promotion' && openRolloutStates.includes(r.state) && r.state !== 'rolling_back' && r.endReason === null && r.supersededById === null

/** Whose rollouts all came through or are on their way out. One that takes something back, or stands between two services, would act by itself as it comes on. */
async function promotionsThatMayGoOn(tx: Tx, promotions: readonly PromotionRow[]): Promise<Set<string>> {
  const rolling = promotions.filter((p) => p.state === 'rolling_out' && p.supersededById === null)
  const rollouts = await tx.rollout.findMany({ where: { promotionId: { in: rolling.map((p) => p.id) } }, select: { promotionId: true, kind: true, state: true, endReason: true, supersededById: true } })
  const mayGoOn = (p: PromotionRow) => {
    const mine = rollouts.filter((r) => r.promotionId === p.id)
    const isWell = mine.every((r) => isOnItsWayOut(r) || (r.kind === 'promotion' && r.state === 'succeeded'))
    // With every service out nothing is left but to say so.
    const all = Object.keys(PromotionContent.safeParse(p.content).data?.targets ?? {}).length
    return isWell && (mine.some(isOnItsWayOut) || mine.length === all)
  }
  return new Set(rolling.filter(mayGoOn).map((p) => p.id))
}

async function hold(work: Work, r: RolloutRow): Promise<void> {
  const held = restoredHold(r, work.atMs)
  await save(work, r, { state: 'held', hold: held, errors: 0, wakeAt: new Date(work.atMs) }, 'rollout.held', held.message)
  await wake(work.tx, 'rollout', r.id)
}

/** As failed: what it leaves behind, perhaps with traffic, is then among what needs somebody. */
async function end(work: Work, r: RolloutRow): Promise<void> {
  const { tx, atMs } = work
  const message = `ended: ${elsewhere}. What is live stays; Roll back leads on from there`
  await save(work, r, { state: 'failed', hold: null, endReason: r.endReason === null ? message : `${r.endReason}; ${message}`, endedAt: new Date(atMs), wakeAt: null }, 'rollout.failed', message)
  // It was judged before: by a person, or by a rule.
  const judged = r.kind === 'promotion' && r.endReason !== null && r.supersededById === null ? r.candidate?.digest : undefined
  if (judged) await openHold(tx, { targetId: r.targetId, digests: [judged], releaseId: r.releaseId, rolloutId: r.id, reason: r.endReason ?? elsewhere, byName: actor.name, atMs })
  await publish(tx, 'target', r.targetId, 0)
  await wake(tx, 'target', r.targetId)
}

/** Locked first, in the order of everybody who takes several. */
async function raiseEpochs(tx: Tx, ids: string[]): Promise<Map<string, number>> {
  await tx.$queryRaw`select 1 from target where id = any(${ids}::uuid[]) order by id for update`
  const rows = await tx.$queryRaw<{ id: string; epoch: number }[]>`update target set epoch = epoch + 1 where id = any(${ids}::uuid[]) returning id, epoch`
  return new Map(rows.map((r) => [r.id, r.epoch]))
}

async function save({ tx, atMs, epochs, entries }: Work, r: RolloutRow, patch: Patch, verb: string, message: string): Promise<void> {
  const epoch = epochs.get(r.targetId) ?? r.epoch
  const version = await saveRollout(tx, r, { ...patch, intent: null, epoch, leaseUntil: null }, true)
  await publish(tx, 'rollout', r.id, version)
  entries.push({ chain: r.target.application, actor, verb, subject: { kind: 'rollout', id: r.id }, also: [`target:${r.targetId}`, ...(r.promotionId ? [`promotion:${r.promotionId}`] : [])], message, before: { state: r.state }, after: { state: patch.state }, atMs })
}

async function stopPromotion(tx: Tx, journal: Journal, p: PromotionRow, atMs: number): Promise<void> {
  if (p.state === 'rolling_out') {
    const reason = `${elsewhere}: what it has not done is not done any more`
    await endPromotion(tx, journal, p, { state: 'failed', reason, actor, atMs, message: `failed: ${reason}` })
    return
  }
  if (p.start === 'manual' && p.startRequested === null) return
  const saved = await savePromotion(tx, p, { start: 'manual', startRequested: Prisma.DbNull })
  journal.add(saved, { actor, verb: 'promotion.waits_for_start', message: `does not start by itself any more: ${elsewhere}`, before: { start: p.start }, after: { start: 'manual' }, atMs })
}
