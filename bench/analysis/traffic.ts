import type { Random } from '#bench/analysis/random.ts'
import type { Arm, Totals, Traffic } from '#bench/analysis/rule.ts'
import { poisson, type Sampler } from '#bench/analysis/sampling.ts'

/**
 * Requests arrive as a Poisson stream and each is sent to the candidate with probability `share`, so that the counts of
 * both arms are Poisson and independent, errors and successes alike: the split is random per request, as Cloud Run's is.
 */
export type Load = { perSecond: number; share: number; tickSeconds: number; random: Random }

/** Chances of a request to fail. */
export type ErrorRates = { candidate: number; stable: number }

/** Traffic of one rollout at a time; `start` begins the next one. */
export type TrafficModel = { start: () => Traffic }

export const add = (arm: Arm, errors: number, successes: number) => {
  arm.errors += errors
  arm.requests += errors + successes
}

/** One rate, one share, one chance of errors per arm, all independent. */
export function steady({ perSecond, share, tickSeconds, random }: Load, rates: ErrorRates): TrafficModel {
  const arm = (part: number, rate: number): [Sampler, Sampler] => {
    const requests = perSecond * tickSeconds * part
    return [poisson(requests * rate, random), poisson(requests * (1 - rate), random)]
  }
  const [candidateErrors, candidateSuccesses] = arm(share, rates.candidate)
  const [stableErrors, stableSuccesses] = arm(1 - share, rates.stable)
  const traffic = (seen: Totals) => {
    add(seen.candidate, candidateErrors(), candidateSuccesses())
    add(seen.stable, stableErrors(), stableSuccesses())
  }
  return { start: () => traffic }
}

const minutesPerSwing = 60

/** The traffic swings five-fold within an hour (a day's swing, made quick), by a sine with a step each minute; each run begins somewhere in it. */
export function swinging(load: Load, rates: ErrorRates): TrafficModel {
  const minutes = Array.from({ length: minutesPerSwing }, (_, i) => {
    // Between 1/3 and 5/3 of the mean.
    const factor = 1 + (2 / 3) * Math.sin((2 * Math.PI * i) / minutesPerSwing)
    return steady({ ...load, perSecond: load.perSecond * factor }, rates).start()
  })
  return {
    start: () => {
      let seconds = Math.floor(load.random() * 60 * minutesPerSwing)
      return (seen) => {
        minutes[Math.floor(seconds / 60) % minutesPerSwing]?.(seen)
        seconds += load.tickSeconds
      }
    },
  }
}

/** Seconds of stable alone before the rollout, with all the traffic (a model of share 0): what a rule can learn on. */
export function pastOf(model: TrafficModel, seconds: number): { requests: number[]; errors: number[] } {
  const seen: Totals = { candidate: { requests: 0, errors: 0 }, stable: { requests: 0, errors: 0 } }
  const traffic = model.start()
  const past: { requests: number[]; errors: number[] } = { requests: [], errors: [] }
  for (let second = 0; second < seconds; second++) {
    const before = { ...seen.stable }
    traffic(seen)
    past.requests.push(seen.stable.requests - before.requests)
    past.errors.push(seen.stable.errors - before.errors)
  }
  return past
}
