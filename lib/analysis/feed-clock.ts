import type { Cause } from '#lib/analysis/feed.ts'
import type { Look } from '#lib/analysis/model.ts'

/** When looks came: the last good one, one set aside as late, the longest gap between good ones. */
export type Clock = { t: number | null; lateT: number | null; cadenceSeconds: number | null }
export const clockStart: Clock = { t: null, lateT: null, cadenceSeconds: null }

const leastGapSeconds = 600
const daySeconds = 86_400

/**
 * Does the look follow the ones before? A gap is late when it is over ten minutes and over ten times the longest before. The late look is set
 * aside but remembered, so that the next is measured from it or, if that one's clock was wrong, from the last good one. `hasNoGaps`: whoever
 * looks reads all since the look before, so that a pause is theirs and says nothing of the feed.
 */
export function tick(clock: Clock, t: number, hasNoGaps = false): { clock: Clock; cause: Cause | null } {
  if (clock.t === null) return { clock: { ...clock, t }, cause: null }
  if (t === clock.t) return { clock, cause: 'duplicate look' }
  // Before a second look nothing says which of two clocks a day apart is right, so the first may have been the wrong one.
  if (clock.cadenceSeconds === null && clock.t - t > daySeconds) return { clock: { ...clock, t }, cause: null }
  if (t < clock.t) return { clock, cause: 'out of order' }
  const gap = t - clock.t
  if (hasNoGaps) return { clock: { ...clock, t }, cause: null }
  if (gap > daySeconds) return { clock, cause: 'clock skew' }
  const allowed = clock.cadenceSeconds === null ? daySeconds : Math.max(leastGapSeconds, 10 * clock.cadenceSeconds)
  const follows = gap <= allowed
  if (!follows && (clock.lateT === null || t <= clock.lateT || t - clock.lateT > allowed)) return { clock: { ...clock, lateT: t }, cause: 'late' }
  return { clock: { t, lateT: null, cadenceSeconds: follows ? Math.max(gap, clock.cadenceSeconds ?? 0) : clock.cadenceSeconds }, cause: null }
}

/** Requests of the other arm since an arm's last, and since when there were none at all. */
export type Silence = { candidate: number; stable: number; sinceT: number | null }
export const silenceStart: Silence = { candidate: 0, stable: 0, sinceT: null }

const expectedMissing = 20
const quietSeconds = 900

/**
 * Is an arm, or the whole feed, silent? An arm is when twenty of its requests are missing by the configured split, which chance does
 * once in 500 million looks; both are from the first look on without any request, or after a quarter of an hour without one.
 */
export function listen(s: Silence, look: Look, share: number): { silence: Silence; cause: Cause | null } {
  const [c, b] = [look.candidate.requests, look.stable.requests]
  const isQuiet = c + b === 0
  const silence = { candidate: c > 0 ? 0 : s.candidate + b, stable: b > 0 ? 0 : s.stable + c, sinceT: isQuiet ? s.sinceT : look.t }
  if (isQuiet) return { silence, cause: s.sinceT === null || look.t - s.sinceT > quietSeconds ? 'no requests' : null }
  if ((silence.candidate * share) / (1 - share) >= expectedMissing) return { silence, cause: 'candidate silent' }
  if ((silence.stable * (1 - share)) / share >= expectedMissing) return { silence, cause: 'stable silent' }
  return { silence, cause: null }
}
