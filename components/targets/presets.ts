import type { TargetView } from '#lib/targets/contract.ts'

const presets = ['Errors', 'Slow', 'Wrong version'] as const
/** From here on errors are the likeliest reason; below, claiming them would be false in the record. */
const failingPercent = 1
/** Workers read once a minute; three looks missed say nothing of now. */
const freshForMs = 200_000

type Facts = Pick<TargetView, 'health' | 'now' | 'split'> & { rollback: Pick<TargetView['rollback'], 'from'> }

/** What the revision that is left answered in the last minutes; null where that is not known. */
function answered({ health, now, split, rollback: { from } }: Facts) {
  if (health?.state !== 'measured' || !from || Date.parse(now) - Date.parse(health.asOf) > freshForMs) return null
  const own = health.revisions.find((r) => r.revision === from.revision)
  // Where one revision answered, the sum is its.
  return own ?? (health.revisions.length === 0 && split?.[from.revision] === 100 ? health : null)
}

/** Reasons for a rollback to choose from. The first is chosen until somebody chooses another: what was measured, else none that was not. */
export function presetsFor(t: Facts): readonly string[] {
  const seen = answered(t)
  return seen && seen.errors > 0 && seen.errors * 100 >= seen.requests * failingPercent ? presets : ['Precaution', ...presets]
}
