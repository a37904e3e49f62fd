import 'server-only'
import type { Tx } from '#lib/platform/db/client.ts'
import { db } from '#lib/platform/db/client.ts'

export type OpenHold = { id: string; digests: string[]; releaseId: string | null; reason: string; byName: string; at: Date }

/** The hold in force on a target, or null. */
export const findHold = (tx: Tx, targetId: string): Promise<OpenHold | null> => tx.targetHold.findFirst({ where: { targetId, liftedAt: null } })

export const findHolds = (targetIds: readonly string[]) => db.targetHold.findMany({ where: { targetId: { in: [...targetIds] }, liftedAt: null } })

/**
 * Refuses these digests on this target from now on, until a person lifts it. A hold in force grows by the new digests:
 * rolling back twice never forgets the first.
 */
export async function openHold(tx: Tx, h: { targetId: string; digests: readonly string[]; releaseId: string | null; rolloutId: string; reason: string; byName: string; atMs: number }): Promise<void> {
  const before = await findHold(tx, h.targetId)
  const digests = [...new Set([...(before?.digests ?? []), ...h.digests.filter(Boolean)])]
  const data = { digests, releaseId: h.releaseId, rolloutId: h.rolloutId, reason: h.reason, byName: h.byName, at: new Date(h.atMs) }
  if (before) await tx.targetHold.update({ where: { id: before.id }, data })
  else await tx.targetHold.create({ data: { targetId: h.targetId, ...data } })
}
