import { durationText } from '#lib/platform/words.ts'

/** How long one sample spans and how late the source shows it. */
export type Timing = { samplePeriodMs: number; ingestDelayMs: number }
export type Window = { fromMs: number; toMs: number; lagSeconds: number }

/**
 * Whole samples after the step's traffic write and before what the source has not shown yet; at most `over` long, or the
 * source's shortest window where that is longer. Null while there is none.
 */
export function windowFor(rule: { overMs: number }, trafficAtMs: number, nowMs: number, t: Timing, shortestMs = 0): Window | null {
  const up = (ms: number) => Math.ceil(ms / t.samplePeriodMs) * t.samplePeriodMs
  const down = (ms: number) => Math.floor(ms / t.samplePeriodMs) * t.samplePeriodMs
  const toMs = down(nowMs - t.ingestDelayMs)
  const fromMs = Math.max(up(trafficAtMs), toMs - Math.max(rule.overMs, shortestMs))
  return toMs > fromMs ? { fromMs, toMs, lagSeconds: Math.round((nowMs - toMs) / 1000) } : null
}

/** Whole samples of a warm-up that the source shows: from where traffic moved, at `movedMs`, to where the first begins that counts. Null while there is none. */
export const coldWindow = (movedMs: number, countsFromMs: number, nowMs: number, t: Timing): Window | null =>
  windowFor({ overMs: Infinity }, movedMs, Math.min(nowMs, Math.ceil(countsFromMs / t.samplePeriodMs) * t.samplePeriodMs + t.ingestDelayMs), t)

/** Why nothing counts yet of what counts from `sinceMs` on. A clock that was set back is no warm-up. */
export const noSampleText = (t: Timing, { warmUpMs }: { warmUpMs?: number | undefined }, sinceMs: number, nowMs: number): string => {
  const coldMs = warmUpMs === undefined ? 0 : sinceMs - nowMs
  return coldMs > 0 ? `warms up for another ${durationText(Math.ceil(coldMs / 1000) * 1000)}: until then no request counts` : `no sample yet: the source shows requests about ${Math.ceil((t.samplePeriodMs + t.ingestDelayMs) / 1000)} s late`
}
