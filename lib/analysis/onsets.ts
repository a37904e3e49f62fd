/**
 * Evidence that a fault began late, as natural logs of parts of a whole that starts at 1: what still waits for a fault to
 * begin, and what each alternative has made of its part. `seen`: how much was looked at, in the unit of `pace`. Finite
 * numbers only: JSON keeps them exactly.
 */
export type Onsets = { waiting: number; begun: readonly number[]; seen: number }

export type OnsetTest = {
  start: Onsets
  /** `gains`: by how much each alternative's evidence grew in one look that saw `more`. */
  step: (s: Onsets, gains: readonly number[], more: number) => Onsets
  /** Traffic moved: faults that show under more of it begin now, so more than usual is put on them. */
  moved: (s: Onsets) => Onsets
  /** Of an alternative's gains that turn out to have been too large: none of them counts. */
  lowered: (s: Onsets) => Onsets
  logEvidence: (s: Onsets) => number
}

/** The part of the waiting that is put on a fault that begins where traffic moves. */
const atMove = 0.25
/** What has not begun still needs a number. */
const nearlyNothing = 1e-9
/** Chance that nothing has begun after a time n times the pace: 1/sqrt(1 + n), so that it is never given up. */
const slowness = 0.5

export function logSum(logs: readonly number[]): number {
  const most = Math.max(...logs)
  return most + Math.log(logs.reduce((sum, x) => sum + Math.exp(x - most), 0))
}

/**
 * A mixture over when a fault begins: until then an alternative stakes nothing, so a long healthy time costs it nothing.
 *
 * A test that bets from the first request on loses with every healthy one, and must win that back before it can see a fault
 * of the second hour: after an hour of 100 requests a second at 1% errors it needs 20 times the limit for
 * a five-fold rate, this one 6. This one keeps its stake
 * and puts a little of it on "begins now" after each look; what it pays is the logarithm of how many moments there were.
 * Moving a part of the stake from one fair bet to another changes no mean, so it is valid at every look.
 * @param weights of the alternatives, 1 or less in sum @param pace about as much as one alternative needs to show itself
 * Source: a change point with a prior over its time, Shiryaev 1963; the stake that moves along a chain is the fixed share of
 * Herbster & Warmuth, Machine Learning 32, 1998; e-processes for changes: Shin, Ramdas & Rinaldo, arXiv 2203.03532.
 */
export function onsets(weights: readonly number[], pace: number): OnsetTest {
  const logWeights = weights.map(Math.log)
  /** Puts the part exp(`logPart`) of what waits on the alternatives. */
  const begin = (s: Onsets, part: number): Onsets => {
    if (part <= 0) return s
    const flow = s.waiting + Math.log(part)
    return { ...s, waiting: s.waiting + Math.log1p(-part), begun: s.begun.map((mass, j) => logSum([mass, flow + (logWeights[j] ?? 0)])) }
  }
  const fresh = (waiting: number, seen: number): Onsets => ({ waiting: waiting + Math.log1p(-nearlyNothing), begun: logWeights.map((w) => waiting + w + Math.log(nearlyNothing)), seen })
  return {
    start: fresh(0, 0),
    step(s, gains, more) {
      const grown = { ...s, begun: s.begun.map((mass, j) => mass + (gains[j] ?? 0)), seen: s.seen + more }
      return begin(grown, 1 - ((pace + s.seen) / (pace + grown.seen)) ** slowness)
    },
    moved: (s) => begin(s, atMove),
    lowered: (s) => fresh(s.waiting, s.seen),
    logEvidence: (s) => logSum([s.waiting, ...s.begun]),
  }
}

/** The part of a test that is kept for faults that begin late; it costs those that are there from the first request a fiftieth more requests at most. */
export const latePart = 0.04

/** ln of the weighted sum of a test that bets from the start and of one that waits. */
export const logOfBoth = (first: number, late: number): number => logSum([Math.log1p(-latePart) + first, Math.log(latePart) + late])
