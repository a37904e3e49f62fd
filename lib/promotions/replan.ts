import 'server-only'
import type { Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { changedPaths } from '#lib/promotions/content.ts'
import { type Journal, overrideInForce, overrideOf, type PromotionRow, promotionRule, savePromotion } from '#lib/promotions/store.ts'
import type { Subject } from '#lib/promotions/subject.ts'

/**
 * Compares what the promotion would ship now with what was approved. A difference voids the approvals and a start that
 * was asked for, says which paths changed, and the promotion waits again. A break-glass is void
 * for good, and stays listed until it is reviewed. Answers the row as it is then.
 */
export async function refreshContent(tx: Tx, journal: Journal, row: PromotionRow, subject: Subject, atMs: number): Promise<PromotionRow> {
  if (row.contentHash === subject.contentHash) return row
  const changed = changedPaths(row.content, subject.content)
  const reason = `the content changed: ${changed.join('; ')}`
  const voided = await tx.approval.findMany({ where: { promotionId: row.id, rolloutId: null, voidedAt: null, decision: 'approve' } })
  await tx.approval.updateMany({ where: { id: { in: voided.map((a) => a.id) } }, data: { voidedAt: new Date(atMs), voidReason: reason } })
  const override = overrideOf(row)
  const inForce = overrideInForce(row, row.contentHash, atMs)
  const lost = [...(voided.length === 0 ? [] : [`the approval of ${voided.map((a) => a.personName).join(', ')}`]), ...(inForce === null ? [] : [`the break-glass of ${inForce}`])]
  const saved = await savePromotion(tx, row, {
    content: subject.content as Prisma.InputJsonObject, // plain data, made by a schema
    contentHash: subject.contentHash,
    state: 'pending',
    startRequested: Prisma.DbNull,
    ...(override && override.voidedAt === null && { override: { ...override, voidedAt: new Date(atMs).toISOString() } as Prisma.InputJsonObject }),
  })
  journal.add(saved, {
    actor: promotionRule,
    verb: 'promotion.content_changed',
    reason,
    message: lost.length === 0 ? reason : `${reason}. No longer counts: ${lost.join(' and ')}`,
    before: { contentHash: row.contentHash, approvals: voided.map((a) => a.id) },
    after: { contentHash: subject.contentHash, changed },
    atMs,
  })
  return saved
}

/** What changed since a reader saw this hash, from the audit log; empty when nobody wrote it down. */
export async function changesSince(tx: Tx, promotionId: string, contentHash: string): Promise<string[]> {
  const rows = await tx.auditEvent.findMany({ where: { subjectKind: 'promotion', subjectId: promotionId, verb: 'promotion.content_changed' }, orderBy: { seq: 'asc' }, select: { before: true, after: true } })
  const from = rows.findIndex((r) => (r.before as { contentHash?: string } | null)?.contentHash === contentHash)
  if (from === -1) return []
  return rows.slice(from).flatMap((r) => (r.after as { changed?: string[] } | null)?.changed ?? [])
}
