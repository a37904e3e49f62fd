import 'server-only'

type Reading = { atMs: number; maxAgeMs: number; value: Promise<unknown> }
type Shared = typeof globalThis & { sluiceReadings?: Map<string, Reading> }
// One map per process, whatever the number of bundles Next makes of this module.
const shared = globalThis as Shared
const readings = () => (shared.sluiceReadings ??= new Map())

/** Longer than any reading is kept; what is older is dropped when a new one comes, so that the map does not grow for ever. */
const longestMs = 600_000

/**
 * One reading for all who ask within its age (product time): the number of calls to a provider does not grow with the
 * number of viewers. Who asks while it is under way waits for it. `maxAgeOf` may give what came out a shorter life; a
 * reading that throws is not kept.
 */
export function sharedReading<T>(key: string, nowMs: number, maxAgeOf: (value: T) => number, read: () => Promise<T>): Promise<T> {
  const last = readings().get(key)
  if (last && Math.abs(nowMs - last.atMs) <= last.maxAgeMs) return last.value as Promise<T> // a key belongs to one kind of reading
  for (const [other, r] of readings()) if (Math.abs(nowMs - r.atMs) > longestMs) readings().delete(other)
  const value = read()
  const reading: Reading = { atMs: nowMs, maxAgeMs: longestMs, value }
  readings().set(key, reading)
  void value.then(
    (v) => void (reading.maxAgeMs = Math.min(longestMs, maxAgeOf(v))),
    () => void (readings().get(key) === reading && readings().delete(key)),
  )
  return value
}
