import 'server-only'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { read } from '#lib/platform/db/read.ts'
import type { CloudRunLocator } from '#lib/rollouts/schema.ts'
import type { HeadlineFacts } from '#lib/rollouts/words.ts'

const { sql } = Prisma

/** A rollout as lists show it; of its plan, steps and verdicts only what the headline says. The edge parses the answer. */
export type RolloutSummaryRow = HeadlineFacts & {
  id: string
  targetId: string
  application: string
  applicationId: string
  environmentId: string
  tier: string
  locator: CloudRunLocator
  promotionId: string | null
  stepIndex: number
  stepCount: number
  observedAt: Date | null
  createdBy: string
  createdAt: Date
  startedAt: Date | null
  endedAt: Date | null
  version: number
}

/** Rollouts `o` in environments `e` under a condition, newest first. */
export const findRolloutSummaries = (where: Prisma.Sql, limit = Prisma.empty, before = Prisma.empty): Promise<RolloutSummaryRow[]> =>
  read<RolloutSummaryRow>(sql`
    select o.id, o.target_id as "targetId", a.slug as application, a.id as "applicationId", e.slug as environment, e.id as "environmentId", e.tier, s.slug as service,
      o.kind, o.state, o.hold_reason as hold, o.promotion_id as "promotionId", o.stable, o.candidate, o.step_index as "stepIndex", jsonb_array_length(o.plan -> 'steps') as "stepCount",
      o.plan -> 'locator' as locator, o.plan -> 'steps' -> o.step_index as step, jsonb_path_query_first(o.verdicts, '$[*] ? (@.verdict == "inconclusive" && @.mode != "watch" && !(@.past == true) && !(@.standing == "not_worse")).message') #>> '{}' as undecided,
      o.desired_split as "desiredSplit", o.observed_split as "observedSplit", o.observed_at as "observedAt", o.end_reason as "endReason",
      o.created_by as "createdBy", o.created_at as "createdAt", o.started_at as "startedAt", o.ended_at as "endedAt", o.version
    from rollout o join target t on t.id = o.target_id join environment e on e.id = t.environment_id join application a on a.id = e.application_id join service s on s.id = t.service_id
    where ${where} order by ${before} o.created_at desc, o.id desc ${limit}`)
