import 'server-only'
import { rolesWith } from '#lib/access/actor.ts'
import { rolesText } from '#lib/access/words.ts'
import type { Tx } from '#lib/platform/db/client.ts'

export type OpenHold = { id: string; digests: string[]; releaseId: string | null; reason: string; byName: string; at: Date }

/** Who may lift a hold, in words: whoever approves here, and break-glass. */
export const whoMayUnhold = rolesText([...rolesWith('approve'), ...rolesWith('override')])

/** The hold in force on a target, or null. */
export const findHold = (tx: Tx, targetId: string): Promise<OpenHold | null> => tx.targetHold.findFirst({ where: { targetId, liftedAt: null } })

/**
 * Refuses these digests on this target from now on, until a person lifts it. A hold in force grows by the new digests:
 * rolling back twice never forgets the first. One statement (the index `target_hold_one_open` finds the one in force):
 * two that set a hold at once both count. It is another hold by that, under another id: who read the smaller one lifts nothing.
 */
export async function openHold(tx: Tx, h: { targetId: string; digests: readonly string[]; releaseId: string | null; rolloutId: string | null; reason: string; byName: string; atMs: number }): Promise<void> {
  await tx.$executeRaw`
    insert into target_hold (id, target_id, digests, release_id, rollout_id, reason, by_name, at)
    values (gen_random_uuid(), ${h.targetId}::uuid, ${[...new Set(h.digests.filter(Boolean))]}, ${h.releaseId}::uuid, ${h.rolloutId}::uuid, ${h.reason}, ${h.byName}, ${new Date(h.atMs)})
    on conflict (target_id) where lifted_at is null do update set id = excluded.id,
      digests = (select array_agg(distinct d) from unnest(target_hold.digests || excluded.digests) d),
      release_id = excluded.release_id, rollout_id = excluded.rollout_id, reason = excluded.reason, by_name = excluded.by_name, at = excluded.at`
}
