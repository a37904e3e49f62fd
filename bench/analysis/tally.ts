import { upperBound } from '#bench/analysis/special.ts'

/**
 * What many runs of one rule came to. `stopped` acted (rolled back, or promoted early), `over` gave up watching before
 * the end; `sum` and `squares` are of the cost until it acted (seconds, or error events), where a run that never did
 * counts with the whole time it was watched: leaving those out would make a rule look fast that finds only easy cases.
 */
export type Tally = { runs: number; stopped: number; over: number; sum: number; squares: number }

export const emptyTally = (): Tally => ({ runs: 0, stopped: 0, over: 0, sum: 0, squares: 0 })

export function count(tally: Tally, end: 'stopped' | 'over' | 'watched', cost: number): void {
  tally.runs++
  if (end !== 'watched') tally[end]++
  tally.sum += cost
  tally.squares += cost * cost
}

/** Tallies by the name of the rule: what a worker hands back. */
export type Tallies = Record<string, Tally>

export function merge(into: Tallies, from: Tallies): void {
  for (const [name, tally] of Object.entries(from)) {
    const sum = (into[name] ??= emptyTally())
    for (const key of ['runs', 'stopped', 'over', 'sum', 'squares'] as const) sum[key] += tally[key]
  }
}

export const mean = (tally: Tally): number => tally.sum / tally.runs

/** Standard error of the mean. */
export const meanError = (tally: Tally): number => Math.sqrt(Math.max(0, tally.squares / tally.runs - mean(tally) ** 2) / tally.runs)

export const stoppedShare = (tally: Tally): number => tally.stopped / tally.runs

/** Upper 95% bound of the chance to stop. */
export const stoppedUpperBound = (tally: Tally): number => upperBound(tally.stopped, tally.runs)

export function tallyOf(tallies: Tallies, name: string): Tally {
  const tally = tallies[name]
  if (tally === undefined) throw new Error(`no runs of "${name}"`)
  return tally
}
