import { headToHeadShare as share } from '#bench/analysis/error-cells.ts'
import { clustered, type Clusters } from '#bench/analysis/clusters.ts'
import { rate as shown, result } from '#bench/analysis/goal.ts'
import { judged, ours } from '#bench/analysis/ours.ts'
import { alpha, type Part, requestsPerSecond, type Task } from '#bench/analysis/part.ts'
import { everyPeer } from '#bench/analysis/peers/every.ts'
import { generator } from '#bench/analysis/random.ts'
import { type Rule, watch } from '#bench/analysis/rule.ts'
import { stoppedShare, stoppedUpperBound, type Tallies, tallyOf } from '#bench/analysis/tally.ts'
import { type Load, pastOf, steady, swinging, type TrafficModel } from '#bench/analysis/traffic.ts'
import { table } from '#bench/statistics.ts'
import { type Bursts, learnBursts } from '#lib/analysis/bursts.ts'
import { eventTest } from '#lib/analysis/events.ts'

const hour = 3600

/**
 * Both arms equal. Sluice is the error test alone, which has less to keep it from acting than the judge around it. Where
 * errors come together (`clusters`) it has learned how on an hour of stable's own past before each rollout. `whole`: the
 * judge looks on as well. `noPast`: the judge alone, which then has to learn on the way. It costs some microseconds a
 * look, so only what depends on it is done with it.
 */
type Cell = { name: string; rate: number; swings?: true; clusters?: Clusters; whole?: true; noPast?: true }

const burst: Clusters = { correlation: 0.02, retriesAfterSeconds: [], hotClient: 'none' }
const even: Clusters = { ...burst, correlation: 0 }
const steadyRates = [0.0001, 0.001, 0.01, 0.1]

/** The row in which the peeked z-test must show that the harness bites, and for which the others' false alarms are known. */
const reference = 'errors 1%'

const clusteredCells: readonly (Cell & { clusters: Clusters })[] = [
  { name: 'errors 1%, bursts', rate: 0.01, clusters: burst },
  { name: 'errors 1%, two retries at once', rate: 0.01, clusters: { ...even, retriesAfterSeconds: [0, 0] } },
  { name: 'errors 1%, two retries, 1 and 3 s later', rate: 0.01, clusters: { ...even, retriesAfterSeconds: [1, 3] } },
  { name: 'errors 1%, one hot client, failing in spells', rate: 0.01, clusters: { ...even, hotClient: 'spells' } },
  { name: 'errors 1%, one hot client, failing steadily', rate: 0.01, clusters: { ...even, hotClient: 'steady' }, whole: true },
  { name: 'errors 1%, bursts, retries, hot client in spells', rate: 0.01, clusters: { correlation: 0.02, retriesAfterSeconds: [1, 3], hotClient: 'spells' } },
]

const cells: readonly Cell[] = [
  ...steadyRates.map((rate) => ({ name: `errors ${shown(rate)}`, rate })),
  { name: 'errors 1%, traffic swings five-fold', rate: 0.01, swings: true },
  ...clusteredCells,
  ...clusteredCells.map((cell) => ({ ...cell, name: `${cell.name}; no past`, noPast: true as const })),
]

function modelOf({ rate, swings, clusters }: Cell, load: Load): TrafficModel {
  if (clusters !== undefined) return clustered(load, rate, clusters)
  return (swings ? swinging : steady)(load, { candidate: rate, stable: rate })
}

function run(task: Task): Tallies {
  const cell = cells.find(({ name }) => name === task.cell)
  if (cell === undefined) throw new Error(`no cell "${task.cell}"`)
  const load = { perSecond: requestsPerSecond, share, tickSeconds: 1, random: generator(task.seed, 'false', cell.name, task.chunk) }
  const model = modelOf(cell, load)
  const before = modelOf(cell, { ...load, share: 0, random: generator(task.seed, 'false', cell.name, 'past', task.chunk) })
  // mSPRT is tuned to a doubling.
  const rules = cell.noPast ? [judged(() => ({ share, alpha }))] : [...oursOf(cell, before), ...everyPeer(share, cell.rate, task.boundaries)]
  const tallies: Tallies = {}
  for (let i = 0; i < task.runs; i++) watch({ traffic: model.start(), rules, tickSeconds: 1, capSeconds: hour }, tallies)
  return tallies
}

const testAlone = 'Sluice’s test alone'

function oursOf(cell: Cell, before: TrafficModel): Rule[] {
  const uncorrected = eventTest({ share, alpha })
  if (cell.clusters === undefined) return [ours(() => uncorrected, alpha)]
  let bursts: Bursts = { varianceRatio: 1, bunch: 1 }
  const learn = () => (bursts = learnBursts(pastOf(before, hour)))
  if (!cell.whole) return [ours(() => eventTest({ share, alpha, ...learn() }), alpha)]
  // The judge begins first, and so learns for both.
  return [judged(() => ({ share, alpha, ...learn() })), ours(() => eventTest({ share, alpha, ...bursts }), alpha, testAlone)]
}

function row(name: string, tallies: Tallies, peers: readonly string[]): string[] {
  const own = tallyOf(tallies, 'Sluice')
  const bound = stoppedUpperBound(own)
  const bites = name === reference ? { 'peeked z over 20% ': { figure: stoppedShare(tallyOf(tallies, 'z-test peeked each minute')), atLeast: 0.2 } } : {}
  const shareOf = (rule: string) => (tallies[rule] === undefined ? '' : stoppedShare(tallyOf(tallies, rule)).toFixed(3))
  return [name, `${own.stopped} of ${own.runs}`, bound.toFixed(4), `≤ ${alpha}`, result({ '': { figure: bound, atMost: alpha }, ...bites }, 3), ...peers.map(shareOf)]
}

function report(results: ReadonlyMap<string, Tallies>): string {
  const measured = cells.flatMap(({ name }) => {
    const tallies = results.get(name)
    return tallies === undefined ? [] : [{ name, tallies }]
  })
  const peers = [testAlone, ...Object.keys(measured[0]?.tallies ?? {}).filter((rule) => rule !== 'Sluice')]
  return table(['hours in which nothing is wrong', 'Sluice rolled back', 'upper 95% bound', 'goal', 'result', ...peers], measured.map(({ name, tallies }) => row(name, tallies, peers)))
}

export const falseRollbacks: Part = {
  name: 'false',
  heading: 'False rollbacks: hours of two equal arms, looked at each second',
  cells: (quick) => cells.map(({ name, clusters, whole, noPast }) => ({ cell: name, runs: (quick ? 100 : 4000) / (noPast ? 8 : 1), work: hour * (whole || noPast ? 5 : clusters ? 2 : 1) })),
  run,
  report,
}
