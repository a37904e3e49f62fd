/** Counters of one process at one scrape, in a fixed order. Null: there is no such series (yet, or any more). */
export type Scrape = { tMs: number; values: readonly (number | null)[] }
/** What was counted between two scrapes, taken to begin at `startMs`. */
export type Increment = { startMs: number; values: number[] }

type IncrementOptions = {
  /** A scrape of the same process at which none of these counters was there: they began at zero since. Null when none is known: the first scrape is then only what later ones are measured from. */
  bornAfterMs: number | null
  /** An increment over a longer gap (missed scrapes) is taken to begin this long before its end. */
  longestMs: number
}

/**
 * Increments of counters that live and die together, such as the buckets of one histogram. Exact: no extrapolation to the
 * ends of a window, which is what makes PromQL's increase() give fractions. A restart shows when a counter that was there
 * in both scrapes fell; then all of them count from zero, also one that has already passed its old value. A counter that
 * was away and comes back lower counts from zero alone. Pure.
 */
export function increments(scrapes: readonly Scrape[], { bornAfterMs, longestMs }: IncrementOptions): Increment[] {
  const [first, ...later] = scrapes
  if (!first) return []
  let before: Scrape = bornAfterMs === null ? first : { tMs: bornAfterMs, values: first.values.map(() => null) }
  let totals = before.values.map((v) => v ?? 0)
  return (bornAfterMs === null ? later : scrapes).map((scrape) => {
    const isRestart = scrape.values.some((v, i) => v !== null && v < (before.values[i] ?? 0))
    const values = scrape.values.map((v, i) => risen(v, totals[i] ?? 0, isRestart))
    const startMs = Math.max(before.tMs, scrape.tMs - longestMs)
    totals = scrape.values.map((v, i) => v ?? (isRestart ? 0 : (totals[i] ?? 0)))
    before = scrape
    return { startMs, values }
  })
}

function risen(value: number | null, total: number, isRestart: boolean): number {
  if (value === null) return 0
  return isRestart || value < total ? value : value - total
}
