import { isoOf } from '#lib/platform/time.ts'
import type { Arm, HoldReason, Split } from '#lib/rollouts/schema.ts'
import { isRestored, type RolloutState } from '#lib/rollouts/state.ts'

type Held = { state: RolloutState; hold: HoldReason | null }

/** A person paused it before it was held: letting go by itself must not resume what they stopped. */
export const wasPaused = (r: Held): boolean => r.state === 'paused' || r.hold?.details?.['paused'] === true

/** What the next hold has to remember of the one that it replaces. */
export const carriedDetails = (r: Held): Record<string, boolean> => ({ ...(wasPaused(r) && { paused: true }), ...(isRestored(r.hold) && { restored: true }) })

/**
 * Since when the candidate is cold by somebody else's hand: from this change, where it has more of the live traffic than
 * was last seen, or from an earlier one that is not settled. Nothing where they took from it, or moved a tag.
 */
export function coldSince(r: Pick<Held, 'hold'> & { candidate: Arm | null; observedSplit: Split | null }, live: Split, at: string): { coldSince?: string } {
  const shareOf = (split: Split | null) => split?.[r.candidate?.revision ?? ''] ?? 0
  if (shareOf(live) > shareOf(r.observedSplit)) return { coldSince: at }
  const before = r.hold?.code === 'outside_change' ? r.hold.details?.['coldSince'] : undefined
  return typeof before === 'string' ? { coldSince: before } : {}
}

export const elsewhere = 'the database was restored or moved, and what happened since is not known here'

export const restoredHold = (r: Held, atMs: number): HoldReason => ({
  code: 'outside_change', at: isoOf(atMs), message: `${elsewhere}: look at what is live. Adopt goes on from there, abort ends this rollout`, details: { ...carriedDetails(r), restored: true },
})
