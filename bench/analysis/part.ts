import { type Tallies, merge } from '#bench/analysis/tally.ts'
import type { Boundaries } from '#bench/analysis/peers/z-tests.ts'

export const alpha = 0.05
export const beta = 0.05
/** Requests of both arms together. */
export const requestsPerSecond = 100

/** A piece of a part that one worker does by itself: `runs` of one cell, with numbers of its own. */
export type Task = { part: string; cell: string; chunk: number; runs: number; seed: number; boundaries: Boundaries }

/** One line of goals: its cells, how one is simulated, and what is printed of all of them. */
export type Part = {
  name: string
  heading: string
  /** Runs of each cell, and how much work a run is beside the others', to begin with the longest. */
  cells: (quick: boolean) => readonly { cell: string; runs: number; work: number }[]
  run: (task: Task) => Tallies
  report: (results: ReadonlyMap<string, Tallies>) => string
}

/** Fixed, and not the number of workers: the seeds go with the chunks, so one worker or two give the same figures. */
const chunks = 4

/** The work of a part in pieces, the longest first. */
export function tasksOf(part: Part, given: { quick: boolean; seed: number; boundaries: Boundaries }): Task[] {
  return part
    .cells(given.quick)
    .toSorted((a, b) => b.work * b.runs - a.work * a.runs)
    .flatMap(({ cell, runs }) =>
      Array.from({ length: chunks }, (_, chunk) => ({
        part: part.name,
        cell,
        chunk,
        runs: Math.floor((runs * (chunk + 1)) / chunks) - Math.floor((runs * chunk) / chunks),
        seed: given.seed,
        boundaries: given.boundaries,
      })),
    )
    .filter(({ runs }) => runs > 0)
}

/** Results by cell, whatever the order in which they came: sums of different order differ in the last digits, so they are sorted first. */
export function gather(results: readonly { task: Task; tallies: Tallies }[]): Map<string, Tallies> {
  const cells = new Map<string, Tallies>()
  for (const { task, tallies } of results.toSorted((a, b) => a.task.chunk - b.task.chunk)) {
    const sum = cells.get(task.cell) ?? {}
    merge(sum, tallies)
    cells.set(task.cell, sum)
  }
  return cells
}
