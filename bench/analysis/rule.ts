import { count, emptyTally, type Tallies } from '#bench/analysis/tally.ts'

/** What one arm has answered since the rollout began. */
export type Arm = { requests: number; errors: number }

/** Both arms so far. The harness goes on counting in the same object: a rule that needs the past keeps its own numbers. */
export type Totals = { candidate: Arm; stable: Arm }

/** `over` means that the rule has had its last look without a verdict against the candidate. */
export type Outcome = 'watch' | 'rollback' | 'over'

/** `everySeconds` between looks; 0 looks at every tick of the simulation. `start` begins one rollout. */
export type Rule = { name: string; everySeconds: number; start: () => (seen: Totals) => Outcome }

/** Adds what came in one tick to the totals. */
export type Traffic = (seen: Totals) => void

export type Watch = { traffic: Traffic; rules: readonly Rule[]; tickSeconds: number; capSeconds: number }

/** One rollout under the eyes of every rule, each of which sees the same requests. Ends when all have decided, or at the cap. */
export function watch({ traffic, rules, tickSeconds, capSeconds }: Watch, tallies: Tallies): void {
  const seen: Totals = { candidate: { requests: 0, errors: 0 }, stable: { requests: 0, errors: 0 } }
  let open = rules.map((rule) => ({ look: rule.start(), everyTicks: Math.max(1, Math.round(rule.everySeconds / tickSeconds)), tally: (tallies[rule.name] ??= emptyTally()) }))
  const capTicks = Math.ceil(capSeconds / tickSeconds)
  for (let tick = 1; tick <= capTicks && open.length > 0; tick++) {
    traffic(seen)
    let decided = false
    for (const one of open) {
      if (tick % one.everyTicks !== 0) continue
      const outcome = one.look(seen)
      if (outcome === 'watch') continue
      decided = true
      one.everyTicks = Infinity
      count(one.tally, outcome === 'rollback' ? 'stopped' : 'over', outcome === 'rollback' ? tick * tickSeconds : capSeconds)
    }
    if (decided) open = open.filter((one) => Number.isFinite(one.everyTicks))
  }
  for (const { tally } of open) count(tally, 'watched', capSeconds)
}
