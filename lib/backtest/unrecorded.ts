import type { RecordedLook } from '#lib/engine/compare/schema.ts'

/** A look of so many samples is one after a silence, as when no worker ran: what falls into it cannot be told apart. */
const samplesOfLongLook = 2
const longLookMs = 15_000

/**
 * Milliseconds that rules with a warm-up of `triedMs` would have looked at, and that the record lacks, because the rollout
 * itself left `ownMs` out after each of its moves and they were not recorded then. Up to one sample a move is the grid of
 * the source and not a lack; neither is the look in which the tried warm-up ends. Looks come oldest first.
 */
export function unrecordedMs(looks: readonly RecordedLook[], movedMs: readonly number[], ownMs: number, triedMs: number): number {
  if (ownMs <= triedMs || looks.length === 0) return 0
  const sampleMs = Math.min(...looks.map((l) => l.toMs - l.fromMs))
  const moves = movedMs.toSorted((a, b) => a - b)
  return moves.reduce((sum, moved, i) => {
    const here = looks.filter((l) => l.fromMs >= moved && l.fromMs < (moves[i + 1] ?? Infinity))
    const lack = lackMs(here, moved + triedMs, Math.max(longLookMs, samplesOfLongLook * sampleMs))
    return sum + (lack > sampleMs ? lack : 0)
  }, 0)
}

/** Of the time from `fromMs` to the first look that counted then, what no look covers. Nothing where traffic moved on before any look. */
function lackMs(looks: readonly RecordedLook[], fromMs: number, longMs: number): number {
  const endMs = looks.find((l) => !l.isCold)?.fromMs ?? looks.at(-1)?.toMs
  if (endMs === undefined || endMs <= fromMs) return 0
  const covers = looks.filter((l) => l.isCold && l.toMs > fromMs && (l.fromMs >= fromMs || l.toMs - l.fromMs <= longMs))
  return endMs - fromMs - covers.reduce((sum, l) => sum + Math.min(l.toMs, endMs) - Math.max(l.fromMs, fromMs), 0)
}
