import { type Actor, can } from '#lib/access/actor.ts'
import type { ApplicationRow } from '#lib/applications/store.ts'

/** Applications in which some role of the actor holds; null for all. Whether it opens `view` is asked per row. */
export function visibleIds(actor: Actor): string[] | null {
  if (actor.grants.some((g) => g.applicationId === null)) return null
  return actor.grants.flatMap((g) => (g.applicationId === null ? [] : [g.applicationId]))
}

const seesAll = (actor: Actor, row: ApplicationRow): boolean => can(actor, 'view', { applicationId: row.id })

/** Who is bound to some environments of an application sees only those. */
export const seenEnvironments = (actor: Actor, row: ApplicationRow): ApplicationRow['environments'] =>
  row.environments.filter((e) => seesAll(actor, row) || can(actor, 'view', { applicationId: row.id, environmentId: e.id }))

export const maySee = (actor: Actor, row: ApplicationRow): boolean => seesAll(actor, row) || seenEnvironments(actor, row).length > 0
