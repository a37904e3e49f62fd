import type { Look } from '#lib/analysis/model.ts'

/**
 * What can be wrong with a feed, and how it is said. A look with one of these is set aside: it adds nothing to any evidence, and
 * until it is over no rule passes or fails by it. The feed is never the release's fault.
 */
export const causes = {
  'not JSON': 'the line is not JSON',
  'not a look': 'a look needs t, candidate and stable, and an arm needs requests, errors and latency',
  'not a number': 'a time or count is not a finite number',
  'not a whole number': 'a count is not a whole number',
  'counter reset': 'a count is negative, as after a reset of the counter it was taken from',
  'more errors than requests': 'an arm has more errors than requests',
  'latency buckets': 'the number of latency buckets is not that of the history',
  'latency sum': 'the latency counts do not add up to the requests',
  'latency missing': 'there are requests but no latency counts',
  'latency unit': 'all requests lie in the slowest or the fastest bucket, unlike in the history: another unit of time, or an arm that hangs',
  'empty revision': 'the counts name no revision',
  'wrong revision': 'the counts are of another revision',
  'duplicate look': 'the look has the same time as the one before',
  'out of order': 'the look is older than the one before',
  late: 'the look came after a gap in the feed and covers it',
  'clock skew': 'the look is more than a day after the one before',
  'no requests': 'neither arm has any requests',
  'candidate silent': 'only stable has requests',
  'stable silent': 'only the candidate has requests',
  'traffic split': 'requests do not arrive in the configured split',
} as const satisfies Record<string, string>
export type Cause = keyof typeof causes

export type Expected = {
  /** Latency buckets of the history; null without one, then latency is not looked at. */
  buckets: number | null
  revisions?: { candidate: string; stable: string } | undefined
}

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x)

function countCause(n: unknown): Cause | null {
  if (typeof n !== 'number' || !Number.isFinite(n)) return 'not a number'
  if (n < 0) return 'counter reset'
  return Number.isSafeInteger(n) ? null : 'not a whole number'
}

/** Two counters of one source are read at slightly different moments; more than this apart they are not of the same requests. */
const allowedApart = (requests: number) => Math.max(2, 0.05 * requests)

function latencyCause(latency: readonly unknown[], requests: number, buckets: number | null): Cause | null {
  let sum = 0
  for (const n of latency) {
    const cause = countCause(n)
    if (cause) return cause
    sum += Number(n)
  }
  if (latency.length === 0 || buckets === null) return null
  if (latency.length !== buckets) return 'latency buckets'
  return Math.abs(sum - requests) > allowedApart(requests) ? 'latency sum' : null
}

function armCause(arm: unknown, expected: Expected, revision: string | undefined): Cause | null {
  if (!isObject(arm) || !('requests' in arm) || !('errors' in arm) || !Array.isArray(arm['latency'])) return 'not a look'
  const { requests, errors } = arm
  const cause = countCause(requests) ?? countCause(errors)
  if (cause) return cause
  if (Number(errors) > Number(requests)) return 'more errors than requests'
  if (revision !== undefined && typeof arm['revision'] !== 'string') return 'empty revision'
  if (revision !== undefined && arm['revision'] !== revision) return arm['revision'] === '' ? 'empty revision' : 'wrong revision'
  return latencyCause(arm['latency'], Number(requests), expected.buckets)
}

function lookCause(value: unknown, expected: Expected): Cause | null {
  if (!isObject(value) || !('t' in value)) return 'not a look'
  if (typeof value['t'] !== 'number' || !Number.isFinite(value['t'])) return 'not a number'
  return armCause(value['candidate'], expected, expected.revisions?.candidate) ?? armCause(value['stable'], expected, expected.revisions?.stable)
}

/** The value as a look when it has the shape and the sense of one, else what is wrong with it. Written out by hand: a pipe brings tens of thousands a second. */
export function readLook(value: unknown, expected: Expected): Look | Cause {
  // Every field was looked at by then.
  return lookCause(value, expected) ?? (value as Look)
}

/** Requests that must lie in one end bucket before it is taken for a unit and not for chance. */
const unitRequests = 20
/** What the history may have had there. */
const rareMass = 0.2

/** Does that much of the latencies lie in the first or the last bucket, which the history hardly used? */
function isAtAnEnd(latency: readonly number[], masses: readonly number[], least: number, part: number): boolean {
  const total = latency.reduce((a, b) => a + b, 0)
  const ends = [0, masses.length - 1]
  return total >= least && ends.some((end) => (latency[end] ?? 0) >= part * total && (masses[end] ?? 1) < rareMass)
}

/**
 * Are latencies in another unit? All of one arm's, or nearly all of both: one arm with nearly all of them there is slow in earnest.
 * @param least requests of an arm that say so
 */
export function unitCause(arms: { candidate: { latency: readonly number[] }; stable: { latency: readonly number[] } }, masses: readonly number[], least = unitRequests): Cause | null {
  const both = [arms.candidate.latency, arms.stable.latency]
  const isOther = both.some((latency) => isAtAnEnd(latency, masses, least, 1)) || both.every((latency) => isAtAnEnd(latency, masses, least, 0.95))
  return isOther ? 'latency unit' : null
}
