import type { RecordedLook } from '#lib/engine/compare/schema.ts'

/** A look of so many samples is one after a silence, as when no worker ran: what falls into it cannot be told apart. */
const samplesOfLongLook = 2
const longLookMs = 15_000

/**
 * Milliseconds that rules with a warm-up of `triedMs` would have looked at, and that the record lacks, because the rollout
 * itself left `ownMs` out after each of its moves and they were not recorded then. Less than a sample (`sampleMs` at most,
 * and never longer than a look) is the grid of the source and not a lack; neither is the look in which the tried warm-up
 * ends. Looks come oldest first.
 */
export function unrecordedMs(looks: readonly RecordedLook[], movedMs: readonly number[], { ownMs, triedMs, sampleMs }: { ownMs: number; triedMs: number; sampleMs: number }): number {
  if (ownMs <= triedMs) return 0
  const gridMs = looks.reduce((least, l) => Math.min(least, l.toMs - l.fromMs), sampleMs)
  const moves = movedMs.toSorted((a, b) => a - b)
  return moves.reduce((sum, moved, i) => {
    const here = looks.filter((l) => l.fromMs >= moved && l.fromMs < (moves[i + 1] ?? Infinity))
    const lack = lackMs(here, moved + triedMs, Math.max(longLookMs, samplesOfLongLook * gridMs))
    return sum + (lack >= gridMs ? lack : 0)
  }, 0)
}

/** Of the time from `fromMs` to the first look that counted then, what no look covers. Nothing where traffic moved on before any look. */
function lackMs(looks: readonly RecordedLook[], fromMs: number, longMs: number): number {
  const first = looks.findIndex((l) => !l.isCold)
  const cold = first === -1 ? looks : looks.slice(0, first)
  const endMs = looks[first]?.fromMs ?? cold.at(-1)?.toMs
  if (endMs === undefined || endMs <= fromMs) return 0
  const covers = cold.filter((l) => l.toMs > fromMs && (l.fromMs >= fromMs || l.toMs - l.fromMs <= longMs))
  return endMs - fromMs - covers.reduce((sum, l) => sum + l.toMs - Math.max(l.fromMs, fromMs), 0)
}
