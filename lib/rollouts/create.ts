import 'server-only'
import { isDeepStrictEqual } from 'node:util'
import { announceRollout } from '#lib/engine/jobs.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import type { Prisma } from '#lib/platform/db/generated/client.ts'
import { AppError, refused, unmet } from '#lib/platform/errors.ts'
import type { Arm, Intent, RolloutPlan, Split, StepRun } from '#lib/rollouts/schema.ts'
import { openRolloutStates } from '#lib/rollouts/state.ts'

export type NewRollout = {
  targetId: string
  kind: 'promotion' | 'rollback' | 'shift'
  promotionId: string | null
  releaseId: string | null
  groupIndex: number
  plan: RolloutPlan
  contentHash: string
  /** What it carries: shown before the revision exists. */
  candidate: Arm | null
  stable?: Arm | null
  /** Given for a rollback or a shift: what is to be written; its intent from the first moment. */
  desiredSplit?: Split
  epoch?: number
  /** A call that must be made or fenced off before anything else. */
  intent?: Intent
  createdBy: string
  createdById: string | null
  nowMs: number
  /** A rollback is driven by the request that asked; the worker takes over only after the lease. */
  wakeAfterMs?: number
}

const freshRun: StepRun = { state: 'pending', startedAt: null, endedAt: null, trafficAt: null, message: null, tries: [] }

/**
 * Makes the one open rollout of a target. Locks the target row first, so that everybody who wants it queues in the same
 * order; another open rollout is refused with `target_busy` (a unique index holds it besides). What was planned for a
 * place that the target has left, or for a target retired meanwhile, is refused with `plan_changed`.
 */
export async function createRollout(tx: Tx, n: NewRollout): Promise<string> {
  const [target] = await tx.$queryRaw<{ locator: unknown; isRetired: boolean }[]>`select locator, retired_at is not null as "isRetired" from target where id = ${n.targetId}::uuid for update`
  if (!target || target.isRetired || !isDeepStrictEqual(target.locator, n.plan.locator)) throw new AppError('plan_changed', 'a blueprint moved or removed this target while this was asked: look at it again')
  const busy = await tx.rollout.findFirst({ where: { targetId: n.targetId, state: { in: [...openRolloutStates] } }, select: { id: true, kind: true, createdBy: true, createdAt: true } })
  if (busy) throw refused('another rollout owns this target', [unmet('target_busy', `rollout ${busy.id} (${busy.kind}, asked by ${busy.createdBy}) has owned it since ${busy.createdAt.toISOString()}`)])
  return insertRollout(tx, n)
}

/** For who holds the target's lock already and has ended what was open: Roll back, where every round trip counts. */
export async function insertRollout(tx: Tx, n: NewRollout): Promise<string> {
  const isRollback = n.kind === 'rollback'
  const row = await tx.rollout.create({
    data: {
      targetId: n.targetId,
      kind: n.kind,
      promotionId: n.promotionId,
      releaseId: n.releaseId,
      groupIndex: n.groupIndex,
      plan: n.plan as Prisma.InputJsonValue,
      contentHash: n.contentHash,
      steps: n.plan.steps.map(() => freshRun) as Prisma.InputJsonValue,
      verdicts: [],
      ...(n.candidate && { candidate: n.candidate }),
      ...(n.stable && { stable: n.stable }),
      ...(n.desiredSplit && { desiredSplit: n.desiredSplit }),
      state: isRollback || n.kind === 'shift' ? 'running' : 'pending',
      ...((isRollback || n.kind === 'shift') && { startedAt: new Date(n.nowMs) }),
      ...(n.intent && { intent: n.intent }),
      ...(n.epoch !== undefined && { epoch: n.epoch }),
      createdBy: n.createdBy,
      createdById: n.createdById,
      createdAt: new Date(n.nowMs),
      wakeAt: new Date(n.nowMs + (n.wakeAfterMs ?? 0)),
    },
    select: { id: true },
  })
  await announceRollout(tx, { id: row.id, targetId: n.targetId, afterMs: n.wakeAfterMs ?? 0, priority: isRollback ? -10 : 0 })
  return row.id
}
