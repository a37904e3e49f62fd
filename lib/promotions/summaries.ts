import 'server-only'
import { z } from 'zod'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { read } from '#lib/platform/db/read.ts'
import { Unmet } from '#lib/platform/endpoint.ts'
import type { PromotionSummary } from '#lib/promotions/contract.ts'
import { headlineOf } from '#lib/promotions/headline.ts'
import type { PromotionState } from '#lib/promotions/state.ts'

const { sql } = Prisma

/** A promotion as lists show it, without its content and its plan: those are tens of kilobytes. */
export type PromotionSummaryRow = {
  id: string
  applicationId: string
  application: string
  environmentId: string
  environment: string
  tier: string
  release: PromotionSummary['release']
  state: PromotionState
  start: string
  requestedBy: string
  reason: string | null
  /** Of the last evaluation. */
  unmet: unknown
  supersededById: string | null
  createdAt: Date
  startedAt: Date | null
  endedAt: Date | null
  endReason: string | null
  contentHash: string
  version: number
  rollouts: { id: string; state: string; service: string; hold: string | null }[]
  /** The shortest time after which one of its approval rules denies it, by the blueprint that applies now. */
  expiresAfterMs: number | null
}

/** Promotions `p` in environments `e` under a condition, newest first. */
export const findPromotionSummaries = (where: Prisma.Sql, limit = Prisma.empty): Promise<PromotionSummaryRow[]> =>
  read<PromotionSummaryRow>(sql`
    select p.id, a.id as "applicationId", a.slug as application, e.id as "environmentId", e.slug as environment, e.tier, json_build_object('id', r.id, 'version', r.version, 'commit', r.commit, 'author', r.author) as release,
      p.state, p.start, p.requested_by as "requestedBy", p.reason, p.gates -> 'unmet' as unmet, p.superseded_by_id as "supersededById", p.created_at as "createdAt", p.started_at as "startedAt", p.ended_at as "endedAt", p.end_reason as "endReason",
      p.content_hash as "contentHash", p.version,
      (select coalesce(json_agg(json_build_object('id', o.id, 'state', o.state, 'service', s.slug, 'hold', o.hold_reason ->> 'message') order by o.created_at, o.id), '[]')
        from rollout o join target t on t.id = o.target_id join service s on s.id = t.service_id where o.promotion_id = p.id) as rollouts,
      case when p.state in ('pending', 'ready') then (select min((rule ->> 'expiresAfterMs')::float8) from jsonb_array_elements(a.blueprint -> 'environments') stage, jsonb_array_elements(stage -> 'approvals') rule where stage ->> 'name' = e.slug) end as "expiresAfterMs"
    from promotion p join environment e on e.id = p.environment_id join application a on a.id = e.application_id join release r on r.id = p.release_id
    where ${where} order by p.created_at desc, p.id desc ${limit}`)

const iso = (d: Date | null): string | null => d?.toISOString() ?? null
const isWaiting = (state: PromotionState) => state === 'pending' || state === 'ready'

/** The public form of a row, with the reasons of its last evaluation, or of one made now. */
export function summaryOf(row: Omit<PromotionSummaryRow, 'expiresAfterMs'>, unmetNow?: readonly Unmet[]): PromotionSummary {
  const unmet = [...(unmetNow ?? (isWaiting(row.state) ? (z.array(Unmet).safeParse(row.unmet).data ?? []) : []))]
  const { release } = row
  return {
    id: row.id,
    application: row.application,
    environment: row.environment,
    tier: row.tier,
    release: { id: release.id, version: release.version, commit: release.commit, author: release.author },
    state: row.state,
    start: row.start === 'manual' ? 'manual' : 'auto',
    requestedBy: row.requestedBy,
    reason: row.reason,
    headline: headlineOf({ state: row.state, version: release.version, environment: row.environment, endReason: row.endReason, unmet, supersededBy: row.supersededById, rollouts: row.rollouts }),
    unmet,
    createdAt: row.createdAt.toISOString(),
    startedAt: iso(row.startedAt),
    endedAt: iso(row.endedAt),
    endReason: row.endReason,
    rollouts: row.rollouts.map((r) => r.id),
    contentHash: row.contentHash,
    version: row.version,
  }
}
