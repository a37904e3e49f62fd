import { percent, result, times } from '#bench/analysis/goal.ts'
import { latencyLimitRequests, type Slowdown, unchanged } from '#bench/analysis/latency-law.ts'
import { type LatencyRule, watchLatency } from '#bench/analysis/latency-traffic.ts'
import { alpha, type Part, requestsPerSecond as perSecond, type Task } from '#bench/analysis/part.ts'
import { bucketOracle, dirichletBuckets } from '#bench/analysis/peers/latency-buckets.ts'
import { cdfBand, msprtMean } from '#bench/analysis/peers/latency-values.ts'
import { generator } from '#bench/analysis/random.ts'
import { mean, meanError, stoppedShare, stoppedUpperBound, type Tally, type Tallies, tallyOf } from '#bench/analysis/tally.ts'
import { table } from '#bench/statistics.ts'
import { latencyTest } from '#lib/analysis/latency.ts'

const share = 0.1
const capSeconds = 3600

type Cell = { name: string; slowdown: Slowdown; timesLimit: number }

const slowed: readonly Cell[] = [
  { name: 'all 10% slower', slowdown: { part: 1, factor: 1.1 }, timesLimit: 2.2 },
  { name: 'all 25% slower', slowdown: { part: 1, factor: 1.25 }, timesLimit: 2.2 },
  { name: '5% five times as slow', slowdown: { part: 0.05, factor: 5 }, timesLimit: 3 },
  { name: '1% ten times as slow', slowdown: { part: 0.01, factor: 10 }, timesLimit: 5.5 },
]
const equal: Cell = { name: 'both arms equal', slowdown: unchanged, timesLimit: Infinity }
const cells = [...slowed, equal]

function ours(): LatencyRule {
  const start: LatencyRule['start'] = ({ masses }) => {
    const test = latencyTest({ share, masses })
    let evidence = test.start
    return ({ candidate, stable }) => {
      evidence = test.step(evidence, candidate.buckets, stable.buckets)
      return test.logEvidence(evidence) >= Math.log(1 / alpha)
    }
  }
  return { name: 'Sluice', start }
}

function run(task: Task): Tallies {
  const cell = cells.find(({ name }) => name === task.cell)
  if (cell === undefined) throw new Error(`no cell "${task.cell}"`)
  const { slowdown } = cell
  const oracles = cell === equal ? [] : [bucketOracle(slowdown, share, alpha)]
  const rules = [...oracles, ours(), dirichletBuckets(share, alpha), msprtMean(alpha), cdfBand(alpha)]
  return watchLatency({ runs: task.runs, share, perSecond, slowdown, rules, capSeconds, random: generator(task.seed, 'latency', cell.name, task.chunk) })
}

const figure = (tally: Tally, limit: number) => (stoppedShare(tally) < 0.5 ? `${percent(1 - stoppedShare(tally), 0)} missed` : `${times(mean(tally) / limit)}${tally.stopped < tally.runs ? `, ${percent(1 - stoppedShare(tally))} missed` : ''}`)

function slowedRow({ name, slowdown, timesLimit }: Cell, tallies: Tallies): string[] {
  const limit = latencyLimitRequests(share, slowdown) / perSecond
  const time = (rule: string) => tallyOf(tallies, rule)
  const [own, band] = [time('Sluice'), time('Howard–Ramdas band')]
  const goals = { 'of the limit ': { figure: mean(own) / limit, atMost: timesLimit }, 'beside the band ': { figure: mean(band) / mean(own), atLeast: 5 } }
  return [
    name,
    limit.toFixed(1),
    `${times(mean(own) / limit)} ± ${(meanError(own) / limit).toFixed(2)}`,
    `≤ ${timesLimit} ×`,
    `${band.stopped < band.runs ? 'over ' : ''}${times(mean(band) / mean(own), 1)}`,
    result(goals),
    ...['oracle on buckets', 'mSPRT on the mean', 'Dirichlet on buckets, k = 300', 'Howard–Ramdas band'].map((rule) => figure(time(rule), limit)),
  ]
}

function equalRow(tallies: Tallies): string[] {
  const own = tallyOf(tallies, 'Sluice')
  const bound = stoppedUpperBound(own)
  const alarms = (rule: string) => `${stoppedShare(tallyOf(tallies, rule)).toFixed(3)} alarms`
  const peers = ['mSPRT on the mean', 'Dirichlet on buckets, k = 300', 'Howard–Ramdas band'].map(alarms)
  return ['both arms equal, 1 h', '', `${own.stopped} of ${own.runs} alarms, bound ${bound.toFixed(4)}`, `≤ ${alpha}`, '', result({ '': { figure: bound, atMost: alpha } }, 3), '', ...peers]
}

function report(results: ReadonlyMap<string, Tallies>): string {
  const rows = cells.flatMap((cell) => {
    const tallies = results.get(cell.name)
    if (tallies === undefined) return []
    return [cell === equal ? equalRow(tallies) : slowedRow(cell, tallies)]
  })
  return table(['what slows', 'limit, s', 'Sluice ÷ limit', 'goal', 'band ÷ Sluice (≥ 5)', 'result', 'oracle on buckets', 'mSPRT on the mean', 'Dirichlet, k = 300', 'Howard–Ramdas band'], rows)
}

export const latency: Part = {
  name: 'latency',
  heading: 'Latency: mean time until a slower candidate is rolled back',
  cells: (quick) => cells.map((cell) => ({ cell: cell.name, runs: (quick ? 40 : 500) * (cell === equal ? 2 : 1), work: 100 * (cell === equal || cell.timesLimit > 5 ? capSeconds : 600) })),
  run,
  report,
}
