export const promotionStates = ['pending', 'ready', 'rolling_out', 'succeeded', 'rejected', 'expired', 'cancelled', 'superseded', 'failed', 'rolled_back'] as const
export type PromotionState = (typeof promotionStates)[number]
export const openPromotionStates: readonly PromotionState[] = ['pending', 'ready', 'rolling_out']
export const isPromotionEnd = (s: PromotionState): boolean => !openPromotionStates.includes(s)

/** The one table of what may be done to a promotion in which state; service, button and test read it. */
const legal = {
  approve: ['pending'],
  reject: ['pending', 'ready'],
  start: ['ready'],
  cancel: ['pending', 'ready'],
  override: ['pending', 'ready'],
} as const satisfies Record<string, readonly PromotionState[]>

export type PromotionAction = keyof typeof legal
export const promotionActions = Object.keys(legal) as readonly PromotionAction[]
export const canPromotion = (action: PromotionAction, state: PromotionState): boolean => (legal[action] as readonly PromotionState[]).includes(state)
export const promotionStatesFor = (action: PromotionAction): readonly PromotionState[] => legal[action]
