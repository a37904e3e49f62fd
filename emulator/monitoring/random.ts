/** Hash of text (FNV-1a) as the seed of a stream. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

export type Draw = () => number

/** mulberry32: numbers in [0, 1) that follow from the seed. */
export function drawsFrom(seed: number): Draw {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Box and Muller. */
export const drawNormal = (draw: Draw) => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw())

/** Successes of n tries at probability p; exact while it is cheap, then by the normal law. */
export function drawBinomial(draw: Draw, n: number, p: number): number {
  if (n <= 0 || p <= 0) return 0
  if (p >= 1) return n
  if (p > 0.5) return n - drawBinomial(draw, n, 1 - p)
  const mean = n * p
  if (mean > 30) return Math.max(0, Math.min(n, Math.round(mean + Math.sqrt(mean * (1 - p)) * drawNormal(draw))))
  // Steps between successes are geometric: as many draws as successes.
  const scale = Math.log1p(-p)
  let found = 0
  let at = Math.floor(Math.log(1 - draw()) / scale)
  while (at < n) {
    found += 1
    at += 1 + Math.floor(Math.log(1 - draw()) / scale)
  }
  return found
}

/** n items over shares that sum to 1, one binomial after the other. */
export function drawMultinomial(draw: Draw, n: number, shares: readonly number[]): number[] {
  let left = n
  let share = 1
  return shares.map(p => {
    const taken = share <= 1e-12 ? 0 : drawBinomial(draw, left, Math.min(1, p / share))
    left -= taken
    share -= p
    return taken
  })
}
