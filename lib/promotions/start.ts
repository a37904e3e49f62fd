import 'server-only'
import { GateView } from '#lib/gates/schema.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import type { PromotionContent } from '#lib/promotions/content.ts'
import { endPromotion, type Journal, type PromotionRow, promotionRule, promotionShape, savePromotion } from '#lib/promotions/store.ts'
import type { Subject } from '#lib/promotions/subject.ts'
import type { Standing } from '#lib/promotions/waiting.ts'
import { createRollout } from '#lib/rollouts/create.ts'

/** A rolling promotion is woken by its rollouts; this look finds what has no such caller, as a rollback of a service that was out. */
export const followAgainMs = 10_000

/**
 * Start, in the transaction that judged everything: the first group's rollouts with their plans fixed, and the end of
 * older promotions that were still waiting here.
 */
export async function startRollouts(tx: Tx, journal: Journal, row: PromotionRow, subject: Subject, standing: Standing, atMs: number): Promise<void> {
  const rollouts = await createGroup(tx, row, subject.content, 0, atMs)
  const saved = await savePromotion(tx, row, { state: 'rolling_out', startedAt: new Date(atMs), wakeAt: new Date(atMs + followAgainMs), gates: { views: standing.gates.map((g) => GateView.parse(g)), unmet: [] } })
  await endOlderWaiting(tx, journal, saved, atMs)
  const overridden = standing.gates.filter((g) => g.state === 'overridden').map((g) => g.name)
  journal.add(saved, {
    actor: promotionRule,
    verb: 'promotion.started',
    message: `${row.release.version} starts in ${row.environment.slug}: ${subject.content.groups.map((g) => g.join(' with ')).join(', then ')}${overridden.length > 0 ? `; overridden: ${overridden.join(', ')}` : ''}`,
    before: { state: row.state },
    after: { state: 'rolling_out', rollouts, contentHash: row.contentHash },
    atMs,
    also: rollouts.map((id) => `rollout:${id}`),
  })
}

/** One rollout per target of a group, in the order of target ids, as every taker of several targets locks them. */
export async function createGroup(tx: Tx, row: PromotionRow, content: PromotionContent, group: number, atMs: number): Promise<string[]> {
  const targets = (content.groups[group] ?? []).flatMap((service) => content.targets[service] ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const ids: string[] = []
  for (const { id: targetId, plan } of targets) {
    ids.push(
      await createRollout(tx, {
        targetId,
        kind: 'promotion',
        promotionId: row.id,
        releaseId: row.releaseId,
        groupIndex: group,
        plan,
        contentHash: row.contentHash,
        candidate: { revision: '', digest: plan.digest, image: plan.image, releaseId: row.releaseId, version: row.release.version },
        createdBy: row.requestedBy,
        createdById: row.requestedById,
        nowMs: atMs,
      }),
    )
  }
  return ids
}

async function endOlderWaiting(tx: Tx, journal: Journal, row: PromotionRow, atMs: number): Promise<void> {
  const older = await tx.promotion.findMany({
    where: { environmentId: row.environmentId, id: { not: row.id }, state: { in: ['pending', 'ready'] }, release: { createdAt: { lt: row.release.createdAt } } },
    include: promotionShape,
    orderBy: { id: 'asc' },
  })
  const reason = `the newer ${row.release.version} began to roll out`
  for (const promotion of older) await endPromotion(tx, journal, promotion, { state: 'superseded', reason, actor: promotionRule, atMs, supersededById: row.id, message: `superseded: ${reason}` })
}
