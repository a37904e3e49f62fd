import { cellCount, cellMs, law, quantileCell, type Slowdown, unchanged } from '#bench/analysis/latency-law.ts'
import type { Random } from '#bench/analysis/random.ts'
import { aliasSampler, poisson } from '#bench/analysis/sampling.ts'
import { count, emptyTally, type Tallies } from '#bench/analysis/tally.ts'
import { logEdgesMs, smoothedMasses } from '#lib/analysis/latency.ts'

/** One arm: requests per bucket of this look alone; the rest since the rollout began. */
export type ArmLatency = { buckets: number[]; cells: Float64Array; requests: number; sum: number; squares: number }

export type LatencySeen = { candidate: ArmLatency; stable: ArmLatency }

/** What stable's ten minutes before the rollout fixed: the bucket of each cell, their masses, and the mean latency. */
export type Past = { bucketOf: Int32Array; masses: readonly number[]; meanMs: number }

/** A rule on latencies; `look` answers whether the candidate is rolled back. */
export type LatencyRule = { name: string; start: (past: Past) => (seen: LatencySeen) => boolean }

const pastRequests = 60_000
export const secondsPerLook = 5
export const bucketCount = 25

/** Edges grow by one factor from stable's first percentile to ten times its 99th: slow requests need room above what is usual. */
function learnPast(draw: () => number): Past {
  const counts = Array.from({ length: cellCount }, () => 0)
  for (let i = 0; i < pastRequests; i++) {
    const cell = draw()
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  const msAt = (above: number) => cellMs[quantileCell(counts, above)] ?? Number.NaN
  const edges = logEdgesMs(msAt(0.99), 10 * msAt(0.01), bucketCount)
  const bucketOf = Int32Array.from(cellMs, (ms) => edges.filter((edge) => ms > edge).length)
  const buckets = Array.from({ length: bucketCount }, () => 0)
  counts.forEach((n, cell) => (buckets[bucketOf[cell] ?? 0] = (buckets[bucketOf[cell] ?? 0] ?? 0) + n))
  return { bucketOf, masses: smoothedMasses(buckets), meanMs: counts.reduce((sum, n, cell) => sum + n * (cellMs[cell] ?? 0), 0) / pastRequests }
}

const emptyArm = (): ArmLatency => ({ buckets: Array.from({ length: bucketCount }, () => 0), cells: new Float64Array(cellCount), requests: 0, sum: 0, squares: 0 })

/** Adds one look's requests, drawn one by one, to an arm. */
function answer(arm: ArmLatency, requests: number, draw: () => number, bucketOf: Int32Array): void {
  arm.buckets.fill(0)
  for (let i = 0; i < requests; i++) {
    const cell = draw()
    const ms = cellMs[cell] ?? 0
    const bucket = bucketOf[cell] ?? 0
    arm.cells[cell] = (arm.cells[cell] ?? 0) + 1
    arm.buckets[bucket] = (arm.buckets[bucket] ?? 0) + 1
    arm.sum += ms
    arm.squares += ms * ms
  }
  arm.requests += requests
}

export type LatencyRuns = { runs: number; share: number; perSecond: number; slowdown: Slowdown; rules: readonly LatencyRule[]; capSeconds: number; random: Random }

/** Rollouts under the eyes of every rule, each with a past of its own; Poisson numbers of requests, a look each five seconds. */
export function watchLatency({ runs, share, perSecond, slowdown, rules, capSeconds, random }: LatencyRuns): Tallies {
  const tallies: Tallies = {}
  const [candidate, stable] = [aliasSampler(law(slowdown), random), aliasSampler(law(unchanged), random)]
  const [candidateRequests, stableRequests] = [poisson(perSecond * secondsPerLook * share, random), poisson(perSecond * secondsPerLook * (1 - share), random)]
  for (let run = 0; run < runs; run++) {
    const past = learnPast(stable)
    const seen: LatencySeen = { candidate: emptyArm(), stable: emptyArm() }
    let open = rules.map((rule) => ({ look: rule.start(past), tally: (tallies[rule.name] ??= emptyTally()) }))
    for (let seconds = secondsPerLook; seconds <= capSeconds && open.length > 0; seconds += secondsPerLook) {
      answer(seen.candidate, candidateRequests(), candidate, past.bucketOf)
      answer(seen.stable, stableRequests(), stable, past.bucketOf)
      open = open.filter(({ look, tally }) => {
        if (!look(seen)) return true
        count(tally, 'stopped', seconds)
        return false
      })
    }
    for (const { tally } of open) count(tally, 'watched', capSeconds)
  }
  return tallies
}
