import { bernoulliDivergence, candidateShareOfEvents, informationPerRequest } from '#lib/analysis/limit.ts'

/** `atLeast`: stable has shown no such event yet, so the true number may be much larger. */
export type Forecast = { requests: number; atLeast: boolean }

/** What stable shows: `events` of `requests`, errors or slow requests. */
type Seen = { requests: number; events: number }

/** Mean evidence beyond ln(1/alpha) that the error test needs: its mixture's price and the overshoot of the last event, measured for ratios 1.5 to 5. */
const priceOfMixture = 1

/**
 * Rate of the events on stable, or the largest rate that 95% of services with as clean a record stay below (rule of three:
 * 1 - (1-3/n)^n is about .95).
 */
function rateOf(seen: Seen): { rate: number; atLeast: boolean } | null {
  if (seen.requests <= 0) return null
  if (seen.events === 0) return { rate: Math.min(3 / seen.requests, 0.5), atLeast: true }
  return { rate: seen.events / seen.requests, atLeast: false }
}

/**
 * Requests of both arms still needed until the test is expected to fail a candidate that has the event `ratio` times as often as stable:
 * the limit for that difference, times what the test needs above it, for the evidence still missing.
 * @param logEvidence gathered so far, nats @param price nats that the test needs beyond ln(1/alpha) @param tolerance of the test's null
 * @param varianceRatio of the events: bunches of m tell as much as single ones do in m times as many requests
 * @returns null when stable has had no requests or the test allows that ratio; 0 requests once the evidence is there
 */
export function forecastFail(given: {
  share: number
  alpha: number
  logEvidence: number
  stable: Seen
  ratio?: number
  tolerance?: number
  price?: number
  varianceRatio?: number
}): Forecast | null {
  const { share, ratio = 2, tolerance = 0, price = priceOfMixture, varianceRatio = 1 } = given
  const found = rateOf(given.stable)
  if (!found || ratio <= 1 + tolerance) return null
  const bar = Math.log(1 / given.alpha)
  const worse = Math.min(found.rate * ratio, 1)
  const eventsPerRequest = share * worse + (1 - share) * found.rate
  const information =
    tolerance > 0
      ? eventsPerRequest * bernoulliDivergence(candidateShareOfEvents(share, ratio), candidateShareOfEvents(share, 1 + tolerance))
      : informationPerRequest(share, [1 - found.rate, found.rate], [1 - worse, worse])
  if (information <= 0) return null
  const missing = Math.max(bar - given.logEvidence, 0) * (1 + price / bar) * varianceRatio
  return { requests: Math.ceil(missing / information), atLeast: found.atLeast }
}

/** The forecast as time at each share, since a larger share needs fewer requests; `requestsPerSecond` of both arms together. */
export function forecastByShare(
  given: Omit<Parameters<typeof forecastFail>[0], 'share'> & { shares: readonly number[]; requestsPerSecond: number },
): { share: number; requests: number; seconds: number }[] {
  if (given.requestsPerSecond <= 0) return []
  return given.shares.flatMap((share) => {
    const forecast = forecastFail({ ...given, share })
    return forecast ? [{ share, requests: forecast.requests, seconds: forecast.requests / given.requestsPerSecond }] : []
  })
}

function spokenTime(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  if (seconds < 90 * 60) return `${Math.ceil(seconds / 60)} min`
  if (seconds < 36 * 3600) return `${(seconds / 3600).toFixed(1)} h`
  return `${(seconds / 86_400).toFixed(1)} days`
}

/** "about 420 more requests, 38 min at 10%, 15 min at 25%": the first share is the present one. Empty when nothing can be said. */
export function forecastSentence(by: readonly { share: number; requests: number; seconds: number }[], { atLeast = false, of = '' } = {}): string {
  const now = by[0]
  if (!now) return ''
  const times = by.map((at) => `${spokenTime(at.seconds)} at ${Number((at.share * 100).toPrecision(3))}%`)
  return [`${atLeast ? 'at least' : 'about'} ${now.requests.toLocaleString('en')} more requests${of}`, ...times].join(', ')
}
