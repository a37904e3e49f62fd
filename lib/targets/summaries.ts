import 'server-only'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { read } from '#lib/platform/db/read.ts'
import type { Split } from '#lib/rollouts/schema.ts'

const { sql } = Prisma

/** A target as lists show it, without its snapshot: that is tens of kilobytes. */
export type TargetSummaryRow = {
  id: string
  applicationId: string
  environmentId: string
  application: string
  environment: string
  tier: string
  service: string
  locator: unknown
  stableRevision: string | null
  stable: { id: string; version: string } | null
  stableSince: Date | null
  split: Split | null
  snapshotAt: Date | null
  snapshotError: string | null
  drift: unknown
  /** What the metrics source said last. */
  health: unknown
  open: { id: string; state: string } | null
  hold: { id: string; digests: string[]; release: { id: string; version: string } | null; reason: string; by: string; at: string } | null
}

const ref = (release: Prisma.Sql) => sql`case when ${release}.id is not null then json_build_object('id', ${release}.id, 'version', ${release}.version) end`
/** As JavaScript writes a time: UTC to the millisecond. */
const iso = (at: Prisma.Sql) => sql`to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/**
 * Targets by id in the order of applications, environments and services. `notable` leaves out those where all is as
 * intended: those with a rollout, a hold, drift or a failed read stay.
 */
export const findTargetSummaries = (ids: readonly string[], which?: 'notable'): Promise<TargetSummaryRow[]> =>
  read<TargetSummaryRow>(sql`
    select t.id, a.id as "applicationId", e.id as "environmentId", a.slug as application, e.slug as environment, e.tier, s.slug as service, t.locator,
      t.stable_revision as "stableRevision", ${ref(sql`r`)} as stable, t.stable_since as "stableSince",
      t.live_split as split, t.snapshot_at as "snapshotAt", t.snapshot_error as "snapshotError", t.drift, th.reading as health,
      case when o.id is not null then json_build_object('id', o.id, 'state', o.state) end as open,
      case when h.id is not null then json_build_object('id', h.id, 'digests', h.digests, 'release', ${ref(sql`hr`)}, 'reason', h.reason, 'by', h.by_name, 'at', ${iso(sql`h.at`)}) end as hold
    from target t join environment e on e.id = t.environment_id join application a on a.id = e.application_id join service s on s.id = t.service_id
      left join release r on r.id = t.stable_release_id
      left join target_health th on th.target_id = t.id
      left join rollout o on o.target_id = t.id and o.state in ('pending', 'running', 'paused', 'held', 'rolling_back')
      left join target_hold h on h.target_id = t.id and h.lifted_at is null left join release hr on hr.id = h.release_id
    where t.id = any(${[...ids]}::uuid[]) ${which === 'notable' ? sql`and (o.id is not null or h.id is not null or t.drift is not null or t.snapshot_error is not null)` : Prisma.empty}
    order by a.slug, e.position, s.position, t.id`)
