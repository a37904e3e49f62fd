import type { Random } from '#bench/analysis/random.ts'
import type { Arm, Totals } from '#bench/analysis/rule.ts'
import { betaBinomial, poisson } from '#bench/analysis/sampling.ts'
import { add, type Load, type TrafficModel } from '#bench/analysis/traffic.ts'

/**
 * What makes errors come together. `correlation`: between the requests of one arm in one second (0 = none).
 * `retriesAfterSeconds`: when a client repeats an operation that failed; each attempt goes to the same arm and fails too.
 * `hotClient`: one client sends a tenth of the requests and keeps its connection, so that what it sends goes to one arm:
 * `spells`: about once a minute it fails half of its requests for three seconds, all on one arm, and else as others do;
 * `steady`: it fails ten times as often all the time, and picks an arm anew each second. The past of stable alone cannot
 * show this one, since its errors come evenly; only the split makes bunches of them.
 */
export type Clusters = { correlation: number; retriesAfterSeconds: readonly number[]; hotClient: 'none' | 'spells' | 'steady' }

const hotShare = 0.1
const hotFactor = 10
const spell = { everySeconds: 60, seconds: 3, rate: 0.5 }

/** An equal chance of errors on both arms, whose errors come in clusters. A tick is one second. */
export function clustered(load: Load, rate: number, { correlation, retriesAfterSeconds, hotClient }: Clusters): TrafficModel {
  const { perSecond, share, random } = load
  const ordinary = perSecond * (hotClient === 'none' ? 1 : 1 - hotShare)
  const candidate = ordinaryRequests(ordinary * share, rate, correlation, random)
  const stable = ordinaryRequests(ordinary * (1 - share), rate, correlation, random)
  const start = () => {
    const retries = { candidate: retried(retriesAfterSeconds), stable: retried(retriesAfterSeconds) }
    const hot = hotClient === 'none' ? null : (hotClient === 'spells' ? inSpells : steadily)({ ...load, perSecond: perSecond * hotShare }, rate)
    return (seen: Totals) => {
      const now = { candidate: candidate(), stable: stable() }
      hot?.(now)
      add(seen.candidate, retries.candidate(now.candidate.errors), now.candidate.requests - now.candidate.errors)
      add(seen.stable, retries.stable(now.stable.errors), now.stable.requests - now.stable.errors)
    }
  }
  return { start }
}

function steadily({ perSecond, share, random }: Load, rate: number): (now: Totals) => void {
  const [errors, successes] = [poisson(perSecond * rate * hotFactor, random), poisson(perSecond * (1 - rate * hotFactor), random)]
  return (now) => add(random() < share ? now.candidate : now.stable, errors(), successes())
}

function inSpells({ perSecond, share, random }: Load, rate: number): (now: Totals) => void {
  const sends = (failing: number) => ({ errors: poisson(perSecond * failing, random), successes: poisson(perSecond * (1 - failing), random) })
  const [usual, failing] = [sends(rate), sends(spell.rate)]
  let left = 0
  let arm: 'candidate' | 'stable' = 'stable'
  return (now) => {
    if (left === 0 || --left === 0) {
      arm = random() < share ? 'candidate' : 'stable'
      if (random() < 1 / spell.everySeconds) left = spell.seconds
    }
    const { errors, successes } = left > 0 ? failing : usual
    add(now[arm], errors(), successes())
  }
}

/** One second of one arm, before retries. */
function ordinaryRequests(perSecond: number, rate: number, correlation: number, random: Random): () => Arm {
  if (correlation === 0) {
    const [errors, successes] = [poisson(perSecond * rate, random), poisson(perSecond * (1 - rate), random)]
    return () => {
      const failed = errors()
      return { requests: failed + successes(), errors: failed }
    }
  }
  const [requests, failing] = [poisson(perSecond, random), betaBinomial(rate, correlation, random)]
  return () => {
    const sent = requests()
    return { requests: sent, errors: failing(sent) }
  }
}

/** The operations that fail in a second, to the attempts that fail in it. */
function retried(afterSeconds: readonly number[]): (failed: number) => number {
  const due = Array.from({ length: Math.max(0, ...afterSeconds) + 1 }, () => 0)
  let second = 0
  return (failed) => {
    for (const after of [0, ...afterSeconds]) {
      const at = (second + after) % due.length
      due[at] = (due[at] ?? 0) + failed
    }
    const now = due[second % due.length] ?? 0
    due[second % due.length] = 0
    second++
    return now
  }
}
