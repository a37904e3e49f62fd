import { logBeta } from '#lib/analysis/special-functions.ts'

/** Requests of each arm at the share the test was made for. */
export type SplitEvidence = { candidate: number; stable: number }

type SplitTest = {
  start: SplitEvidence
  step: (s: SplitEvidence, candidateRequests: number, stableRequests: number) => SplitEvidence
  /** Natural log of the e-value that requests do not arrive in the configured split. */
  logEvidence: (s: SplitEvidence) => number
}

/** Prior observations: the value of the published implementation, aimed at departures of about five points from an even split. */
const concentration = 100

/**
 * Do requests arrive as the split says? Two-sided and valid at every look; start anew when the share changes.
 * A mismatch makes every comparison of the arms worthless, so it is asked before any of them.
 * Bayes factor of a beta prior around the configured share (Lindon & Malek, NeurIPS 2022, arXiv 2011.03567).
 */
export function splitTest({ share }: { share: number }): SplitTest {
  const a = concentration * share
  const b = concentration * (1 - share)
  const prior = logBeta(a, b)
  const [logCandidate, logStable] = [Math.log(share), Math.log(1 - share)]
  return {
    start: { candidate: 0, stable: 0 },
    step: (s, candidateRequests, stableRequests) => ({ candidate: s.candidate + candidateRequests, stable: s.stable + stableRequests }),
    logEvidence: (s) => logBeta(a + s.candidate, b + s.stable) - prior - s.candidate * logCandidate - s.stable * logStable,
  }
}

/** Nats of Chernoff's bound on a binomial tail; about one look in a hundred is as far off by chance. */
const unevenNats = 3.5

/**
 * Is this look's split near enough to the configured one for its errors to be compared? A client that keeps to one arm brings its own
 * failures along with its requests, all at once; the extra requests give it away. Only requests are looked at, so leaving uneven looks out
 * does not favour an arm.
 */
export function isEvenLook(share: number, candidateRequests: number, stableRequests: number): boolean {
  // At a small share one request of the candidate is always one too many; where looks hold few, all of them would be left out.
  if (candidateRequests === 1 || stableRequests === 1) return true
  const requests = candidateRequests + stableRequests
  const nats = (n: number, expected: number) => (n === 0 ? 0 : n * Math.log(n / expected))
  return nats(candidateRequests, share * requests) + nats(stableRequests, (1 - share) * requests) < unevenNats
}
