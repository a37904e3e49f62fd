import { percent, result, times } from '#bench/analysis/goal.ts'
import { beta, type Part, requestsPerSecond, type Task } from '#bench/analysis/part.ts'
import { generator } from '#bench/analysis/random.ts'
import { count, emptyTally, mean, meanError, stoppedShare, stoppedUpperBound, type Tallies, tallyOf } from '#bench/analysis/tally.ts'
import { steady, type TrafficModel } from '#bench/analysis/traffic.ts'
import { table } from '#bench/statistics.ts'
import type { EventTest } from '#lib/analysis/events.ts'
import { promoteEarlyLimitEvents } from '#lib/analysis/limit.ts'
import { promoteEarlyTest } from '#lib/analysis/promote-early.ts'

const errorRate = 0.01
const cells = [0.1, 0.5].flatMap((share) => [1.5, 2, 3].map((ratio) => ({ name: `${percent(share, 0)}, not ${ratio} times worse`, share, ratio })))

/** Long enough that a candidate which is truly that bad has drifted away for good: a promotion later than this is less likely than 10⁻³. */
const capLimits = 20

/** One rollout, looked at each second until the claim holds or `capEvents` errors have come. */
function runOnce(model: TrafficModel, test: EventTest, capEvents: number, tally: ReturnType<typeof emptyTally>): void {
  const traffic = model.start()
  const seen = { candidate: { requests: 0, errors: 0 }, stable: { requests: 0, errors: 0 } }
  const threshold = Math.log(1 / beta)
  let evidence = test.start
  for (;;) {
    const [c, s] = [seen.candidate.errors, seen.stable.errors]
    traffic(seen)
    const events = seen.candidate.errors + seen.stable.errors
    evidence = test.step(evidence, seen.candidate.errors - c, seen.stable.errors - s)
    if (evidence.peak >= threshold) return count(tally, 'stopped', events)
    if (events >= capEvents) return count(tally, 'watched', events)
  }
}

function run(task: Task): Tallies {
  const cell = cells.find(({ name }) => name === task.cell)
  if (cell === undefined) throw new Error(`no cell "${task.cell}"`)
  const { share, ratio } = cell
  const random = generator(task.seed, 'early', cell.name, task.chunk)
  const load = { perSecond: requestsPerSecond, share, tickSeconds: 1, random }
  const test = promoteEarlyTest({ share, ratio })
  const capEvents = capLimits * promoteEarlyLimitEvents({ share, ratio, beta })
  const tallies: Tallies = { equal: emptyTally(), worse: emptyTally() }
  for (const [name, factor] of [['equal', 1], ['worse', ratio]] as const) {
    const model = steady(load, { stable: errorRate, candidate: errorRate * factor })
    for (let i = 0; i < task.runs; i++) runOnce(model, test, capEvents, tallyOf(tallies, name))
  }
  return tallies
}

function report(results: ReadonlyMap<string, Tallies>): string {
  const rows = cells.flatMap(({ name, share, ratio }) => {
    const tallies = results.get(name)
    if (tallies === undefined) return []
    const limit = promoteEarlyLimitEvents({ share, ratio, beta })
    const [equal, worse] = [tallyOf(tallies, 'equal'), tallyOf(tallies, 'worse')]
    const [figure, bound] = [mean(equal) / limit, stoppedUpperBound(worse)]
    const goals = { 'of the limit ': { figure, atMost: 1.25 }, 'wrong promotions ': { figure: bound, atMost: beta } }
    const cost = `${times(figure)} ± ${(meanError(equal) / limit).toFixed(2)}`
    return [[name, limit.toFixed(0), cost, percent(stoppedShare(equal)), `${worse.stopped} of ${worse.runs}`, bound.toFixed(4), result(goals, 3)]]
  })
  return table(['share, claim', 'limit, errors', 'errors ÷ limit, equal arms (≤ 1.25)', 'equal arms promoted', 'promoted though that bad', `upper 95% bound (≤ ${beta})`, 'result'], rows)
}

export const promoteEarly: Part = {
  name: 'early',
  heading: 'Promote early: errors until "not that much worse" holds',
  cells: (quick) => cells.map(({ name, ratio }) => ({ cell: name, runs: quick ? 200 : 4000, work: capLimits * promoteEarlyLimitEvents({ share: 0.1, ratio, beta }) })),
  run,
  report,
}
