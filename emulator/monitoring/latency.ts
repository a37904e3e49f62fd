/**
 * Buckets of request_latencies, in ms: exponential, bound i = scale × growth^i, an underflow bucket first and an
 * overflow bucket last (api/distribution.proto). These options are assumed; the product reads them from the answer.
 */
export const bucketOptions = { exponentialBuckets: { numFiniteBuckets: 66, growthFactor: 1.4, scale: 1 } } as const
const { numFiniteBuckets, growthFactor, scale } = bucketOptions.exponentialBuckets
export const bucketTotal = numFiniteBuckets + 2

export function bucketOf(ms: number): number {
  if (ms < scale) return 0
  return Math.min(bucketTotal - 1, 1 + Math.floor(Math.log(ms / scale) / Math.log(growthFactor) + 1e-12))
}

/** Upper bound of a bucket in ms. */
export const boundOf = (bucket: number) => (bucket >= bucketTotal - 1 ? Infinity : scale * growthFactor ** bucket)

/** What a bucket's requests are taken to have lasted where only their number is known; of the last one its lower bound. */
export const middleOf = (bucket: number) => (Number.isFinite(boundOf(bucket)) ? ((bucket === 0 ? 0 : boundOf(bucket - 1)) + boundOf(bucket)) / 2 : boundOf(bucket - 1))

// A plain image has p50 80 ms and p95 200 ms (DESIGN 10): log-normal with these two quantiles.
const medianMs = 80
const sigma = Math.log(200 / medianMs) / 1.6448536269514722

/** `slowPercent` stretches every quantile alike; a leak that has grown does too. */
export const medianAt = (slowPercent: number, leak: number) => medianMs * (1 + slowPercent / 100) * (1 + leak)

export function drawLatencyMs(slowPercent: number, leak: number, normal: number): number {
  return medianAt(slowPercent, leak) * Math.exp(sigma * normal)
}

export const meanAt = (median: number) => median * Math.exp((sigma * sigma) / 2)
export const varianceAt = (median: number) => (Math.exp(sigma * sigma) - 1) * meanAt(median) ** 2

const massCache = new Map<number, readonly number[]>()

/** The share of requests in each bucket when the median is `median` ms. */
export function bucketMasses(median: number): readonly number[] {
  const known = massCache.get(median)
  if (known) return known
  const below = Array.from({ length: bucketTotal }, (_, i) => (i === bucketTotal - 1 ? 1 : normalCdf(Math.log(boundOf(i) / median) / sigma)))
  const masses = below.map((share, i) => Math.max(0, share - (below[i - 1] ?? 0)))
  if (massCache.size > 5000) massCache.clear()
  massCache.set(median, masses)
  return masses
}

/** Abramowitz and Stegun 26.2.17, absolute error below 7.5e-8. */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x))
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return x >= 0 ? 1 - tail : tail
}

/** How far a leaking revision has degraded: nothing for ten minutes, then a point of errors and a tenth of the latency more every minute. */
const leakQuietMs = 600_000
export function leakAt(fromMs: number | null, atMs: number): { errorPercent: number; leak: number } {
  const grownMs = fromMs === null ? 0 : Math.max(0, atMs - fromMs - leakQuietMs)
  return { errorPercent: Math.min(50, grownMs / 60_000), leak: Math.min(9, grownMs / 600_000) }
}
