/**
 * How many requests any test must see. No rule that keeps its false-alarm rate over all looks decides earlier on average:
 * E[N] >= d(1-beta || alpha) / I(A;Y), by Wald's identity and the data-processing inequality, where I(A;Y) is the mutual
 * information between the arm of a request and what the request shows (Wald, Sequential Analysis, 1947; Cover & Thomas,
 * Elements of Information Theory, ch. 2).
 */

const relative = (p: number, q: number): number => (p === 0 ? 0 : p * Math.log(p / q))

/** Kullback-Leibler divergence between two coins, nats. */
export const bernoulliDivergence = (p: number, q: number): number => relative(p, q) + relative(1 - p, 1 - q)

/**
 * I(A;Y) in nats per request: what one request of either arm tells about the arms being different.
 * @param share the candidate's part of the requests, between 0 and 1 @param stable @param candidate probability of each outcome, same order
 * @throws RangeError when the laws have different lengths
 */
export function informationPerRequest(share: number, stable: readonly number[], candidate: readonly number[]): number {
  if (stable.length !== candidate.length) throw new RangeError('both laws need the same outcomes')
  return candidate.reduce((sum, p1, i) => {
    const p0 = stable[i] ?? 0
    const mixed = share * p1 + (1 - share) * p0
    return sum + share * relative(p1, mixed) + (1 - share) * relative(p0, mixed)
  }, 0)
}

/** d(1-beta || alpha) in nats: what a test must gather that stops wrongly with probability alpha and misses with beta; ln(1/alpha) at beta 0. */
export const evidenceCost = (alpha: number, beta: number): number => bernoulliDivergence(1 - beta, alpha)

/** Least mean number of requests of both arms together until a difference between the two laws can be called. */
export function limitRequests(given: { share: number; stable: readonly number[]; candidate: readonly number[]; alpha: number; beta: number }): number {
  return evidenceCost(given.alpha, given.beta) / informationPerRequest(given.share, given.stable, given.candidate)
}

/**
 * Probability that an error is the candidate's when it fails `ratio` times as often as stable.
 * Only the split enters: given that an error happened, the traffic's volume and its changes over the day cancel
 * (Lindon & Malek, NeurIPS 2022, arXiv 2011.03567).
 */
export const candidateShareOfEvents = (share: number, ratio: number): number => (share * ratio) / (share * ratio + 1 - share)

/** Least mean number of error events of both arms until "`ratio` times worse or more" can be ruled out for a candidate that is equal. */
export function promoteEarlyLimitEvents({ share, ratio, beta }: { share: number; ratio: number; beta: number }): number {
  return Math.log(1 / beta) / bernoulliDivergence(share, candidateShareOfEvents(share, ratio))
}
