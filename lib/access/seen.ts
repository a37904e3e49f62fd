import 'server-only'
import { type Actor, can } from '#lib/access/actor.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'

const { sql } = Prisma
const seesAll = (actor: Actor) => can(actor, 'view', { applicationId: null })

/** Places where a role lets this actor view, pair by pair; without one nothing is seen. */
function places(actor: Actor) {
  const grants = actor.grants.filter((g) => can(actor, 'view', g))
  return sql`unnest(${grants.map((g) => g.applicationId)}::uuid[], ${grants.map((g) => g.environmentId)}::uuid[]) as seen(application_id, environment_id)`
}

/** Environments `e` whose objects this actor may view, as a condition. The same rule as `can`. */
export const seenEnvironment = (actor: Actor): Prisma.Sql =>
  seesAll(actor) ? sql`true` : sql`exists (select 1 from ${places(actor)} where seen.application_id = e.application_id and (seen.environment_id is null or seen.environment_id = e.id))`

/** Applications `a` of which this actor may view something: all of it, or an environment that is in use. */
export const seenApplication = (actor: Actor): Prisma.Sql =>
  seesAll(actor)
    ? sql`true`
    : sql`exists (select 1 from ${places(actor)} where seen.application_id = a.id and (seen.environment_id is null or exists (select 1 from environment own where own.id = seen.environment_id and own.application_id = a.id and own.retired_at is null)))`
