export const releaseStates = ['active', 'vetoed', 'abandoned'] as const
export type ReleaseState = (typeof releaseStates)[number]

/** abandoned is an end: it was withdrawn by its team and is not shipped again. */
const legal = {
  veto: ['active'],
  unveto: ['vetoed'],
  abandon: ['active', 'vetoed'],
} as const satisfies Record<string, readonly ReleaseState[]>
export type ReleaseAction = keyof typeof legal
export const canRelease = (action: ReleaseAction, state: ReleaseState): boolean => (legal[action] as readonly ReleaseState[]).includes(state)
