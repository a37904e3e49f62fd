import type { Rule } from '#bench/analysis/rule.ts'

/**
 * ln of the mixture likelihood ratio of a difference of means, with a normal prior on the difference around 0.
 * @param difference of the means @param variance of that difference, from the counts so far; 0 or NaN (nothing seen yet,
 * or no error yet) is no evidence @param tau standard deviation of the prior: about the difference to be found
 * Source: Johari, Koomen, Pekelis & Walsh, KDD 2017; with unequal arms their V/n is the variance of the difference.
 */
export function logMixtureRatio(difference: number, variance: number, tau: number): number {
  if (!(variance > 0)) return 0
  const sum = variance + tau * tau
  return 0.5 * Math.log(variance / sum) + (tau * tau * difference * difference) / (2 * variance * sum)
}

/**
 * mSPRT on the error rates. Two-sided: it stops whichever arm is worse. The variance is the pooled p(1 − p): with each
 * arm's own x(1 − x), as published for arms of one size, a small arm that has had no error yet would have none at all,
 * and the test would fire at once.
 */
export function msprt(tau: number, alpha: number): Rule {
  const threshold = Math.log(1 / alpha)
  const look: ReturnType<Rule['start']> = ({ candidate: c, stable: s }) => {
    const pooled = (c.errors + s.errors) / (c.requests + s.requests)
    const variance = pooled * (1 - pooled) * (1 / c.requests + 1 / s.requests)
    return logMixtureRatio(c.errors / c.requests - s.errors / s.requests, variance, tau) >= threshold ? 'rollback' : 'watch'
  }
  return { name: 'mSPRT', everySeconds: 0, start: () => look }
}
