import type { Random } from '#bench/analysis/random.ts'

/** One whole number per call. */
export type Sampler = () => number

/**
 * Draws `offset + i` with a probability proportional to `weights[i]`, one uniform number per draw however many weights.
 * Source: Walker's alias method in Vose's construction, IEEE Transactions on Software Engineering 17 (1991).
 */
export function aliasSampler(weights: readonly number[], random: Random, offset = 0): Sampler {
  const size = weights.length
  const total = weights.reduce((a, b) => a + b, 0)
  if (!(total > 0)) throw new RangeError('nothing to draw from')
  const keep = Float64Array.from(weights, (weight) => (weight * size) / total)
  const alias = Int32Array.from(weights, (_, i) => i)
  const small = [...keep.keys()].filter((i) => (keep[i] ?? 0) < 1)
  const large = [...keep.keys()].filter((i) => (keep[i] ?? 0) >= 1)
  for (let from = small.pop(), to = large.at(-1); from !== undefined && to !== undefined; from = small.pop(), to = large.at(-1)) {
    alias[from] = to
    keep[to] = (keep[to] ?? 0) - (1 - (keep[from] ?? 0))
    if ((keep[to] ?? 0) < 1) {
      large.pop()
      small.push(to)
    }
  }
  // What rounding left over has probability 1 of its own place.
  for (const i of [...small, ...large]) keep[i] = 1
  return () => {
    const at = random() * size
    const i = at | 0
    return offset + (at - i < (keep[i] ?? 1) ? i : (alias[i] ?? i))
  }
}

const negligible = 1e-13

/** Poisson counts of a fixed mean, 0 to some thousands. Tails below 10⁻¹³ of the mode are cut off. */
export function poisson(mean: number, random: Random): Sampler {
  if (mean <= 0) return () => 0
  const mode = Math.floor(mean)
  const below: number[] = []
  for (let n = mode, weight = 1; n > 0 && weight > negligible; n--) below.push((weight *= n / mean))
  const above: number[] = []
  for (let n = mode + 1, weight = mean / n; weight > negligible; weight *= mean / ++n) above.push(weight)
  return aliasSampler([...below.toReversed(), 1, ...above], random, mode - below.length)
}

/**
 * Errors among `requests` whose chances to fail go together: the common chance of one second is drawn from a Beta law
 * of that mean. @param mean 0 to 1 @param correlation between any two requests of the same second, above 0
 * Source: the beta-binomial law, Skellam, Journal of the Royal Statistical Society B 10 (1948): 1 / (a + b + 1) is the
 * correlation within a cluster.
 */
export function betaBinomial(mean: number, correlation: number, random: Random): (requests: number) => number {
  const a = (mean * (1 - correlation)) / correlation
  const b = ((1 - mean) * (1 - correlation)) / correlation
  const samplers: (Sampler | undefined)[] = []
  return (requests) => (samplers[requests] ??= aliasSampler(betaBinomialWeights(requests, a, b), random))()
}

/** P(n+1) / P(n) = (N − n)(a + n) / ((n + 1)(b + N − n − 1)). */
function betaBinomialWeights(requests: number, a: number, b: number): number[] {
  const weights = [1]
  for (let n = 0; n < requests; n++) weights.push(((weights[n] ?? 0) * (requests - n) * (a + n)) / ((n + 1) * (b + requests - n - 1)))
  return weights
}
