import { bucketMasses, bucketTotal, leakAt, medianAt } from '#emulator/monitoring/latency.ts'
import { drawBinomial, drawMultinomial, drawsFrom, seedOf, shuffle } from '#emulator/monitoring/random.ts'
import type { LoadPart } from '#emulator/state/types.ts'

/** Requests by outcome in some stretch of time; latency counts by bucket, empty when not asked for. */
export interface LoadCount { ok: number; failed: number; okLatency: number[]; failedLatency: number[] }

interface Minute { total: number; failed: number; okLatency: readonly number[]; failedLatency: readonly number[] }

const minuteCache = new Map<string, Minute>()
const cachedMinutes = 20_000

/**
 * Background load is a fixed function of time: the same second of the same configuration always gives the same
 * numbers, whoever asks and however the question is cut, so nothing is stored and years cost nothing. The unit drawn is
 * a minute (errors binomial, latency multinomial); a second takes its own requests out of the minute's.
 * `fromSecond` to `toSecond`, half-open, in Unix seconds.
 */
export function countLoad(service: string, requestsPerSecond: number, part: LoadPart, fromSecond: number, toSecond: number, latency: boolean): LoadCount {
  const rate = (requestsPerSecond * part.percent) / 100
  const sum: LoadCount = { ok: 0, failed: 0, okLatency: latency ? Array.from({ length: bucketTotal }, () => 0) : [], failedLatency: latency ? Array.from({ length: bucketTotal }, () => 0) : [] }
  if (rate <= 0) return sum
  const key = `${service}|${part.revision}|${rate}|${part.errorPercent}|${part.slowPercent}|${part.leakFromMs ?? ''}`
  const phase = drawsFrom(seedOf(key))()
  const before = (second: number) => Math.floor(rate * second + phase)
  if (!latency && part.errorPercent === 0 && part.leakFromMs === null) return { ...sum, ok: before(toSecond) - before(fromSecond) }
  for (let minute = Math.floor(fromSecond / 60); minute * 60 < toSecond; minute++) {
    const start = minute * 60
    const drawn = minuteOf(key, minute, before(start + 60) - before(start), part, latency)
    if (fromSecond <= start && start + 60 <= toSecond) addMinute(sum, drawn)
    else addRequests(sum, drawn, before(Math.max(fromSecond, start)) - before(start), before(Math.min(toSecond, start + 60)) - before(start), seedOf(`${key}#${minute}`), latency)
  }
  return sum
}

function minuteOf(key: string, minute: number, total: number, part: LoadPart, latency: boolean): Minute {
  const cacheKey = `${latency ? 'l' : 'c'}${key}@${minute}`
  const known = minuteCache.get(cacheKey)
  if (known) return known
  const grown = leakAt(part.leakFromMs, minute * 60_000)
  const failed = drawBinomial(drawsFrom(seedOf(`${key}@${minute}`)), total, Math.min(1, (part.errorPercent + grown.errorPercent) / 100))
  const draw = drawsFrom(seedOf(`${key}~${minute}`))
  const masses = bucketMasses(medianAt(part.slowPercent, grown.leak))
  const made: Minute = { total, failed, okLatency: latency ? drawMultinomial(draw, total - failed, masses) : [], failedLatency: latency ? drawMultinomial(draw, failed, masses) : [] }
  if (minuteCache.size >= cachedMinutes) minuteCache.clear()
  minuteCache.set(cacheKey, made)
  return made
}

function addMinute(sum: LoadCount, minute: Minute): void {
  sum.failed += minute.failed
  sum.ok += minute.total - minute.failed
  addInto(sum.okLatency, minute.okLatency)
  addInto(sum.failedLatency, minute.failedLatency)
}

export function addInto(sum: number[], counts: readonly number[]): void {
  counts.forEach((count, i) => {
    sum[i] = (sum[i] ?? 0) + count
  })
}

/** Requests `from` to `to` of the minute: a shuffle that follows from the seed says which of them failed and how long each took. */
function addRequests(sum: LoadCount, minute: Minute, from: number, to: number, seed: number, latency: boolean): void {
  const draw = drawsFrom(seed)
  const place = shuffle(minute.total, draw())
  const okPlace = shuffle(minute.total - minute.failed, draw())
  const failedPlace = shuffle(minute.failed, draw())
  const okBuckets = cumulative(minute.okLatency)
  const failedBuckets = cumulative(minute.failedLatency)
  for (let request = from; request < to; request++) {
    const at = place(request)
    const isFailed = at < minute.failed
    if (isFailed) sum.failed += 1
    else sum.ok += 1
    if (!latency) continue
    const bucket = isFailed ? bucketAt(failedBuckets, failedPlace(at)) : bucketAt(okBuckets, okPlace(at - minute.failed))
    const target = isFailed ? sum.failedLatency : sum.okLatency
    target[bucket] = (target[bucket] ?? 0) + 1
  }
}

function cumulative(counts: readonly number[]): number[] {
  let sum = 0
  return counts.map(count => (sum += count))
}

function bucketAt(sums: readonly number[], rank: number): number {
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sums[middle] ?? 0) > rank) high = middle
    else low = middle + 1
  }
  return low
}
