import 'server-only'
import { systemActor } from '#lib/access/actor.ts'
import { record as audit } from '#lib/audit/record.ts'
import { saveEvidence } from '#lib/engine/compare/store.ts'
import { publish, wake } from '#lib/engine/jobs.ts'
import type { Facts } from '#lib/engine/facts.ts'
import type { Lease } from '#lib/engine/lease.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { isEnd } from '#lib/rollouts/state.ts'
import { type Patch, type RolloutRow, saveRollout } from '#lib/rollouts/store.ts'

export type Event = { verb: string; message: string; rule?: string | null; before?: unknown; after?: unknown; reason?: string }

/** What a change of a rollout is about, for its row in the audit log. */
const subjects = (r: RolloutRow): string[] => [`target:${r.targetId}`, ...(r.promotionId ? [`promotion:${r.promotionId}`] : []), ...(r.releaseId ? [`release:${r.releaseId}`] : [])]

/**
 * One fenced change: the row, what else must change with it, the audit event, the wake-ups and the notice to screens, in
 * one transaction. Ending or waiting also gives the lease back.
 */
export async function change(r: RolloutRow, lease: Lease, f: Pick<Facts, 'nowMs'> & Partial<Pick<Facts, 'added'>>, patch: Patch, event: Event, also?: (tx: Tx) => Promise<void>): Promise<void> {
  const ended = patch.state !== undefined && isEnd(patch.state)
  await db.$transaction(async (tx) => {
    // What changes the target too locks it first, as Roll back does: else the two could wait for each other.
    if (also) await tx.$queryRaw`select 1 from target where id = ${r.targetId}::uuid for update`
    const version = await saveRollout(tx, { id: r.id, version: r.version, epoch: lease.epoch }, { ...patch, ...(ended && { leaseUntil: null, wakeAt: null, intent: null, endedAt: new Date(f.nowMs) }) }, true)
    if (patch.verdicts && f.added) await saveEvidence(tx, r.id, f.added)
    await also?.(tx)
    if (ended) {
      if (r.promotionId) await wake(tx, 'promotion', r.promotionId)
      await publish(tx, 'target', r.targetId, 0)
    }
    await publish(tx, 'rollout', r.id, version)
    if (r.promotionId) await publish(tx, 'promotion', r.promotionId, 0)
    await audit(tx, {
      chain: r.target.application,
      actor: systemActor(event.rule ?? 'engine', event.rule ? 'rule' : 'system'),
      verb: event.verb,
      subject: { kind: 'rollout', id: r.id },
      also: subjects(r),
      message: event.message,
      reason: event.reason ?? null,
      ...(event.before !== undefined && { before: event.before }),
      ...(event.after !== undefined && { after: event.after }),
      atMs: f.nowMs,
    })
  })
}
