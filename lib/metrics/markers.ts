import type { ReleaseMarker } from '#lib/metrics/contract.ts'
import { isoOf, msOf } from '#lib/platform/time.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'
import { armName } from '#lib/rollouts/words.ts'

type Moment = { at: string; text: string }

/** The moments of one rollout that changed the traffic: each weight as it was read back, and the way back. */
function momentsOf(r: RolloutRow): Moment[] {
  const endedAt = r.endedAt?.toISOString() ?? null
  if (r.kind === 'rollback') return [{ at: endedAt ?? r.createdAt.toISOString(), text: `back to ${armName(r.stable)}` }]
  if (r.kind === 'shift') return endedAt && r.state === 'succeeded' ? [{ at: endedAt, text: 'split by hand' }] : []
  const weights = r.plan.steps.flatMap((step, i): Moment[] => {
    const at = r.runs[i]?.trafficAt
    if (!at) return []
    if (step.kind === 'setWeight') return [{ at, text: `${step.percent}%` }]
    // Only a first release serves from its deployment on.
    return step.kind === 'deploy' && r.stable === null ? [{ at, text: 'first release' }] : []
  })
  const named = weights.map((m, i) => (i === 0 ? { ...m, text: `${armName(r.candidate)} ${m.text === 'first release' ? 'first' : `at ${m.text}`}` } : m))
  return r.state === 'rolled_back' && endedAt ? [...named, { at: endedAt, text: 'rolled back' }] : named
}

/** Oldest first, inside the window. */
export function markersOf(rollouts: readonly RolloutRow[], fromMs: number, toMs: number): ReleaseMarker[] {
  return rollouts
    .flatMap((r) => momentsOf(r).map((m) => ({ rollout: r.id, at: isoOf(msOf(m.at)), text: m.text })))
    .filter((m) => msOf(m.at) >= fromMs && msOf(m.at) <= toMs)
    .toSorted((a, b) => a.at.localeCompare(b.at))
}
