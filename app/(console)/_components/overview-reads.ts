/** Inputs shared by the page and its screen, so that both mean the same answers. */
export const openRollouts = { state: 'held,running,paused,rolling_back,pending', limit: 100 }
export const endedBadly = { state: 'failed,rolled_back', limit: 20 }
export const unreviewedOverrides = { override: 'unreviewed', limit: 20 } as const
export const activityInput = { limit: 12 }
