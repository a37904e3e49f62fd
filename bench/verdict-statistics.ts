import { generator } from '#bench/analysis/random.ts'
import { poisson } from '#bench/analysis/sampling.ts'
import { boundOf, bucketMasses, medianAt } from '#emulator/monitoring/latency.ts'
import { judge, type JudgeRule } from '#lib/analysis/judge.ts'

/** What the emulated candidate does worse than stable, which fails nothing and is as fast as a plain image. */
export type Fault = { errorRate: number; slowPercent: number }

const runs = 400
const longestSeconds = 600
const pastRequests = 100_000

/**
 * Mean seconds of traffic that the judge itself needs for such a fault, with a look after each second: the part of a
 * verdict's time that statistics take, on counts as the emulator draws them and without anything else of the product.
 * @param given.rule as in a blueprint, in mode rollback
 */
export function judgeSeconds(given: { rule: JudgeRule; alpha: number; share: number; requestsPerSecond: number; fault: Fault }): number {
  const { rule, alpha, share, requestsPerSecond, fault } = given
  const [usual, slow] = [bucketMasses(medianAt(0, 0)), bucketMasses(medianAt(fault.slowPercent, 0))]
  const edgesMs = usual.slice(0, -1).map((_, bucket) => boundOf(bucket))
  const by = judge({ share, alpha, rules: [rule], history: { edgesMs, stableCounts: usual.map((p) => Math.round(p * pastRequests)) } })
  const random = generator(1, 'verdict', rule.name)
  const arm = (masses: readonly number[], part: number, errorRate: number) => {
    const buckets = masses.map((p) => poisson(p * part * requestsPerSecond, random))
    return () => {
      const latency = buckets.map((draw) => draw())
      const requests = latency.reduce((a, b) => a + b, 0)
      let errors = 0
      for (let i = 0; i < requests; i++) if (random() < errorRate) errors++
      return { requests, errors, latency }
    }
  }
  const [candidate, stable] = [arm(slow, share, fault.errorRate), arm(usual, 1 - share, 0)]
  let seconds = 0
  for (let run = 0; run < runs; run++) {
    let { start: state } = by
    for (let t = 1; t <= longestSeconds; t++) {
      const said = by.look(state, { t, candidate: candidate(), stable: stable() })
      ;({ state } = said)
      seconds++
      if (said.verdict === 'fail') break
    }
  }
  return seconds / runs
}
