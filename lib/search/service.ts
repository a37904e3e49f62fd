import 'server-only'
import { type Actor, authorise, can } from '#lib/access/actor.ts'
import type { Output, Parsed } from '#lib/platform/endpoint.ts'
import { visibleApplications } from '#lib/releases/visible.ts'
import type { Scope } from '#lib/search/conditions.ts'
import { type search, searchKinds } from '#lib/search/contract.ts'
import { findRows, maxOfKind, type Row } from '#lib/search/store.ts'
import { foundOf } from '#lib/search/view.ts'
import { wordsOf } from '#lib/search/words.ts'

/** Finds by words among what this actor may view; the rest is not there. */
export async function find(actor: Actor, input: Parsed<typeof search>): Promise<Output<typeof search>> {
  authorise(actor, 'view', null, 'search')
  const rows = await findRows(wordsOf(input.q), scopeOf(actor))
  const ofKind = (kind: string) => rows.filter((r) => r.kind === kind)
  const kept = searchKinds.flatMap((kind) => ofKind(kind).slice(0, maxOfKind))
  return { items: kept.sort(byFit).map(foundOf), more: searchKinds.filter((kind) => ofKind(kind).length > maxOfKind) }
}

// Rows of a kind come in their order already; sorting is stable.
const byFit = (a: Row, b: Row) => a.rank - b.rank || searchKinds.indexOf(a.kind) - searchKinds.indexOf(b.kind)

function scopeOf(actor: Actor): Scope {
  const visible = visibleApplications(actor)
  const grants = actor.grants.filter((g) => can(actor, 'view', g))
  return {
    everywhere: visible === 'all',
    applications: visible === 'all' ? [] : visible,
    whole: grants.flatMap((g) => (g.applicationId !== null && g.environmentId === null ? [g.applicationId] : [])),
    environments: grants.flatMap((g) => g.environmentId ?? []),
  }
}
