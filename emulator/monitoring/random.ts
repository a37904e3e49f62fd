/** Hash of text (FNV-1a) as the seed of a stream. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

export type Draw = () => number

/** Last steps of mulberry32: every bit of the answer hangs on every bit of the value. */
const finalMix = (value: number): number => {
  const mixed = Math.imul(value ^ (value >>> 15), value | 1)
  const again = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61))
  return again ^ (again >>> 14)
}

/** mulberry32: numbers in [0, 1) that follow from the seed. */
export function drawsFrom(seed: number): Draw {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    return (finalMix(state) >>> 0) / 4_294_967_296
  }
}

const feistelRounds = 6

/**
 * A permutation of 0 to n - 1 that follows from the seed, one place at a time and without memory: a Feistel network over
 * the smallest domain of an even number of bits, asked again while it answers outside (Black and Rogaway, "Ciphers with
 * arbitrary finite domains", 2002). A plain factor modulo n would not do: near 1 it leaves the errors of a minute
 * together, and a release that fails 5% would look healthy for the rest of it.
 */
export function shuffle(n: number, seed: number): (i: number) => number {
  if (n <= 1) return i => i
  let bits = 1
  while (4 ** bits < n) bits += 1
  const mask = 2 ** bits - 1
  const keys = Array.from({ length: feistelRounds }, (_, round) => seedOf(`${seed}/${round}`))
  const once = (x: number) => {
    let [left, right] = [x >>> bits, x & mask]
    for (const key of keys) [left, right] = [right, left ^ (finalMix(right + key) & mask)]
    return left * (mask + 1) + right
  }
  return i => {
    let x = once(i)
    while (x >= n) x = once(x)
    return x
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
