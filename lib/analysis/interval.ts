import { logBeta } from '#lib/analysis/special-functions.ts'

/**
 * Interval of a rate that holds at every look at once: the chance that it ever misses the true rate is at most `alpha`, so it may be
 * shown and read at any time. The rates against which a Jeffreys mixture of bets has not won 1/alpha; wider than an interval for one look.
 * @param events of `requests` @returns fractions; [0, 1] without requests
 * Source: Robbins, Ann. Math. Statist. 41, 1970; Howard et al., Ann. Statist. 49, 2021, arXiv 1810.08240 (conjugate mixtures).
 */
export function rateInterval(given: { events: number; requests: number; alpha?: number }): { low: number; high: number } {
  const { events, requests } = given
  const misses = requests - events
  const bar = Math.log(1 / (given.alpha ?? 0.05))
  const mixture = logBeta(0.5 + events, 0.5 + misses) - logBeta(0.5, 0.5)
  const term = (n: number, p: number) => (n === 0 ? 0 : n * Math.log(p))
  const isRefuted = (p: number) => mixture - term(events, p) - term(misses, 1 - p) >= bar
  const best = requests === 0 ? 0.5 : events / requests
  const edge = (outside: number): number => {
    let [inside, out] = [best, outside]
    if (!isRefuted(out)) return out
    for (let i = 0; i < 60; i++) {
      const middle = (inside + out) / 2
      if (isRefuted(middle)) out = middle
      else inside = middle
    }
    return out
  }
  return { low: edge(0), high: edge(1) }
}
