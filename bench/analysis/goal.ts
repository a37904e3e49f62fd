/** A figure beside the goal it was promised to meet. */
export type Goal = { figure: number; atMost?: number; atLeast?: number }

/** How far on the wrong side of its goal a figure is, in the figure's own unit; 0 when it is met. */
export function missedBy({ figure, atMost = Infinity, atLeast = -Infinity }: Goal): number {
  if (Number.isNaN(figure)) return Infinity
  return Math.max(0, figure - atMost, atLeast - figure)
}

/** `ok`, or by how much which figure missed: a table that says only "no" hides a near miss and a wide one alike. */
export function result(goals: Readonly<Record<string, Goal>>, digits = 2): string {
  const misses = Object.entries(goals).flatMap(([name, goal]) => {
    const by = missedBy(goal)
    // A miss that rounds to nothing is still one.
    return by > 0 ? [`${name}MISSED by ${by.toFixed(by < 0.5 * 10 ** -digits ? digits + 2 : digits)}`] : []
  })
  return misses.length === 0 ? 'ok' : misses.join(', ')
}

export const times = (value: number, digits = 2): string => `${value.toFixed(digits)} ×`

export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)}%`

/** A rate in as few digits as it was given in: 0.1%, 1.25%. */
export const rate = (share: number): string => `${Number((100 * share).toPrecision(6))}%`
