/** `x` of `n`, in one interval or look. */
type Part = { n: number; x: number }

/**
 * How much more the parts `x` of `n` differ from one interval to the next than single, independent events would. Running sums, so that a few
 * numbers hold any length of time.
 */
export type Dispersion = { last: Part | null; n: number; x: number; pairs: number; spread: number; weight: number; squares: number }

export const noDispersion: Dispersion = { last: null, n: 0, x: 0, pairs: 0, spread: 0, weight: 0, squares: 0 }

/**
 * Adds an interval. Only neighbours are compared, so that a rate that drifts, or steps once, is not taken for bunches
 * (von Neumann's successive differences, Ann. Math. Statist. 12, 1941). An interval with n = 0 says nothing.
 */
export function disperse(d: Dispersion, n: number, x: number): Dispersion {
  if (n === 0) return d
  const { last } = d
  const sums = { last: { n, x }, n: d.n + n, x: d.x + x }
  if (last === null) return { ...d, ...sums }
  // Scaled so that independent events give weight * p * (1 - p) in the mean, whatever the two sizes.
  const weight = 2 / (1 / n + 1 / last.n)
  const spread = ((x / n - last.x / last.n) ** 2 * weight ** 2) / 2
  return { ...sums, pairs: d.pairs + 1, spread: d.spread + spread, weight: d.weight + weight, squares: d.squares + weight ** 2 }
}

const leastPairs = 30

/**
 * Variance ratio: 1 for independent events, m when they come in bunches of m. What independent events could show by chance, up to
 * `standardErrors`, is given as 1, and so is what fewer than 30 pairs show: a correction that is not needed would cost power. One that is
 * needed is given a standard error above what was seen, since half of all pasts show less than there is.
 */
export function ratioOf(d: Dispersion, standardErrors: number): number {
  const p = d.x / d.n
  const expected = d.weight * p * (1 - p)
  if (d.pairs < leastPairs || !(expected > 0)) return 1
  // Variance of a squared difference of Poisson counts with mean v, half-overlapping neighbours included: 3v^2 + v.
  const deviation = Math.sqrt(3 * (p * (1 - p)) ** 2 * d.squares + expected) / expected
  const ratio = d.spread / expected
  return ratio > 1 + standardErrors * deviation ? ratio * (1 + Math.sqrt(3 / d.pairs)) : 1
}
