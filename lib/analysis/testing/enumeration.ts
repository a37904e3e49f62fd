/** Binomial coefficient. */
export const choose = (n: number, k: number): number => Array.from({ length: k }, (_, i) => (n - k + i + 1) / (i + 1)).reduce((a, b) => a * b, 1)

/**
 * Probability that a rule on the two counts of events ever stops within `events` events, looked at after each of them, when each is the
 * candidate's with probability `theta`: exact, by the distribution of the counts that have not stopped.
 */
export function everyStop(stops: (candidate: number, stable: number) => boolean, theta: number, events: number): number {
  let alive = [1]
  let stopped = 0
  for (let n = 1; n <= events; n++) {
    const next = Array.from({ length: n + 1 }, (_, c) => (alive[c] ?? 0) * (1 - theta) + (alive[c - 1] ?? 0) * theta)
    alive = next.map((p, c) => {
      if (p < 1e-14 || !stops(c, n - c)) return p < 1e-14 ? 0 : p
      stopped += p
      return 0
    })
  }
  return stopped
}
