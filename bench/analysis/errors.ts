import { errorCell, type ErrorCell, errorCells, isHeadToHead } from '#bench/analysis/error-cells.ts'
import { percent, result, times } from '#bench/analysis/goal.ts'
import { ours } from '#bench/analysis/ours.ts'
import { alpha, type Part, requestsPerSecond, type Task } from '#bench/analysis/part.ts'
import { lindonMalek } from '#bench/analysis/peers/lindon-malek.ts'
import { oracle } from '#bench/analysis/peers/oracle.ts'
import { everyPeer } from '#bench/analysis/peers/every.ts'
import { generator } from '#bench/analysis/random.ts'
import { watch } from '#bench/analysis/rule.ts'
import { mean, meanError, stoppedShare, type Tallies, tallyOf } from '#bench/analysis/tally.ts'
import { steady } from '#bench/analysis/traffic.ts'
import { table } from '#bench/statistics.ts'
import { eventTest } from '#lib/analysis/events.ts'

const kayentaSeconds = 10_800
/** A rule that has not acted by then counts with this time. */
const capSeconds = (cell: ErrorCell) => Math.max(60, 12 * cell.limitSeconds, isHeadToHead(cell) ? kayentaSeconds : 0)


function run(task: Task): Tallies {
  const cell = errorCell(task.cell)
  const { share, rates, tau, tickSeconds } = cell
  const random = generator(task.seed, 'errors', cell.name, task.chunk)
  const model = steady({ perSecond: requestsPerSecond, share, tickSeconds, random }, rates)
  const test = eventTest({ share, alpha })
  const rules = [oracle(rates, share, alpha), ours(() => test, alpha), ...(isHeadToHead(cell) ? everyPeer(share, tau, task.boundaries) : [lindonMalek(share, alpha)])]
  const tallies: Tallies = {}
  for (let i = 0; i < task.runs; i++) watch({ traffic: model.start(), rules, tickSeconds, capSeconds: capSeconds(cell) }, tallies)
  return tallies
}

/** Lindon and Malek's test must never be faster, and be left behind where the difference is large. */
const timesLindonMalek = (cell: ErrorCell) => (cell.ratio >= 2 ? 1.3 : 1)

function goalRow(cell: ErrorCell, tallies: Tallies): string[] {
  const time = (name: string) => tallyOf(tallies, name)
  const [own, best, published] = [mean(time('Sluice')), mean(time('oracle')), mean(time('Lindon–Malek, k = 100'))]
  const goals = {
    'of the limit ': { figure: own / cell.limitSeconds, atMost: 1.6 },
    'of the oracle ': { figure: own / best, atMost: 1.45 },
    'beside Lindon–Malek ': { figure: published / own, atLeast: timesLindonMalek(cell) },
  }
  return [
    cell.name,
    cell.limitSeconds.toFixed(cell.limitSeconds < 100 ? 1 : 0),
    times(best / cell.limitSeconds),
    `${times(own / cell.limitSeconds)} ± ${(meanError(time('Sluice')) / cell.limitSeconds).toFixed(2)}`,
    times(own / best),
    times(published / own),
    `≥ ${timesLindonMalek(cell)} ×`,
    result(goals),
  ]
}

/** Mean time over the limit, and how many runs never acted; a rule that acted in fewer than half has no time worth printing. */
function peerFigure(cell: ErrorCell, tallies: Tallies, name: string): string {
  const tally = tallyOf(tallies, name)
  const missed = 1 - stoppedShare(tally)
  if (missed > 0.5) return missed === 1 ? 'never' : `${percent(missed, 0)} missed`
  return `${times(mean(tally) / cell.limitSeconds)}${missed > 0 ? `, ${percent(missed)} missed` : ''}`
}

function report(results: ReadonlyMap<string, Tallies>): string {
  const measured = errorCells.flatMap((cell) => {
    const tallies = results.get(cell.name)
    return tallies === undefined ? [] : [{ cell, tallies }]
  })
  const goals = table(
    ['share, errors of stable → candidate', 'limit, s', 'oracle ÷ limit', 'Sluice ÷ limit (≤ 1.6)', 'Sluice ÷ oracle (≤ 1.45)', 'Lindon–Malek ÷ Sluice', 'goal', 'result'],
    measured.map(({ cell, tallies }) => goalRow(cell, tallies)),
  )
  const beside = measured.filter(({ cell }) => isHeadToHead(cell))
  const names = Object.keys(beside[0]?.tallies ?? {})
  const peers = table(
    ['mean time ÷ limit', ...beside.map(({ cell }) => cell.name)],
    names.map((name) => [name, ...beside.map(({ cell, tallies }) => peerFigure(cell, tallies, name))]),
  )
  return `${goals}\n\n${peers}\n\n${kayentaGoal(beside)}`
}

function kayentaGoal(beside: readonly { cell: ErrorCell; tallies: Tallies }[]): string {
  const doubling = beside.find(({ cell }) => cell.ratio === 2 && cell.rates.stable === 0.01)
  if (doubling === undefined) return ''
  const figure = mean(tallyOf(doubling.tallies, 'Kayenta, hourly × 3')) / mean(tallyOf(doubling.tallies, 'Sluice'))
  return table(['beside Kayenta judged hourly', 'figure', 'goal', 'result'], [[`${doubling.cell.name}: Kayenta ÷ Sluice`, times(figure, 1), '≥ 25 ×', result({ '': { figure, atLeast: 25 } }, 1)]])
}

export const errors: Part = {
  name: 'errors',
  heading: 'Errors: mean time until a worse candidate is rolled back',
  cells: (quick) => errorCells.map((cell) => ({ cell: cell.name, runs: quick ? (cell.limitSeconds > 1000 ? 40 : 200) : 2000, work: isHeadToHead(cell) ? 5 * kayentaSeconds : (1.5 * cell.limitSeconds) / cell.tickSeconds })),
  run,
  report,
}
