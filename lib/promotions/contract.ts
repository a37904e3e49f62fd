import { z } from 'zod'
import { GateView } from '#lib/gates/schema.ts'
import { endpoint, Id, listOf, Page, Reason, Slug, sortBy, Time, Unmet } from '#lib/platform/endpoint.ts'
import { overrideUses, promotionStates } from '#lib/promotions/state.ts'
import { ApprovalView, RolloutSummary } from '#lib/rollouts/contract.ts'
import { ApprovalRule, CloudRunLocator, StepPlan } from '#lib/rollouts/schema.ts'

/** One line of what would change on one target; `before` null = new, `after` null = removed. */
export const Change = z.object({ op: z.enum(['add', 'change', 'remove', 'same']), path: z.string(), before: z.string().nullable(), after: z.string().nullable() })
export type Change = z.infer<typeof Change>

export const TargetPlan = z.object({
  target: Id,
  service: z.string(),
  locator: CloudRunLocator,
  group: z.number().int(),
  strategy: z.string(),
  /** live: read now; created: the service does not exist yet and the first release creates it; unreadable: the provider did not answer. */
  live: z.enum(['live', 'absent', 'unreadable']),
  liveError: z.string().nullable(),
  asOf: Time.nullable(),
  from: z.object({ revision: z.string().nullable(), image: z.string().nullable(), version: z.string().nullable() }),
  to: z.object({ image: z.string(), digest: z.string(), version: z.string() }),
  changes: z.array(Change),
  unchanged: z.number().int(),
  steps: z.array(StepPlan),
  /** Traffic writes in words, in order: what is pinned first, what each step sends where. */
  traffic: z.array(z.string()),
  /** What a reader must know: pins LATEST by name, window rounded up, session affinity, no metrics. */
  notes: z.array(z.string()),
})
export type TargetPlan = z.infer<typeof TargetPlan>

export const PromotionPlan = z.object({
  planHash: z.string(),
  contentHash: z.string(),
  release: z.object({ id: Id, version: z.string(), commit: z.string() }),
  application: Slug,
  environment: Slug,
  targets: z.array(TargetPlan),
  /** Flattened changes of all targets, path prefixed by the service. */
  changes: z.array(Change),
  /** Services of the application that this release leaves as they are. */
  stays: z.array(z.string()),
  gates: z.array(GateView),
  steps: z.array(StepPlan),
  /** Shortest time from start to the end of the last step, all groups, without waiting for data. */
  forecast: z.object({ minimumSeconds: z.number().int(), text: z.string() }),
  /** Reasons why it would be refused now (held digest, older release, …). */
  refusals: z.array(Unmet),
  rollback: z.array(z.object({ service: z.string(), ready: z.boolean(), revision: z.string().nullable(), summary: z.string() })),
})
export type PromotionPlan = z.infer<typeof PromotionPlan>

export const PromotionSummary = z.object({
  id: Id,
  application: Slug,
  environment: Slug,
  tier: z.string(),
  release: z.object({ id: Id, version: z.string(), commit: z.string(), author: z.string().nullable() }),
  state: z.enum(promotionStates),
  start: z.enum(['auto', 'manual']),
  requestedBy: z.string(),
  reason: z.string().nullable(),
  headline: z.string(),
  /** Everything that keeps it from starting, at once. */
  unmet: z.array(Unmet),
  createdAt: Time,
  startedAt: Time.nullable(),
  endedAt: Time.nullable(),
  endReason: z.string().nullable(),
  rollouts: z.array(Id),
  contentHash: z.string(),
  version: z.number().int(),
})
export type PromotionSummary = z.infer<typeof PromotionSummary>

export const PromotionView = PromotionSummary.extend({
  plan: PromotionPlan,
  gates: z.array(GateView),
  approvalRules: z.array(ApprovalRule),
  approvals: z.array(ApprovalView),
  /** Break-glass and what became of it; `reviewed` is null until somebody else looked at it. */
  override: z.object({ by: z.string(), reason: z.string(), at: Time, use: z.enum(overrideUses), reviewed: z.object({ by: z.string(), at: Time, comment: z.string().nullable() }).nullable(), mayReview: z.boolean() }).nullable(),
  supersededBy: Id.nullable(),
  rolloutStates: z.array(RolloutSummary),
  actions: z.array(z.object({ action: z.enum(['approve', 'reject', 'withdraw', 'start', 'cancel', 'override']), allowed: z.boolean(), label: z.string(), consequence: z.string(), unmet: z.array(Unmet) })),
  now: Time,
})
export type PromotionView = z.infer<typeof PromotionView>

const base = '/api/v1/promotions'
const What = z.object({ release: Id, environment: Slug })
export const planPromotion = endpoint({ id: 'promotions.plan', method: 'POST', path: `${base}/plan`, verb: 'view', doing: 'plan a promotion', summary: 'What would change against the live state, read now. Writes nothing.', input: What, output: PromotionPlan })
export const createPromotion = endpoint({
  id: 'promotions.create', method: 'POST', path: base, verb: 'propose', status: 201, doing: 'ask for a promotion', summary: 'Ask for a release to be brought into an environment.',
  input: What.extend({ reason: z.string().max(500).optional(), planHash: z.string().optional(), start: z.enum(['auto', 'manual']).optional() }), output: PromotionView,
})
export const listPromotions = endpoint({
  id: 'promotions.list', method: 'GET', path: base, verb: 'view', doing: 'see promotions', summary: 'Promotions.',
  input: Page.extend({ application: z.string().optional(), environment: z.string().optional(), release: Id.optional(), state: z.string().optional(), override: z.enum(['unreviewed']).optional(), sort: sortBy(['created', 'application', 'environment', 'state', 'requester']) }), output: listOf(PromotionSummary),
})
export const viewPromotion = endpoint({
  id: 'promotions.view', method: 'GET', path: `${base}/:id`, verb: 'view', doing: 'see a promotion', summary: 'One promotion; with waitFor=end it answers on the next change or after `seconds`.',
  input: z.object({ id: Id, waitFor: z.enum(['end']).optional(), seconds: z.coerce.number().int().min(1).max(60).optional() }), output: PromotionView,
})
export const decidePromotion = endpoint({
  id: 'promotions.approvals', method: 'POST', path: `${base}/:id/approvals`, verb: 'approve', doing: 'approve or reject a promotion', summary: 'Approve or reject exactly this content.',
  input: z.object({ id: Id, decision: z.enum(['approve', 'reject']), contentHash: z.string(), comment: z.string().max(2000).optional() }), output: PromotionView,
})
export const withdrawApproval = endpoint({
  id: 'promotions.withdrawApproval', method: 'POST', path: `${base}/:id/approvals/withdraw`, verb: 'approve', doing: 'withdraw an approval', summary: 'Withdraw your own approval before the rollout starts; from then on it does not count. The record of it stays.',
  input: z.object({ id: Id, reason: Reason.optional() }), output: PromotionView,
})
/** `contentHash` is what the caller looked at; given, other content is refused. */
const OfContent = z.object({ id: Id, contentHash: z.string().optional(), reason: Reason.optional() })
export const startPromotion = endpoint({ id: 'promotions.start', method: 'POST', path: `${base}/:id/start`, verb: 'approve', status: 202, doing: 'start a promotion', summary: 'Start a ready promotion that waits for a person.', input: OfContent, output: PromotionView })
export const cancelPromotion = endpoint({ id: 'promotions.cancel', method: 'POST', path: `${base}/:id/cancel`, verb: 'propose', doing: 'cancel a promotion', summary: 'Withdraw a promotion that has not started.', input: z.object({ id: Id, reason: Reason.optional() }), output: PromotionView })
export const overridePromotion = endpoint({ id: 'promotions.override', method: 'POST', path: `${base}/:id/override`, verb: 'override', doing: 'override gates', summary: 'Break-glass: pass the open gates with a reason; audited and listed until reviewed.', input: OfContent, output: PromotionView })
export const reviewOverride = endpoint({ id: 'promotions.reviewOverride', method: 'POST', path: `${base}/:id/override/review`, verb: 'approve', doing: 'review an override', summary: 'Say that a break-glass was looked at, by somebody else than who used it.', input: z.object({ id: Id, comment: z.string().max(2000).optional() }), output: PromotionView })
