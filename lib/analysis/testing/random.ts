/** Numbers in [0, 1) from a seed, the same on every machine (mulberry32). */
export function random(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), a | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** One draw of the standard normal (Box-Muller). */
export const normal = (next: () => number): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())

/** Gamma with the given shape and scale 1 (Marsaglia & Tsang, 2000). */
export function gamma(next: () => number, shape: number): number {
  if (shape < 1) return gamma(next, shape + 1) * (1 - next()) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normal(next)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

export function beta(next: () => number, a: number, b: number): number {
  const x = gamma(next, a)
  return x / (x + gamma(next, b))
}

/** Poisson by multiplication of uniforms, in parts when the mean is large. */
export function poisson(next: () => number, mean: number): number {
  if (mean > 30) return poisson(next, mean / 2) + poisson(next, mean / 2)
  const floor = Math.exp(-mean)
  let n = 0
  for (let product = next(); product > floor; product *= next()) n++
  return n
}

/** Successes of n trials: skips from success to success, so that rare ones cost little. */
export function binomial(next: () => number, n: number, p: number): number {
  if (p <= 0) return 0
  if (p >= 1) return n
  if (p > 0.5) return n - binomial(next, n, 1 - p)
  const scale = Math.log1p(-p)
  let count = 0
  for (let at = Math.floor(Math.log(1 - next()) / scale); at < n; at += 1 + Math.floor(Math.log(1 - next()) / scale)) count++
  return count
}
