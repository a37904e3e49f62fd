import 'server-only'
import { z } from 'zod'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { Prisma, type Rollout } from '#lib/platform/db/generated/client.ts'
import { read } from '#lib/platform/db/read.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { sortOf } from '#lib/platform/sort.ts'
import type { pageArgs } from '#lib/releases/page.ts'
import { Arm, HoldReason, Intended, Intent, RolloutPlan, RuleVerdict, Split, StepRun } from '#lib/rollouts/schema.ts'
import type { listRollouts } from '#lib/rollouts/contract.ts'
import type { RolloutState } from '#lib/rollouts/state.ts'

const columns = Prisma.sql`
  o.id, o.target_id as "targetId", o.promotion_id as "promotionId", coalesce(p.requested_by_id, o.created_by_id) as "requestedById", o.release_id as "releaseId", o.kind, o.state, o.hold_reason as hold, o.group_index as "groupIndex",
  o.plan, o.content_hash as "contentHash", o.steps as runs, o.step_index as "stepIndex", o.stable, o.candidate, o.desired_split as "desiredSplit", o.observed_split as "observedSplit", o.observed_at as "observedAt", o.verdicts, o.intent, o.errors,
  o.end_reason as "endReason", o.superseded_by_id as "supersededById", o.frozen_at as "frozenAt", o.created_by as "createdBy", o.created_by_id as "createdById", o.epoch, o.version,
  o.wake_at as "wakeAt", o.created_at as "createdAt", o.started_at as "startedAt", o.ended_at as "endedAt",
  t.intended, t.stable_revision as "stableRevision", s.slug as service, e.slug as environment, e.id as "environmentId", e.tier, a.slug as application, a.id as "applicationId"
  from rollout o join target t on t.id = o.target_id join environment e on e.id = t.environment_id join application a on a.id = e.application_id join service s on s.id = t.service_id left join promotion p on p.id = o.promotion_id`

type Columns = Pick<Rollout, 'id' | 'targetId' | 'promotionId' | 'releaseId' | 'kind' | 'state' | 'groupIndex' | 'contentHash' | 'stepIndex' | 'observedAt' | 'errors' | 'endReason' | 'supersededById' | 'frozenAt' | 'createdBy' | 'createdById' | 'epoch' | 'version' | 'wakeAt' | 'createdAt' | 'startedAt' | 'endedAt'>
type Raw = Columns & Record<'hold' | 'plan' | 'runs' | 'stable' | 'candidate' | 'desiredSplit' | 'observedSplit' | 'verdicts' | 'intent' | 'intended', unknown> & { requestedById: string | null; stableRevision: string | null; service: string; environment: string; environmentId: string; tier: string; application: string; applicationId: string }

const parse = {
  plan: RolloutPlan,
  runs: z.array(StepRun),
  verdicts: z.array(RuleVerdict),
  hold: HoldReason.nullable(),
  stable: Arm.nullable(),
  candidate: Arm.nullable(),
  split: Split.nullable(),
  intent: Intent.nullable(),
  intended: Intended.nullable(),
}

/** A rollout with its target, JSON columns parsed. The engine and the service read this and nothing else. */
export type RolloutRow = ReturnType<typeof toRow>

function toRow({ intended, stableRevision, service, environment, environmentId, tier, application, applicationId, ...r }: Raw) {
  return {
    ...r,
    hold: parse.hold.parse(r.hold),
    plan: parse.plan.parse(r.plan),
    runs: parse.runs.parse(r.runs),
    stable: parse.stable.parse(r.stable),
    candidate: parse.candidate.parse(r.candidate),
    desiredSplit: parse.split.parse(r.desiredSplit),
    observedSplit: parse.split.parse(r.observedSplit),
    verdicts: parse.verdicts.parse(r.verdicts),
    intent: parse.intent.parse(r.intent),
    target: { id: r.targetId, intended: parse.intended.parse(intended), stableRevision, service, environment, environmentId, tier, application, applicationId },
  }
}

const rowsWhere = async (condition: Prisma.Sql, tx: Tx = db): Promise<RolloutRow[]> => (await read<Raw>(Prisma.sql`select ${columns} where ${condition}`, tx)).map(toRow)

export async function findRollout(id: string, tx: Tx = db): Promise<RolloutRow | null> {
  if (!z.uuid().safeParse(id).success) return null
  return (await rowsWhere(Prisma.sql`o.id = ${id}::uuid`, tx))[0] ?? null
}

type Sort = Parsed<typeof listRollouts>['sort']

/** Ids of one page of a list. Without a sort, newest first. */
export async function findRolloutIds(args: { where: Prisma.RolloutWhereInput; page: ReturnType<typeof pageArgs>; sort?: Sort | undefined }): Promise<{ id: string }[]> {
  const { field, direction } = sortOf(args.sort, '-created')
  const by = {
    created: { createdAt: direction }, ended: { endedAt: { sort: direction, nulls: 'last' } }, application: { target: { environment: { application: { slug: direction } } } }, environment: { target: { environment: { slug: direction } } }, state: { state: direction },
  } satisfies Record<typeof field, Prisma.RolloutOrderByWithRelationInput>
  return db.rollout.findMany({ where: args.where, select: { id: true }, orderBy: [by[field], { id: direction }], ...args.page })
}

/** Whole rollouts, newest first. */
export async function findRollouts(args: { where: Prisma.RolloutWhereInput; page: ReturnType<typeof pageArgs> }): Promise<RolloutRow[]> {
  const ids = (await findRolloutIds(args)).map((r) => r.id)
  const rows = new Map((await rowsWhere(Prisma.sql`o.id = any(${ids}::uuid[])`)).map((r) => [r.id, r]))
  return ids.flatMap((id) => rows.get(id) ?? [])
}

/** Somebody else wrote first: the version moved, or a higher epoch took over. Read again. */
export class StaleWrite extends Error {
  override readonly name = 'StaleWrite'
}

export type Patch = {
  state?: RolloutState
  hold?: HoldReason | null
  runs?: StepRun[]
  stepIndex?: number
  stable?: Arm | null
  candidate?: Arm | null
  desiredSplit?: Split
  observedSplit?: Split
  observedAt?: Date
  verdicts?: RuleVerdict[]
  intent?: Intent | null
  errors?: number
  endReason?: string
  supersededById?: string | null
  frozenAt?: Date
  epoch?: number
  leaseUntil?: null
  wakeAt?: Date | null
  startedAt?: Date
  endedAt?: Date
}

const json = (v: unknown): Prisma.InputJsonValue | typeof Prisma.DbNull => (v === null ? Prisma.DbNull : (v as Prisma.InputJsonValue))

/**
 * Compare-and-set on (id, version, epoch): the loser writes nothing and gets StaleWrite. The version rises when
 * `visible`, i.e. when state, step, split, verdict or hold changed, not for leases, polls, and figures that only moved on.
 */
export async function saveRollout(tx: Tx, fence: { id: string; version: number; epoch: number }, patch: Patch, visible: boolean): Promise<number> {
  const { hold, runs, stable, candidate, desiredSplit, observedSplit, verdicts, intent, ...plain } = patch
  const { count } = await tx.rollout.updateMany({
    where: { id: fence.id, version: fence.version, epoch: fence.epoch },
    data: {
      ...plain,
      ...(hold !== undefined && { holdReason: json(hold) }),
      ...(runs !== undefined && { steps: json(runs) as Prisma.InputJsonValue }),
      ...(stable !== undefined && { stable: json(stable) }),
      ...(candidate !== undefined && { candidate: json(candidate) }),
      ...(desiredSplit !== undefined && { desiredSplit: json(desiredSplit) }),
      ...(observedSplit !== undefined && { observedSplit: json(observedSplit) }),
      ...(verdicts !== undefined && { verdicts: json(verdicts) as Prisma.InputJsonValue }),
      ...(intent !== undefined && { intent: json(intent) }),
      ...(visible && { version: { increment: 1 } }),
    },
  })
  if (count !== 1) throw new StaleWrite(`rollout ${fence.id} moved on from version ${fence.version}, epoch ${fence.epoch}`)
  return fence.version + (visible ? 1 : 0)
}
