import type { ErrorRates } from '#bench/analysis/traffic.ts'
import type { Rule } from '#bench/analysis/rule.ts'

/**
 * The likelihood ratio of somebody who knows both error rates: what the arms did, against both of them following the
 * mixture of the two. Of all laws that both arms could share, that mixture is the hardest to tell from the truth, so no
 * rule that keeps its false alarms under alpha is faster in the long run; what it needs above the limit is overshoot.
 * @param share of the candidate @param alpha chance of a false alarm
 * Source: Wald, Sequential Analysis (1947), the test of power one.
 */
export function oracle(rates: ErrorRates, share: number, alpha: number): Rule {
  const mixed = share * rates.candidate + (1 - share) * rates.stable
  const weights = (rate: number) => ({ error: Math.log(rate / mixed), success: Math.log((1 - rate) / (1 - mixed)) })
  const [candidate, stable] = [weights(rates.candidate), weights(rates.stable)]
  const threshold = Math.log(1 / alpha)
  const look: ReturnType<Rule['start']> = ({ candidate: c, stable: s }) => {
    const evidence = c.errors * candidate.error + (c.requests - c.errors) * candidate.success + s.errors * stable.error + (s.requests - s.errors) * stable.success
    return evidence >= threshold ? 'rollback' : 'watch'
  }
  return { name: 'oracle', everySeconds: 0, start: () => look }
}
