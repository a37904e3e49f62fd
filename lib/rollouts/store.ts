import 'server-only'
import { z } from 'zod'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { Arm, HoldReason, Intended, Intent, RolloutPlan, RuleVerdict, Split, StepRun } from '#lib/rollouts/schema.ts'
import type { RolloutState } from '#lib/rollouts/state.ts'
import { openRolloutStates } from '#lib/rollouts/state.ts'

const withTarget = { target: { include: { environment: { include: { application: { omit: { yaml: true, blueprint: true } } } }, service: true } }, promotion: { select: { id: true, requestedById: true, releaseId: true } } } as const
type Raw = Prisma.RolloutGetPayload<{ include: typeof withTarget }>

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

function toRow(r: Raw) {
  const { environment, service } = r.target
  return {
    id: r.id,
    targetId: r.targetId,
    promotionId: r.promotionId,
    requestedById: r.promotion?.requestedById ?? r.createdById,
    releaseId: r.releaseId,
    kind: r.kind,
    state: r.state,
    hold: parse.hold.parse(r.holdReason),
    groupIndex: r.groupIndex,
    plan: parse.plan.parse(r.plan),
    contentHash: r.contentHash,
    runs: parse.runs.parse(r.steps),
    stepIndex: r.stepIndex,
    stable: parse.stable.parse(r.stable),
    candidate: parse.candidate.parse(r.candidate),
    desiredSplit: parse.split.parse(r.desiredSplit),
    observedSplit: parse.split.parse(r.observedSplit),
    observedAt: r.observedAt,
    verdicts: parse.verdicts.parse(r.verdicts),
    intent: parse.intent.parse(r.intent),
    errors: r.errors,
    endReason: r.endReason,
    createdBy: r.createdBy,
    createdById: r.createdById,
    epoch: r.epoch,
    version: r.version,
    wakeAt: r.wakeAt,
    createdAt: r.createdAt,
    startedAt: r.startedAt,
    endedAt: r.endedAt,
    target: {
      id: r.target.id,
      intended: parse.intended.parse(r.target.intended),
      stableRevision: r.target.stableRevision,
      service: service.slug,
      environment: environment.slug,
      environmentId: environment.id,
      tier: environment.tier,
      application: environment.application.slug,
      applicationId: environment.applicationId,
    },
  }
}

export async function findRollout(id: string, tx: Tx = db): Promise<RolloutRow | null> {
  if (!z.uuid().safeParse(id).success) return null
  const raw = await tx.rollout.findUnique({ where: { id }, include: withTarget })
  return raw && toRow(raw)
}

export async function findRollouts(args: { where?: Prisma.RolloutWhereInput; take: number; cursorId?: string | undefined }): Promise<RolloutRow[]> {
  const raw = await db.rollout.findMany({
    where: args.where ?? {},
    include: withTarget,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: args.take,
    ...(args.cursorId !== undefined && { cursor: { id: args.cursorId }, skip: 1 }),
  })
  return raw.map(toRow)
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
  epoch?: number
  leaseUntil?: null
  wakeAt?: Date | null
  startedAt?: Date
  endedAt?: Date
}

const json = (v: unknown): Prisma.InputJsonValue | typeof Prisma.DbNull => (v === null ? Prisma.DbNull : (v as Prisma.InputJsonValue))

/**
 * Compare-and-set on (id, version, epoch): the loser writes nothing and gets StaleWrite. The version rises when
 * `visible`, i.e. when state, step, split, verdict or hold changed, not for leases and polls.
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

export const findOpenRollout = async (tx: Tx, targetId: string): Promise<RolloutRow | null> => {
  const raw = await tx.rollout.findFirst({ where: { targetId, state: { in: [...openRolloutStates] } }, include: withTarget })
  return raw && toRow(raw)
}
