import 'server-only'
import { db } from '#lib/platform/db/client.ts'
import type { Health } from '#lib/health/schema.ts'
import { sourcePath } from '#lib/metrics/source.ts'
import { CloudRunLocator, MetricsSource } from '#lib/rollouts/schema.ts'

/** One process claims at a time; the number only has to differ from other advisory locks. */
const claimLock = 7_340_010

export type DueTarget = { id: string; locator: CloudRunLocator; /** What its blueprint measures it by, if by anything. */ source: MetricsSource | null }

/**
 * Takes every project of which some target was not looked at for so long, whole, so that one question to the source
 * serves all its targets and several workers do not ask twice. A look from far ahead is of before the clock was set
 * back. Nothing is held while the source is asked.
 */
export function claimDue(now: Date, everyMs: number): Promise<DueTarget[]> {
  const [before, ahead] = [new Date(now.getTime() - everyMs), new Date(now.getTime() + everyMs)]
  return db.$transaction(async (tx) => {
    const [lock] = await tx.$queryRaw<{ taken: boolean }[]>`select pg_try_advisory_xact_lock(${claimLock}) as taken`
    if (lock?.taken !== true) return []
    const claimed = await tx.$queryRaw<{ id: string }[]>`
      with due as (
        select distinct t.locator ->> 'project' as project from target t left join target_health h on h.target_id = t.id
        where t.retired_at is null and (h.target_id is null or h.tried_at <= ${before} or h.tried_at > ${ahead}))
      insert into target_health (target_id, tried_at)
        select t.id, ${now} from target t join due on due.project = t.locator ->> 'project' where t.retired_at is null
      on conflict (target_id) do update set tried_at = excluded.tried_at
      returning target_id as id`
    if (claimed.length === 0) return []
    const rows = await tx.$queryRaw<{ id: string; locator: unknown; metrics: unknown }[]>`
      select t.id, t.locator, jsonb_path_query_first(a.blueprint, ${sourcePath}::jsonpath, jsonb_build_object('environment', e.slug, 'service', s.slug)) as metrics
      from target t join environment e on e.id = t.environment_id join application a on a.id = e.application_id join service s on s.id = t.service_id
      where t.id = any(${claimed.map((c) => c.id)}::uuid[])`
    return rows.map(({ id, locator, metrics }) => ({ id, locator: CloudRunLocator.parse(locator), source: MetricsSource.nullable().parse(metrics) }))
  })
}

/** All of one look in one statement. A look that took so long that another began since writes nothing. */
export async function storeHealth(triedAt: Date, found: readonly { id: string; health: Health }[]): Promise<void> {
  const [ids, readings] = [found.map((f) => f.id), found.map((f) => JSON.stringify(f.health))]
  await db.$executeRaw`
    update target_health h set reading = f.reading::jsonb from unnest(${ids}::uuid[], ${readings}::text[]) as f(id, reading)
    where h.target_id = f.id and h.tried_at = ${triedAt}`
}
