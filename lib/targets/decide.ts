import type { KnownRevision, WayBack, WayBackFacts } from '#lib/targets/schema.ts'

const outcomeWords: Record<string, string> = {
  failed: 'its rollout failed before it had traffic',
  failed_serving: 'its rollout failed while it served',
  aborted: 'its rollout was aborted',
  rolled_back: 'it was rolled back',
}

/** Why this revision is not gone back to; null when it may be. */
export function unfit(r: KnownRevision, heldDigests: readonly string[]): string | null {
  if (r.deleted) return 'the provider deleted it'
  if (r.outcome === 'rolled_back' || r.outcome === 'failed_serving') return outcomeWords[r.outcome] ?? r.outcome
  if (r.digest !== null && heldDigests.includes(r.digest)) return 'it is held here'
  if (r.proven === null) return r.outcome ? (outcomeWords[r.outcome] ?? r.outcome) : 'it never held 100% with a passing verdict'
  if (!r.ready) return 'the provider says it is not ready'
  return null
}

/** Largest share; null when nothing serves. */
function mainOf(split: Record<string, number>): string | null {
  const rows = Object.entries(split).toSorted(([a, p], [b, q]) => q - p || (a < b ? -1 : 1))
  return rows[0]?.[0] ?? null
}

/**
 * Where Roll back goes (promise 1): during a rollout to its stable; when something unexpected serves, to the stable known
 * before; else to what was stable when the serving one was shipped, or, where that is not known or not fit, to the last
 * one that was proven before it. Never by creation order, never twice back.
 */
export function wayBack(f: WayBackFacts): WayBack {
  const serving = mainOf(f.liveSplit)
  // A candidate without a name yet has no traffic: what serves is its stable, and pressing leaves the rollout, not stable.
  const byName = (name: string | null) => f.revisions.find((r) => r.name === name) ?? null
  // Stable serves most, and something never proven serves beside it: that is what is left, not stable.
  const beside = serving === f.stableRevision ? mainOf(Object.fromEntries(Object.entries(f.liveSplit).filter(([name, p]) => p > 0 && name !== serving && !byName(name)?.proven))) : null
  const fromName = f.open ? f.open.candidate : (beside ?? serving)
  const preferred = f.open ? (f.open.stable ?? f.stableRevision) : fromName !== f.stableRevision ? f.stableRevision : null
  const first = byName(preferred)
  const fit = (r: KnownRevision) => r.name !== fromName && unfit(r, f.heldDigests) === null
  const before = byName(fromName)?.provenAtMs ?? Infinity
  const proven = f.revisions.filter((r) => fit(r) && (r.provenAtMs ?? 0) <= before).toSorted((a, b) => (b.provenAtMs ?? 0) - (a.provenAtMs ?? 0))
  // Stable serves already, or did: a hold on its digest is about the config it was shipped with again, not about going back to it.
  const isFirst = first !== null && first.name !== fromName && unfit(first, []) === null
  // A split written by hand moves what serves without proving anything: the last proven one may have been left before.
  const servedBefore = byName(byName(fromName)?.servedBefore ?? null)
  const to = isFirst ? first : servedBefore && fit(servedBefore) ? servedBefore : (proven[0] ?? null)
  const why = !isFirst && to && to === servedBefore ? `${to.name} is what served before` : 'an earlier proven one is nearer to what served before'
  const skipped = f.revisions
    .filter((r) => r.name !== fromName && r.name !== to?.name && (to === null || r.createdAtMs > to.createdAtMs || (!isFirst && r === servedBefore)))
    .map((r) => ({ revision: r.name, reason: unfit(r, f.heldDigests) ?? why }))
  return { to, from: byName(fromName), fromName, skipped }
}

/** What a person must know before sending traffic to a release that was taken out of use. It warns and does not refuse: going back stays open. */
export const withdrawnText = (r: Pick<KnownRevision, 'name' | 'version' | 'withdrawn'>): string | null =>
  r.withdrawn && `${r.version ?? r.name} was ${r.withdrawn.as}${r.withdrawn.by === null ? '' : ` by ${r.withdrawn.by}`}${r.withdrawn.reason === null ? '' : `: ${r.withdrawn.reason}`}`

type Side = Pick<KnownRevision, 'name' | 'version' | 'schema'>

/** Can the target's code read the schema that the version left brought? Undeclared is unknown, never safe. */
export function schemaVerdict(from: Side | null, to: Side): { state: 'ok' | 'warning' | 'refused'; detail: string } {
  if (!from?.schema || !to.schema) return { state: 'warning', detail: `unknown: ${!to.schema ? (to.version ?? to.name) : (from?.version ?? 'the serving version')} declares no schema range` }
  const live = from.schema.version
  if (live >= to.schema.min && live <= to.schema.max) return { state: 'ok', detail: `schema ${live} is within ${to.schema.min}–${to.schema.max} of ${to.version ?? to.name}` }
  const undo = from.schema.reversible ? 'its migration can be undone first' : 'its migration cannot be undone'
  return { state: 'refused', detail: `${from.version ?? from.name} brought schema ${live}; ${to.version ?? to.name} reads ${to.schema.min}–${to.schema.max}, and ${undo}. Keep the present split, or roll forward` }
}
