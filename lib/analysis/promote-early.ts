import { type EventTest, eventMixture } from '#lib/analysis/event-mixture.ts'

/**
 * How good the candidate may be, in stable's error rates, and the weight of each. The weights sum to .85: a mixture of steps as small as these
 * passes wrongly with almost exactly beta, and the rest is the reserve that keeps what one measures below it (a fifteenth more errors).
 */
const grid = { ratios: [1, 0.8, 0.5], weights: [0.6, 0.2, 0.05] }

/**
 * "The candidate does not fail `ratio` times as often as stable or more", so that a bake may end before its time.
 * Null: at least `ratio` times as often; it is rejected, and the claim holds, at `logEvidence >= ln(1/beta)`: of candidates that
 * are that bad at most beta are ever let through. The mirror image of the error test. `ratio` > 1.
 */
export function promoteEarlyTest(given: { share: number; ratio: number; varianceRatio?: number; bunch?: number }): EventTest {
  return eventMixture({
    share: given.share,
    nullRatio: given.ratio,
    ratios: grid.ratios,
    weights: grid.weights,
    varianceRatio: given.varianceRatio ?? 1,
    bunch: given.bunch,
  })
}
