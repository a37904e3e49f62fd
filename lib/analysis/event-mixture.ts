import { candidateShareOfEvents } from '#lib/analysis/limit.ts'
import type { Onsets } from '#lib/analysis/onsets.ts'

/**
 * Evidence of a mixture on events. Within one share two counts say everything about the mixture; `carried` keeps what each component
 * had gathered (its weight included) at shares before, since components grow by different factors and a sum of them could not go on.
 * `staked` is kept by a test that bets only what it needs: its log evidence depends on the order of looks, too; `looks` are those at this share.
 * `late` is of a test that also looks for a fault that begins late. `peak` is the best log evidence of any look. Plain numbers: JSON keeps them exactly.
 */
export type EventEvidence = { candidate: number; stable: number; peak: number; carried?: readonly number[]; staked?: { logEvidence: number; looks: number }; late?: Onsets }

export type EventTest = {
  start: EventEvidence
  /** Adds what one look brought: events of the candidate and of stable since the look before. */
  step: (s: EventEvidence, candidateEvents: number, stableEvents: number) => EventEvidence
  /** Natural log of the e-value now; by Ville's inequality it ever reaches ln(1/alpha) with probability at most alpha under the null. */
  logEvidence: (s: EventEvidence) => number
  /** The same evidence ready to be continued by the same test made for another share: evidence of successive periods multiplies. */
  fold: (s: EventEvidence) => EventEvidence
  /** Evidence of a test that took events for more independent than this one does: no more than this one would have gathered from the same counts. */
  lowered: (s: EventEvidence) => EventEvidence
}

/**
 * Largest exponent in (0, 1] at which a component stays fair when events come singly or in bunches.
 *
 * With exponent u a bunch of m events moves the component by `exp(u*m*up)` when it falls to the candidate and `exp(u*m*down)` when to
 * stable; fair means that the mean of `nullShare*exp(u*m*up) + (1-nullShare)*exp(u*m*down) - 1` over the bunches is not above 0. Given the
 * variance ratio V = E[m^2]/E[m] and the size L of the large bunches, the bunch of an event has the mean V and lies between 1 and L. Two laws are
 * taken, the smaller exponent counts: all bunches of size V, which gives u = 1/V, and only 1 and L. One or the other is the least favourable,
 * as the excess per event is concave or convex in the bunch. Independent events give 1.
 */
export function fairExponent(nullShare: number, up: number, down: number, varianceRatio: number, bunch: number): number {
  if (varianceRatio <= 1) return 1
  const large = Math.max(bunch, varianceRatio, 1 + 1e-9)
  const inLarge = (varianceRatio - 1) / (large - 1)
  const gain = (u: number) => nullShare * Math.expm1(u * up) + (1 - nullShare) * Math.expm1(u * down)
  const excess = (u: number) => (1 - inLarge) * gain(u) + (inLarge * gain(u * large)) / large
  let [low, high] = [0, 1 / varianceRatio]
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2
    if (excess(middle) > 0) high = middle
    else low = middle
  }
  return low
}

/** ln of what 1 becomes when the part `bet` of it is multiplied by exp(`gain`); a gain of thousands of nats must not overflow. */
const logAfterBet = (bet: number, gain: number): number => (bet === 1 ? gain : gain > 30 ? gain + Math.log(bet + (1 - bet) * Math.exp(-gain)) : Math.log1p(bet * Math.expm1(gain)))

/** Rounding must not leave a bet that was meant to reach the line just under it. */
const overTheLine = 1e-9

/** Events of stable that nine looks in ten do not exceed, by the looks before (Poisson, by its normal approximation). */
function usualStable({ stable, staked }: EventEvidence): number {
  const mean = staked && staked.looks > 0 ? stable / staked.looks : 0
  return mean + 1.3 * Math.sqrt(mean)
}

/**
 * Mixture of likelihood ratios on "which arm did this event come from", against the null that the rate ratio is at `nullRatio`.
 * A component at a ratio above `nullRatio` is a supermartingale for every true ratio at or below it, one below for every ratio at or above;
 * keep all on one side. The weights sum to 1 or less.
 *
 * `varianceRatio` and `bunch` say how events come together (1: singly); `bunch` defaults to twice the ratio, as for a negative binomial.
 * With `alpha` a look bets no more of the evidence than it takes to reach 1/alpha by one event of the candidate among the usual ones of
 * stable: evidence beyond the line is worth nothing, and what is not bet cannot be lost. The bet is fixed before the look, so the test stays
 * valid.
 * Sources: Lindon & Malek, NeurIPS 2022, arXiv 2011.03567, with a grid in place of their beta prior; Fischer & Ramdas, arXiv 2410.16076.
 */
export function eventMixture(given: {
  share: number
  nullRatio: number
  ratios: readonly number[]
  weights: readonly number[]
  varianceRatio: number
  bunch?: number | undefined
  alpha?: number | undefined
}): EventTest & { /** What each component gains by such events. */ gains: (candidateEvents: number, stableEvents: number) => number[] } {
  const nullShare = candidateShareOfEvents(given.share, given.nullRatio)
  const components = given.ratios.map((ratio) => {
    const theta = candidateShareOfEvents(given.share, ratio)
    const up = Math.log(theta / nullShare)
    const down = Math.log((1 - theta) / (1 - nullShare))
    const exponent = fairExponent(nullShare, up, down, given.varianceRatio, given.bunch ?? 2 * given.varianceRatio)
    return { up: up * exponent, down: down * exponent }
  })
  const ups = Float64Array.from(components, (c) => c.up)
  const downs = Float64Array.from(components, (c) => c.down)
  const logWeights = given.weights.map(Math.log)
  const line = given.alpha === undefined ? null : Math.log(1 / given.alpha) + overTheLine

  const mixture = (base: readonly number[], candidate: number, stable: number): number => {
    let most = -Infinity
    for (let j = 0; j < base.length; j++) most = Math.max(most, (base[j] ?? 0) + (ups[j] ?? 0) * candidate + (downs[j] ?? 0) * stable)
    let sum = 0
    for (let j = 0; j < base.length; j++) sum += Math.exp((base[j] ?? 0) + (ups[j] ?? 0) * candidate + (downs[j] ?? 0) * stable - most)
    return most + Math.log(sum)
  }

  /** Log evidence after a look that took the mixture to `after`, when no more is bet than reaches `toLine`. */
  const bet = (s: EventEvidence, from: number, toLine: number, after: number): number => {
    if (from >= toLine) return from
    const base = s.carried ?? logWeights
    const before = mixture(base, s.candidate, s.stable)
    const hoped = mixture(base, s.candidate + 1, s.stable + usualStable(s)) - before
    const part = hoped > 0 ? Math.min(Math.expm1(toLine - from) / Math.expm1(hoped), 1) : 1
    return from + logAfterBet(part, after - before)
  }

  return {
    start: { candidate: 0, stable: 0, peak: 0, ...(line === null ? {} : { staked: { logEvidence: mixture(logWeights, 0, 0), looks: 0 } }) },
    step(s, candidateEvents, stableEvents) {
      const [candidate, stable] = [s.candidate + candidateEvents, s.stable + stableEvents]
      const after = mixture(s.carried ?? logWeights, candidate, stable)
      if (line === null || !s.staked) return { ...s, candidate, stable, peak: Math.max(s.peak, after) }
      const logEvidence = bet(s, s.staked.logEvidence, line, after)
      return { ...s, candidate, stable, peak: Math.max(s.peak, logEvidence), staked: { logEvidence, looks: s.staked.looks + 1 } }
    },
    gains: (candidateEvents, stableEvents) => components.map((c) => c.up * candidateEvents + c.down * stableEvents),
    logEvidence: (s) => s.staked?.logEvidence ?? mixture(s.carried ?? logWeights, s.candidate, s.stable),
    fold: (s) => ({
      ...s,
      candidate: 0,
      stable: 0,
      carried: (s.carried ?? logWeights).map((base, j) => base + (ups[j] ?? 0) * s.candidate + (downs[j] ?? 0) * s.stable),
      ...(s.staked ? { staked: { ...s.staked, looks: 0 } } : {}),
    }),
    lowered(s) {
      if (!s.staked) return s
      // What was carried over from another share was gathered in the same belief: none of it counts.
      const logEvidence = Math.min(s.staked.logEvidence, mixture(s.carried ?? logWeights, s.candidate, s.stable), mixture(logWeights, s.candidate, s.stable))
      return { ...s, staked: { ...s.staked, logEvidence } }
    },
  }
}
