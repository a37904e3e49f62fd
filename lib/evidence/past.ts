import 'server-only'
import type { z } from 'zod'
import type { PastRollout } from '#lib/evidence/contract.ts'
import { findRollouts, type RolloutRow } from '#lib/rollouts/store.ts'

/** The newest rollouts of a target that brought a release and have begun, newest first. */
export const findPast = (targetId: string, take: number): Promise<RolloutRow[]> => findRollouts({ where: { targetId, kind: 'promotion', startedAt: { not: null } }, page: { take } })

export const pastView = (r: RolloutRow): z.infer<typeof PastRollout> => ({
  rollout: r.id, version: r.candidate?.version ?? null, state: r.state, startedAt: r.startedAt?.toISOString() ?? null, endedAt: r.endedAt?.toISOString() ?? null, endReason: r.endReason,
})
