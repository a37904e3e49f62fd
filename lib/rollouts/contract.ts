import { z } from 'zod'
import { endpoint, Id, listOf, Page, Reason, sortBy, Time, Unmet } from '#lib/platform/endpoint.ts'
import { Arm, HoldReason, RolloutPlan, RuleVerdict, Split, StepPlan, StepRun } from '#lib/rollouts/schema.ts'
import { rolloutKinds, rolloutStates } from '#lib/rollouts/state.ts'

export const TargetRef = z.object({ id: Id, application: z.string(), environment: z.string(), tier: z.string(), service: z.string(), locator: z.string() })
export type TargetRef = z.infer<typeof TargetRef>

/** What the screen may offer now: the same table and policy that the server refuses by. */
export const ActionView = z.object({
  action: z.enum(['pause', 'resume', 'advance', 'abort', 'retry', 'adopt', 'restore', 'approve', 'reject']),
  allowed: z.boolean(),
  /** The outcome in words: "Send 50% to 00042-qib". */
  label: z.string(),
  /** One line with the consequence. */
  consequence: z.string(),
  towardStable: z.boolean(),
  unmet: z.array(Unmet),
})
export type ActionView = z.infer<typeof ActionView>

export const StepView = z.object({ index: z.number().int(), plan: StepPlan, run: StepRun, plannedEndAt: Time.nullable() })

export const ApprovalView = z.object({
  id: Id,
  person: z.string(),
  decision: z.enum(['approve', 'reject']),
  contentHash: z.string(),
  comment: z.string().nullable(),
  at: Time,
  stepIndex: z.number().int().nullable(),
  voided: z.object({ at: Time, reason: z.string() }).nullable(),
})
export type ApprovalView = z.infer<typeof ApprovalView>

export const RolloutSummary = z.object({
  id: Id,
  kind: z.enum(rolloutKinds),
  state: z.enum(rolloutStates),
  holdReason: HoldReason.nullable(),
  target: TargetRef,
  promotion: Id.nullable(),
  release: z.object({ id: Id, version: z.string() }).nullable(),
  stable: Arm.nullable(),
  candidate: Arm.nullable(),
  stepIndex: z.number().int(),
  stepCount: z.number().int(),
  split: z.object({ desired: Split.nullable(), observed: Split.nullable(), asOf: Time.nullable() }),
  /** The answer of the page in one sentence. */
  headline: z.string(),
  createdBy: z.string(),
  createdAt: Time,
  startedAt: Time.nullable(),
  endedAt: Time.nullable(),
  endReason: z.string().nullable(),
  version: z.number().int(),
})
export type RolloutSummary = z.infer<typeof RolloutSummary>

const ArmName = Arm.pick({ revision: true, version: true })
/** As a line that is drawn by the dozen: where, what, how far, and what is so. */
export const RolloutLine = RolloutSummary.pick({ id: true, kind: true, state: true, holdReason: true, release: true, headline: true, createdBy: true, createdAt: true, startedAt: true, endedAt: true, endReason: true }).extend({
  target: TargetRef.pick({ id: true, application: true, environment: true, service: true }),
  stable: ArmName.nullable(),
  candidate: ArmName.nullable(),
  split: z.object({ observed: Split.nullable() }),
})
export type RolloutLine = z.infer<typeof RolloutLine>

export const RolloutView = RolloutSummary.extend({
  plan: RolloutPlan,
  steps: z.array(StepView),
  verdicts: z.array(RuleVerdict),
  approvals: z.array(ApprovalView),
  contentHash: z.string(),
  actions: z.array(ActionView),
  /** A call to the cloud is under way and its outcome not read back yet. */
  requested: z.boolean(),
  wakeAt: Time.nullable(),
  /** The same way back without Sluice. */
  gcloud: z.string(),
  /** In the answer to a rollback or a split by hand alone: what it was done in spite of. */
  warnings: z.array(z.string()).optional(),
  now: Time,
})
export type RolloutView = z.infer<typeof RolloutView>

const base = '/api/v1/rollouts'
export const listRollouts = endpoint({
  id: 'rollouts.list', method: 'GET', path: base, verb: 'view', doing: 'see rollouts', summary: 'Rollouts.',
  input: Page.extend({ application: z.string().optional(), environment: z.string().optional(), target: Id.optional(), state: z.string().optional(), sort: sortBy(['created', 'ended', 'application', 'environment', 'state']) }),
  output: listOf(RolloutSummary),
})
export const viewRollout = endpoint({ id: 'rollouts.view', method: 'GET', path: `${base}/:id`, verb: 'view', doing: 'see a rollout', summary: 'One rollout with its steps, verdicts and what may be done.', input: z.object({ id: Id }), output: RolloutView })

const Act = z.object({ id: Id, version: z.number().int().optional(), reason: Reason.optional() })
const act = (name: 'advance' | 'pause' | 'resume' | 'abort' | 'retry' | 'adopt' | 'restore', summary: string) =>
  endpoint({ id: `rollouts.${name}`, method: 'POST', path: `${base}/:id/${name}`, verb: 'operate', doing: `${name} a rollout`, summary, input: Act, output: RolloutView })
export const advanceRollout = act('advance', 'Go to the next step before its data suffices; needs a reason; refused while a rollback rule fails.')
export const pauseRollout = act('pause', 'Stop where it is. Never refused for an old version.')
export const resumeRollout = act('resume', 'Go on after a pause.')
export const abortRollout = act('abort', 'Send 100% back to stable and hold the release here. Never refused for an old version.')
export const retryRollout = act('retry', 'Try the held step again.')
export const adoptRollout = act('adopt', 'Take the split found live as the intended one and go on; with every step done, end there and keep it.')
export const restoreRollout = act('restore', 'Write the intended split again and go on; with every step done, send 100% and run the last bake again.')
export const approveRolloutStep = endpoint({
  id: 'rollouts.approvals', method: 'POST', path: `${base}/:id/approvals`, verb: 'approve', doing: 'decide on a step', summary: 'Decide on an approve step.',
  input: z.object({ id: Id, decision: z.enum(['approve', 'reject']), contentHash: z.string(), comment: z.string().max(2000).optional() }), output: RolloutView,
})
