/**
 * `npm run bench:analysis [-- --seed=1 --quick --only=errors,late,false,latency,early,feeds,cost --workers=2]`: how early the
 * verdicts catch a bad release and how often they stop a good one, beside the least that any test needs and beside the
 * published rules, all on the same simulated traffic. Prints a table for each promise with its goal, and asserts nothing.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { badFeeds } from '#bench/analysis/bad-feeds.ts'
import { costs } from '#bench/analysis/cost.ts'
import { alpha, gather, tasksOf } from '#bench/analysis/part.ts'
import { parts } from '#bench/analysis/parts.ts'
import { boundaries } from '#bench/analysis/peers/z-tests.ts'
import { runAll } from '#bench/analysis/pool.ts'
import { generator } from '#bench/analysis/random.ts'

const { values: flags } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, quick: { type: 'boolean', default: false }, only: { type: 'string' }, workers: { type: 'string' } },
})
const seed = Number(flags.seed)
const { quick } = flags
const workers = Number(flags.workers ?? Math.min(2, availableParallelism()))
const asked = flags.only?.split(',')
const chosen = parts.filter(({ name }) => asked === undefined || asked.includes(name))

/** What is timed, or is one table of cases: done here, when nothing else runs. */
const direct = [{ name: 'feeds', heading: 'Bad feeds: never a pass, never a rollback, always the named cause', report: badFeeds }, { name: 'cost', heading: 'What judging costs', report: () => costs(seed) }].filter(({ name }) => asked === undefined || asked.includes(name))

const began = performance.now()
const limits = boundaries({ looks: 60, alpha, sided: 1, paths: quick ? 50_000 : 200_000 }, generator(seed, 'boundaries'))
const tasks = chosen.flatMap((part) => tasksOf(part, { quick, seed, boundaries: limits }))
const spent = new Map<string, number>()
const finished = await runAll(tasks, workers, ({ task, seconds }) => {
  spent.set(task.part, (spent.get(task.part) ?? 0) + seconds)
  process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0)} s  ${task.part}: ${task.cell} (${task.runs} runs, ${seconds.toFixed(1)} s)\n`)
})
const print = (heading: string, text: string) => process.stdout.write(`\n### ${heading}\n\n${text}\n`)
for (const part of chosen) print(part.heading, part.report(gather(finished.filter(({ task }) => task.part === part.name))))
for (const { heading, report } of direct) print(heading, report())
const criticalValues = `Critical values of the 60 one-sided looks, by Monte Carlo: Pocock ${limits.pocock.toFixed(3)}, O’Brien–Fleming ${limits.obrienFleming.toFixed(3)}.`
const times = [...spent].map(([name, seconds]) => `${name} ${seconds.toFixed(0)} s`).join(', ')
const caution = quick ? 'quick (so few runs that a goal may be missed or met by chance), ' : ''
process.stdout.write(`\n${criticalValues}\nSeed ${seed}, ${caution}${workers} workers, ${((performance.now() - began) / 1000).toFixed(0)} s in all (${times} of one core).\n`)
