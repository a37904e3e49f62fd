import { type EventEvidence, type EventTest, eventMixture } from '#lib/analysis/event-mixture.ts'
import { latePart, logOfBoth, onsets } from '#lib/analysis/onsets.ts'

export type { EventEvidence, EventTest }

/** Times as bad as the null allows. */
const ratios = [1.26, 1.95, 4.5, 11]

/**
 * Weights of the ratios, chosen by simulation so that no ratio from 1.25 to 10 takes more than 1.6 times the limit at any share, but for the wait
 * for the next look. The largest weighs more where one event of the candidate is worth much, which is at small shares. More ratios between
 * these spread the same stake and gain nothing.
 */
const weights = {
  small: [0.17, 0.35, 0.07, 0.41],
  large: [0.22, 0.33, 0.2, 0.25],
}
const smallShare = 0.07

/**
 * "The candidate fails more often than stable", valid at every look.
 * Null: the error rate of the candidate is at most `1 + tolerance` times stable's. `share`: the candidate's part of the requests as
 * configured. `varianceRatio`, `bunch`: how errors come together on this service (see bursts.ts); 1 when they are independent.
 * `alpha`: where the test will stop, at `logEvidence >= ln(1/alpha)`; a test that is told is up to 8% faster, and keeps a part of alpha for a
 * fault that begins late (onsets.ts). A share that changes is another test that continues from `fold` of this one.
 */
export function eventTest(given: { share: number; tolerance?: number; varianceRatio?: number; bunch?: number; alpha?: number }): EventTest {
  const nullRatio = 1 + (given.tolerance ?? 0)
  const mixtureOf = (alpha: number | undefined) =>
    eventMixture({
      share: given.share,
      nullRatio,
      ratios: ratios.map((r) => r * nullRatio),
      weights: given.share < smallShare ? weights.small : weights.large,
      varianceRatio: given.varianceRatio ?? 1,
      bunch: given.bunch,
      alpha,
    })
  return given.alpha === undefined ? mixtureOf(undefined) : withLate(mixtureOf(given.alpha * (1 - latePart)))
}

/** Errors of both arms in which a fault of some size shows itself. */
const paceEvents = 100

function withLate(first: ReturnType<typeof eventMixture>): EventTest {
  const late = onsets(weights.large, paceEvents)
  const lateOf = (s: EventEvidence) => s.late ?? late.start
  const logEvidence = (s: EventEvidence) => logOfBoth(first.logEvidence(s), late.logEvidence(lateOf(s)))
  return {
    start: { ...first.start, late: late.start },
    step(s, candidateEvents, stableEvents) {
      const after = { ...first.step(s, candidateEvents, stableEvents), late: late.step(lateOf(s), first.gains(candidateEvents, stableEvents), candidateEvents + stableEvents) }
      return { ...after, peak: Math.max(s.peak, logEvidence(after)) }
    },
    logEvidence,
    fold: (s) => ({ ...first.fold(s), late: late.moved(lateOf(s)) }),
    lowered: (s) => ({ ...first.lowered(s), late: late.lowered(lateOf(s)) }),
  }
}
