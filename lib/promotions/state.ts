export const promotionStates = ['pending', 'ready', 'rolling_out', 'succeeded', 'rejected', 'expired', 'cancelled', 'superseded', 'failed', 'rolled_back'] as const
export type PromotionState = (typeof promotionStates)[number]
export const openPromotionStates: readonly PromotionState[] = ['pending', 'ready', 'rolling_out']
export const isPromotionEnd = (s: PromotionState): boolean => !openPromotionStates.includes(s)

/** What became of a break-glass: in force, opened gates of the start, opened none, void by other content, out of time, or the promotion ended before it started. */
export const overrideUses = ['in_force', 'used', 'not_needed', 'void', 'lapsed', 'ended_before'] as const
export type OverrideUse = (typeof overrideUses)[number]

/** The one table of what may be done to a promotion in which state; service, button and test read it. */
const legal = {
  approve: ['pending'],
  reject: ['pending', 'ready'],
  /** Of one's own approval: it counts until the rollout starts. */
  withdraw: ['pending', 'ready'],
  start: ['ready'],
  cancel: ['pending', 'ready'],
  override: ['pending', 'ready'],
} as const satisfies Record<string, readonly PromotionState[]>

export type PromotionAction = keyof typeof legal
export const promotionActions = Object.keys(legal) as readonly PromotionAction[]
export const canPromotion = (action: PromotionAction, state: PromotionState): boolean => (legal[action] as readonly PromotionState[]).includes(state)
export const promotionStatesFor = (action: PromotionAction): readonly PromotionState[] => legal[action]
