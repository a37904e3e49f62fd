import { logGamma } from '#lib/analysis/special-functions.ts'

/** ln(Γ(a + n) / Γ(a)) for n = 0, 1, 2 …, from a table that grows, since the rules ask for it at every look. */
export function logRising(a: number): (n: number) => number {
  const table = [0]
  return (n) => {
    for (let i = table.length; i <= n; i++) table.push((table[i - 1] ?? 0) + Math.log(a + i - 1))
    return table[n] ?? 0
  }
}

/**
 * P(Beta(a, b) ≤ x): the regularised incomplete beta function.
 * Source: the continued fraction of Abramowitz & Stegun 26.5.8, evaluated from the front (Lentz).
 */
export function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  // The fraction converges fast only left of the mean.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a
  const apart = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value)
  let c = 1
  let d = 1 / apart(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / apart(1 + even * d)
    c = apart(1 + even / c)
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / apart(1 + odd * d)
    c = apart(1 + odd / c)
    fraction *= d * c
    if (Math.abs(d * c - 1) < 1e-13) break
  }
  return front * fraction
}

/**
 * The chance that is too high to have given so few: upper end of the one-sided exact interval.
 * @returns p with P(X ≤ count | runs, p) = 1 − confidence; 1 when every run counted
 * Source: Clopper & Pearson, Biometrika 26 (1934), by P(X ≤ k) = 1 − I_p(k + 1, n − k).
 */
export function upperBound(count: number, runs: number, confidence = 0.95): number {
  if (count >= runs) return 1
  return root((p) => confidence - incompleteBeta(count + 1, runs - count, p), 0, 1)
}

/** Where a falling function crosses zero, by halving; for a step function, the step. */
export function root(falling: (x: number) => number, low: number, high: number): number {
  let [from, to] = [low, high]
  for (let i = 0; i < 60; i++) {
    const middle = (from + to) / 2
    if (falling(middle) > 0) from = middle
    else to = middle
  }
  return (from + to) / 2
}
