import { z } from 'zod'
import { Health } from '#lib/health/schema.ts'
import { endpoint, Id, listOf, Page, Reason, Time, Unmet } from '#lib/platform/endpoint.ts'
import { RolloutView, TargetRef } from '#lib/rollouts/contract.ts'
import { Split } from '#lib/rollouts/schema.ts'

const ReleaseRef = z.object({ id: Id, version: z.string() })

export const RevisionView = z.object({
  name: z.string(),
  percent: z.number().int(),
  tags: z.array(z.object({ name: z.string(), uri: z.string().nullable() })),
  image: z.string(),
  digest: z.string().nullable(),
  release: ReleaseRef.nullable(),
  ready: z.boolean(),
  /** Why it is not ready, in the provider's words. */
  message: z.string().nullable(),
  proven: z.enum(['proven', 'observed']).nullable(),
  outcome: z.string().nullable(),
  createdAt: Time.nullable(),
})
export type RevisionView = z.infer<typeof RevisionView>

/** One thing that rollback needs, looked at before the button is pressed. `not_checked` says so honestly. */
export const ReadinessCheck = z.object({ name: z.enum(['revision_ready', 'image_found', 'schema', 'secret_versions', 'backup_age']), state: z.enum(['ok', 'warning', 'refused', 'not_checked']), detail: z.string(), at: Time.nullable() })
export type ReadinessCheck = z.infer<typeof ReadinessCheck>

export const RollbackReadiness = z.object({
  ready: z.boolean(),
  revision: z.string().nullable(),
  release: ReleaseRef.nullable(),
  from: z.object({ revision: z.string(), release: ReleaseRef.nullable() }).nullable(),
  proven: z.enum(['proven', 'observed']).nullable(),
  /** Newer revisions passed over, each with the reason. */
  skipped: z.array(z.object({ revision: z.string(), reason: z.string() })),
  warnings: z.array(z.string()),
  checks: z.array(ReadinessCheck),
  /** Why it cannot be pressed, when it cannot. */
  unmet: z.array(Unmet),
  /** What the confirmation says and what is sent: "100% to 00041-nuc, hold 1.5.0". */
  label: z.string(),
  checkedAt: Time.nullable(),
})
export type RollbackReadiness = z.infer<typeof RollbackReadiness>

export const HoldView = z.object({ id: Id, digests: z.array(z.string()), release: ReleaseRef.nullable(), reason: z.string(), by: z.string(), at: Time })
export const DriftView = z.object({ expected: Split, observed: Split, since: Time, actor: z.string(), message: z.string() })

export const TargetSummary = TargetRef.extend({
  stable: z.object({ revision: z.string(), release: ReleaseRef.nullable(), since: Time.nullable() }).nullable(),
  split: Split.nullable(),
  asOf: Time.nullable(),
  error: z.string().nullable(),
  openRollout: Id.nullable(),
  held: z.boolean(),
  hold: HoldView.nullable(),
  drift: DriftView.nullable(),
  /** How many seconds after `asOf` this is too old to act on. */
  staleAfterSeconds: z.number().int(),
  /** Requests, 5xx and latency of the last minutes, as a worker last read them; null before its first look. */
  health: Health.nullable(),
})
export type TargetSummary = z.infer<typeof TargetSummary>

export const TargetView = TargetSummary.extend({
  live: z.object({
    exists: z.boolean(),
    revisions: z.array(RevisionView),
    split: Split,
    etag: z.string(),
    asOf: Time,
    readiness: z.enum(['ready', 'reconciling', 'failed', 'unknown']),
    uri: z.string().nullable(),
    message: z.string().nullable(),
    config: z.array(z.object({ path: z.string(), value: z.string() })),
  }).nullable(),
  /** Every image that the hold refuses, with the releases that are made of it: lifting it lets all of them pass. */
  heldImages: z.array(z.object({ digest: z.string(), versions: z.array(z.string()) })),
  rollback: RollbackReadiness,
  gcloud: z.string().nullable(),
  recent: z.array(z.object({ id: Id, kind: z.string(), state: z.string(), version: z.string().nullable(), createdAt: Time, endedAt: Time.nullable() })),
  now: Time,
})
export type TargetView = z.infer<typeof TargetView>

export const SplitPlan = z.object({
  planHash: z.string(),
  before: Split,
  after: Split,
  /** Exactly the traffic list that would be written, tags included. */
  write: z.array(z.object({ revision: z.string(), percent: z.number().int(), tag: z.string().nullable() })),
  stays: z.array(z.string()),
  etag: z.string(),
  refusals: z.array(Unmet),
  /** What does not refuse it and has to be known: a revision that gets more is of a vetoed release. */
  warnings: z.array(z.string()),
  towardStable: z.boolean(),
})
export type SplitPlan = z.infer<typeof SplitPlan>

const base = '/api/v1/targets'
export const listTargets = endpoint({ id: 'targets.list', method: 'GET', path: base, verb: 'view', doing: 'see targets', summary: 'Targets with what is live on each.', input: Page.extend({ application: z.string().optional(), environment: z.string().optional() }), output: listOf(TargetSummary) })
export const viewTarget = endpoint({ id: 'targets.view', method: 'GET', path: `${base}/:id`, verb: 'view', doing: 'see a target', summary: 'One target: live revisions and split, rollback readiness, hold, drift. `fresh` reads the cloud now.', input: z.object({ id: Id, fresh: z.enum(['1']).optional() }), output: TargetView })
export const rollbackTarget = endpoint({
  id: 'targets.rollback', method: 'POST', path: `${base}/:id/rollback`, verb: 'roll_back', status: 202, doing: 'roll back a target', summary: 'Send 100% to the last version proven good and hold the one left. No steps, no approval.',
  input: z.object({ id: Id, reason: Reason, revision: z.string().max(100).optional() }), output: RolloutView,
})
export const planSplit = endpoint({ id: 'targets.splitPlan', method: 'POST', path: `${base}/:id/split/plan`, verb: 'view', doing: 'plan a split', summary: 'The exact traffic write that a split would make.', input: z.object({ id: Id, split: Split }), output: SplitPlan })
export const writeSplit = endpoint({
  id: 'targets.split', method: 'POST', path: `${base}/:id/split`, verb: 'operate', status: 202, doing: 'write a split', summary: 'Write a split by hand: what the plan shows, or it is refused.',
  input: z.object({ id: Id, split: Split, planHash: z.string(), reason: Reason }), output: RolloutView,
})
export const adoptTarget = endpoint({ id: 'targets.adopt', method: 'POST', path: `${base}/:id/adopt`, verb: 'operate', doing: 'adopt a live split', summary: 'Take the drifted live split as the intended one.', input: z.object({ id: Id, etag: z.string().optional(), reason: Reason }), output: TargetView })
export const restoreTarget = endpoint({ id: 'targets.restore', method: 'POST', path: `${base}/:id/restore`, verb: 'operate', status: 202, doing: 'restore an intended split', summary: 'Write the intended split over the drifted one.', input: z.object({ id: Id, etag: z.string().optional(), reason: Reason }), output: TargetView })
export const unholdTarget = endpoint({ id: 'targets.unhold', method: 'POST', path: `${base}/:id/unhold`, verb: 'session', summary: 'Lift the hold after a rollback (approve or override); with `hold`, only if it is still that one.', input: z.object({ id: Id, hold: Id.optional(), reason: Reason }), output: TargetView })
