import { times } from '#bench/analysis/goal.ts'
import { alpha, type Part, requestsPerSecond, type Task } from '#bench/analysis/part.ts'
import { generator } from '#bench/analysis/random.ts'
import { count, emptyTally, mean, meanError, type Tallies, tallyOf } from '#bench/analysis/tally.ts'
import { poisson } from '#bench/analysis/sampling.ts'
import { table } from '#bench/statistics.ts'
import { type EventEvidence, type EventTest, eventTest } from '#lib/analysis/events.ts'
import { limitRequests } from '#lib/analysis/limit.ts'

const share = 0.1
const errorRate = 0.01
const threshold = Math.log(1 / alpha)

/** A candidate as good as stable for `quietSeconds`, then `ratio` times as bad; `moves`: traffic moves at that moment, to the same share. */
type Cell = { name: string; quietSeconds: number; ratio: number; moves: boolean }
const minutes = [0, 10, 60]
const cells: readonly Cell[] = [2, 5].flatMap((ratio) => [
  ...minutes.map((quiet) => ({ name: `1% → ${ratio}% after ${quiet} min`, quietSeconds: 60 * quiet, ratio, moves: false })),
  { name: `1% → ${ratio}% after 60 min, as traffic moves`, quietSeconds: 3600, ratio, moves: true },
])
const limitSeconds = ({ ratio }: Cell) => limitRequests({ share, stable: [1 - errorRate, errorRate], candidate: [1 - errorRate * ratio, errorRate * ratio], alpha, beta: 0 }) / requestsPerSecond
const capLimits = 100

/** Two rules under the same events, a look each second; a run in which a rule stops the good candidate of before has no time to count. */
function run(task: Task): Tallies {
  const cell = cells.find(({ name }) => name === task.cell)
  if (cell === undefined) throw new Error(`no cell "${task.cell}"`)
  const random = generator(task.seed, 'late', cell.name, task.chunk)
  const [healthy, bad, stable] = [errorRate * share, errorRate * share * cell.ratio, errorRate * (1 - share)].map((part) => poisson(part * requestsPerSecond, random))
  // Without a stop to aim at there is no part kept for what begins late, either.
  const rules: [string, EventTest][] = [['Sluice', eventTest({ share, alpha })], ['staking all from the start', eventTest({ share })]]
  const tallies: Tallies = {}
  for (let i = 0; i < task.runs; i++) {
    let open = rules.map(([name, test]) => ({ test, s: test.start as EventEvidence, tally: (tallies[name] ??= emptyTally()) }))
    const cap = cell.quietSeconds + capLimits * limitSeconds(cell)
    for (let second = 1; second <= cap && open.length > 0; second++) {
      const [c, s] = [(second <= cell.quietSeconds ? healthy : bad)?.() ?? 0, stable?.() ?? 0]
      open = open.filter((one) => {
        one.s = one.test.step(one.s, c, s)
        if (cell.moves && second === cell.quietSeconds) one.s = one.test.fold(one.s)
        if (one.test.logEvidence(one.s) < threshold) return true
        if (second > cell.quietSeconds) count(one.tally, 'stopped', second - cell.quietSeconds)
        return false
      })
    }
    for (const { tally } of open) count(tally, 'watched', capLimits * limitSeconds(cell))
  }
  return tallies
}

function report(results: ReadonlyMap<string, Tallies>): string {
  const rows = cells.flatMap((cell) => {
    const tallies = results.get(cell.name)
    if (tallies === undefined) return []
    const limit = limitSeconds(cell)
    const figure = (name: string) => `${times(mean(tallyOf(tallies, name)) / limit)} ± ${(meanError(tallyOf(tallies, name)) / limit).toFixed(2)}`
    return [[cell.name, limit.toFixed(1), figure('Sluice'), figure('staking all from the start')]]
  })
  return table(['share 10%', 'limit, s', 'Sluice ÷ limit', 'staking all from the start ÷ limit'], rows)
}

export const late: Part = {
  name: 'late',
  heading: 'Late: mean time from when a candidate that was as good as stable turns bad',
  cells: (quick) => cells.map((cell) => ({ cell: cell.name, runs: quick ? 40 : 500, work: cell.quietSeconds + 5 * limitSeconds(cell) })),
  run,
  report,
}
