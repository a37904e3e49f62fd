export type Tick = { percent: number; text: string; now: boolean; side: 'right' | 'left' | 'none' }

/** Room that "then 50%" takes on the bar of a phone, in percent of the bar. */
const labelWidth = 19

/**
 * Marks below the bar: the candidate's share now and the weights to come, counted from the right end. A label stands right
 * of its mark, or left of it where that is taken; one without room on either side leaves the mark alone (the steps name it).
 */
export function splitTicks(nowPercent: number, toCome: readonly number[]): Tick[] {
  const taken: [number, number][] = []
  const place = (at: number): Tick['side'] => {
    for (const [side, from] of [['right', at], ['left', at - labelWidth]] as const) {
      const to = from + labelWidth
      if (from < 0 || to > 100 || taken.some(([f, t]) => from < t && f < to)) continue
      taken.push([from, to])
      return side
    }
    return 'none'
  }
  const marks = [...(nowPercent > 0 ? [{ percent: nowPercent, text: `${nowPercent}% now`, now: true }] : []), ...toCome.map((percent) => ({ percent, text: `then ${percent}%`, now: false }))]
  return marks.map((m) => ({ ...m, side: place(100 - m.percent) }))
}
