import { disperse, type Dispersion, noDispersion, ratioOf } from '#lib/analysis/dispersion.ts'

/** Counts of stable in equal intervals before the rollout, in order of time. */
export type IntervalCounts = { requests: readonly number[]; errors: readonly number[] }

/** `varianceRatio`: E[m^2]/E[m] over bunches of m errors, 1 when errors come singly. `bunch`: size of the large ones. */
export type Bursts = { varianceRatio: number; bunch: number }

type Interval = { n: number; x: number }

/** Intervals per block: a bunch may last longer than one, and a block must be much longer than a bunch to hold it whole. */
const scales = [1, 4, 16, 64]
const standardErrors = 3
/** More, because it is asked again at every look. */
const liveStandardErrors = 4

function blocks(history: IntervalCounts, size: number): Interval[] {
  const starts = Array.from({ length: Math.floor(history.requests.length / size) }, (_, i) => i * size)
  const sum = (counts: readonly number[], from: number) => counts.slice(from, from + size).reduce((a, b) => a + b, 0)
  return starts.map((from) => ({ n: sum(history.requests, from), x: sum(history.errors, from) })).filter(({ n }) => n > 0)
}

/** Intervals on either side that give the rate an interval is measured against; not itself, or large bunches would hide a part of themselves. */
const nearby = 8

/**
 * Size of the large bunches from the third cumulant, as if errors came singly or in bunches of one size: a part q of the errors being in
 * bunches, the variance ratio is 1 + q*(size - 1) and E[m^3]/E[m] is 1 + q*(size^2 - 1).
 */
function largeBunch(intervals: readonly Interval[], varianceRatio: number): number {
  let [third, events, most] = [0, 0, 0]
  intervals.forEach((interval, i) => {
    const around = intervals.slice(Math.max(0, i - nearby), i + nearby + 1)
    const rest = around.reduce((sum, k) => ({ n: sum.n + k.n, x: sum.x + k.x }), { n: -interval.n, x: -interval.x })
    third += (interval.x - (interval.n * rest.x) / rest.n) ** 3
    events += interval.x
    most = Math.max(most, interval.x)
  })
  const size = (third / events - 1) / (varianceRatio - 1) - 1
  return Math.min(Math.max(size, varianceRatio), Math.max(most, varianceRatio))
}

/**
 * How errors come together on a service, learned on its own past.
 *
 * Every published rule takes errors as independent; bunches (retries, a client that fails in rows, seconds of trouble in one instance) make
 * them stop too often. A spread that independent errors could show by chance counts as none, so that an even service pays nothing; fewer
 * than 30 intervals with requests say nothing and give 1. The past must have about the traffic of the rollout, both arms together.
 */
export function learnBursts(history: IntervalCounts): Bursts {
  let found: Bursts = { varianceRatio: 1, bunch: 1 }
  for (const size of scales) {
    const intervals = blocks(history, size)
    const ratio = ratioOf(intervals.reduce<Dispersion>((d, { n, x }) => disperse(d, n, x), noDispersion), standardErrors)
    if (ratio > 1) found = { varianceRatio: Math.max(found.varianceRatio, ratio), bunch: Math.max(found.bunch, largeBunch(intervals, ratio)) }
  }
  return found
}

/** The same, learned look by look on stable while a rollout runs, since no past holds every burst; blocks of looks in place of intervals. */
export type LiveBursts = readonly { looks: number; filled: number; requests: number; errors: number; dispersion: Dispersion }[]

/** Up to 16 looks: longer blocks would say something only when the rollout is over. */
export const liveStart: LiveBursts = scales.slice(0, 3).map((looks) => ({ looks, filled: 0, requests: 0, errors: 0, dispersion: noDispersion }))

/** Adds what stable answered in one look. */
export function learnLive(live: LiveBursts, stable: { requests: number; errors: number }): LiveBursts {
  return live.map((block) => {
    const [requests, errors] = [block.requests + stable.requests, block.errors + stable.errors]
    const { looks, filled, dispersion } = block
    if (filled + 1 < looks) return { looks, filled: filled + 1, requests, errors, dispersion }
    return { looks, filled: 0, requests: 0, errors: 0, dispersion: disperse(dispersion, requests, errors) }
  })
}

/** Levels of the ratio: a test made for each would differ by less than the ratio is known. */
const levels = [1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32]

/** Variance ratio shown so far, up to the next level; 1 at first, so what comes before some thirty looks is not protected by it. */
export function liveRatio(live: LiveBursts): number {
  const ratio = Math.max(...live.map(({ dispersion }) => ratioOf(dispersion, liveStandardErrors)))
  return levels.find((level) => level >= ratio) ?? ratio
}
