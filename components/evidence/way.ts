/** Drawn up to here: far past the line more tells nothing, and would press the way to it flat. */
export const mostDrawn = 1.6

/** How far what was gathered against the candidate is on its way to where it decides; null is nothing to go by. */
export const wayText = (evidence: number | null): string => (evidence === null ? 'nothing can be said' : evidence >= 1 ? 'past the line' : evidence < 0.005 ? 'nothing against it' : `${Math.round(evidence * 100)}% of the way to the line`)
