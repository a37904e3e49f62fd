import type { Arm, Rule } from '#bench/analysis/rule.ts'
import { root } from '#bench/analysis/special.ts'

/** Φ⁻¹(0.99): the judge asks for a confidence interval of 98%. */
const criticalValue = 2.3263479
/** How far the interval must lie from 0, as a part of the estimated shift. */
const tolerance = 0.25

/**
 * The Mann–Whitney statistic of `candidate − shift` against `stable`, standardised, with the correction for ties and
 * for continuity. Falls as `shift` rises. Both arrays sorted.
 * Source: Kayenta, kayenta-mannwhitney/…/MannWhitney.scala, which follows R's wilcox.test with `exact = FALSE`.
 */
export function standardisedRankSum(candidate: readonly number[], stable: readonly number[], shift: number): number {
  const [n, m] = [candidate.length, stable.length]
  let [i, j, above, ties] = [0, 0, 0, 0]
  while (i < n || j < m) {
    const value = Math.min((candidate[i] ?? Infinity) - shift, stable[j] ?? Infinity)
    const [fromI, fromJ] = [i, j]
    while (i < n && (candidate[i] ?? Infinity) - shift <= value) i++
    while (j < m && (stable[j] ?? Infinity) <= value) j++
    // Pairs in which the candidate's point is the larger one; an equal pair counts half.
    above += (i - fromI) * (fromJ + (j - fromJ) / 2)
    const tied = i - fromI + j - fromJ
    ties += tied ** 3 - tied
  }
  const z = above - (n * m) / 2
  const sigma = Math.sqrt(((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1))))
  return (z - 0.5 * Math.sign(z)) / sigma
}

/**
 * Whether Kayenta's judge calls the metric High: the lower end of the interval of the shift lies above a quarter of the
 * Hodges–Lehmann estimate, and the mean has not fallen. Identical data and data that are all one value pass.
 * @param candidate, stable one value per time point, sorted
 * Source: spinnaker/kayenta, MannWhitneyClassifier.scala and NetflixACAJudge.scala (fraction 0.25, confLevel 0.98).
 */
export function isHigh(candidate: readonly number[], stable: readonly number[]): boolean {
  if (candidate.length === 0 || stable.length === 0) return false
  if (candidate.length === stable.length && candidate.every((value, i) => value === stable[i])) return false
  const [lowest, highest] = [Math.min(candidate[0] ?? 0, stable[0] ?? 0), Math.max(candidate.at(-1) ?? 0, stable.at(-1) ?? 0)]
  if (lowest === highest) return false
  const statistic = (shift: number) => standardisedRankSum(candidate, stable, shift)
  // The interval's lower end is where the statistic falls to the critical value; it is above x when it is still higher there.
  if (!(statistic(0) > criticalValue)) return false
  const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  if (average(candidate) < average(stable)) return false
  const estimate = root(statistic, (candidate[0] ?? 0) - (stable.at(-1) ?? 0), (candidate.at(-1) ?? 0) - (stable[0] ?? 0))
  return statistic(tolerance * Math.abs(estimate)) > criticalValue
}

/**
 * One critical metric, the error rate per minute: High fails the canary whatever the score. Judged on all points so far
 * at those minutes that `judges` names, for three hours, as Spinnaker's guide starts with (interval 1 h, lifetime 3 h).
 * Stable answers most requests here; the guide asks for a baseline as small as the canary, which would be slower still.
 */
function kayenta(name: string, judges: (minute: number) => boolean): Rule {
  const start: Rule['start'] = () => {
    const arms = { candidate: points(), stable: points() }
    let minute = 0
    return (seen) => {
      minute++
      const candidate = arms.candidate(seen.candidate)
      const stable = arms.stable(seen.stable)
      if (judges(minute) && isHigh(candidate, stable)) return 'rollback'
      return minute >= 180 ? 'over' : 'watch'
    }
  }
  return { name, everySeconds: 60, start }
}

export const kayentaHourly = (): Rule => kayenta('Kayenta, hourly × 3', (minute) => minute % 60 === 0)

export const kayentaPeeked = (): Rule => kayenta('Kayenta, each minute from the 5th', (minute) => minute >= 5)

/** The arm's error rate of each minute so far, sorted; a minute without requests gives no point. */
function points(): (arm: Arm) => readonly number[] {
  const sorted: number[] = []
  let before: Arm = { requests: 0, errors: 0 }
  return (arm) => {
    const requests = arm.requests - before.requests
    const rate = (arm.errors - before.errors) / requests
    before = { ...arm }
    if (requests > 0) {
      const at = sorted.findIndex((value) => value >= rate)
      sorted.splice(at < 0 ? sorted.length : at, 0, rate)
    }
    return sorted
  }
}
