import type { RolloutLine } from '#lib/rollouts/contract.ts'

/** What a rollout is called on every page. */
export function rolloutTitle(r: Pick<RolloutLine, 'kind' | 'release' | 'target' | 'stable' | 'candidate'>): string {
  const place = `${r.target.service} in ${r.target.environment}`
  if (r.kind === 'rollback') return `Rollback of ${place}${r.stable?.version ? ` to ${r.stable.version}` : ''}`
  if (r.kind === 'shift') return `Traffic shift of ${place}`
  return `Rollout of ${r.release?.version ?? r.candidate?.version ?? 'an unknown release'} to ${r.target.environment}`
}
