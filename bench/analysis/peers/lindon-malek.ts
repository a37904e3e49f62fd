import type { Rule } from '#bench/analysis/rule.ts'
import { incompleteBeta, logRising } from '#bench/analysis/special.ts'

/**
 * ln of the Bayes factor of "the candidate's part of the errors is anything" against "it is its share", with a Beta
 * prior of concentration k around the share. Starts at 0, and its expectation is 1 while the arms are equal.
 * Source: Lindon & Malek, Anytime-Valid Inference for Multinomial Count Data, NeurIPS 2022, arXiv 2011.03567.
 */
export function logBayesFactor(k: number, share: number): (candidateErrors: number, stableErrors: number) => number {
  const [candidate, stable, both] = [logRising(k * share), logRising(k * (1 - share)), logRising(k)]
  const [logShare, logRest] = [Math.log(share), Math.log1p(-share)]
  return (c, s) => candidate(c) + stable(s) - both(c + s) - c * logShare - s * logRest
}

/**
 * The published test, with the concentration that the authors' Python package takes unless told otherwise (savvi,
 * k = 100). Two-sided: it stops whichever arm is worse, and is counted so.
 */
export function lindonMalek(share: number, alpha: number, k = 100): Rule {
  const evidence = logBayesFactor(k, share)
  const threshold = Math.log(1 / alpha)
  const look: ReturnType<Rule['start']> = ({ candidate, stable }) => (evidence(candidate.errors, stable.errors) >= threshold ? 'rollback' : 'watch')
  return { name: `Lindon–Malek, k = ${k}`, everySeconds: 0, start: () => look }
}

/**
 * The same with the prior cut to "the candidate is worse". k = 30 is wider, for larger differences; of the values tried
 * it does best on the rows here.
 */
export function lindonMalekOneSided(share: number, alpha: number, k = 30): Rule {
  const evidence = logBayesFactor(k, share)
  const threshold = Math.log(1 / alpha)
  const worse = (candidateErrors: number, stableErrors: number) => 1 - incompleteBeta(k * share + candidateErrors, k * (1 - share) + stableErrors, share)
  const logPrior = Math.log(worse(0, 0))
  const look: ReturnType<Rule['start']> = ({ candidate, stable }) => {
    const twoSided = evidence(candidate.errors, stable.errors)
    // The posterior chance is at most 1, so most looks need no incomplete beta function.
    if (twoSided - logPrior < threshold) return 'watch'
    return twoSided - logPrior + Math.log(worse(candidate.errors, stable.errors)) >= threshold ? 'rollback' : 'watch'
  }
  return { name: `Lindon–Malek one-sided, k = ${k}`, everySeconds: 0, start: () => look }
}
