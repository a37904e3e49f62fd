import { isoOf } from '#lib/platform/time.ts'
import type { HoldReason } from '#lib/rollouts/schema.ts'
import { isRestored, type RolloutState } from '#lib/rollouts/state.ts'

type Held = { state: RolloutState; hold: HoldReason | null }

/** A person paused it before it was held: letting go by itself must not resume what they stopped. */
export const wasPaused = (r: Held): boolean => r.state === 'paused' || r.hold?.details?.['paused'] === true

/** What the next hold has to remember of the one that it replaces. */
export const carriedDetails = (r: Held): Record<string, boolean> => ({ ...(wasPaused(r) && { paused: true }), ...(isRestored(r.hold) && { restored: true }) })

export const elsewhere = 'the database was restored or moved, and what happened since is not known here'

export const restoredHold = (r: Held, atMs: number): HoldReason => ({
  code: 'outside_change', at: isoOf(atMs), message: `${elsewhere}: look at what is live. Adopt goes on from there, abort ends this rollout`, details: { ...carriedDetails(r), restored: true },
})
