import { z } from 'zod'
import { endpoint, Id, Time } from '#lib/platform/endpoint.ts'
import { RuleVerdict } from '#lib/rollouts/schema.ts'
import { rolloutStates } from '#lib/rollouts/state.ts'

const Requests = z.object({ requests: z.number().int(), errors: z.number().int() })

/** The newest looks; a chart has no room for more. */
export const looksAtMost = 2000

export const ComparedRule = z.object({
  name: z.string(),
  metric: z.enum(['error_rate', 'latency']),
  mode: z.enum(['watch', 'ask', 'rollback']),
  /** Chance that this rule ever fails a release no worse than stable. */
  alpha: z.number(),
  /** Evidence after each look, oldest first: 1 is where it fails; null where nothing could be said. */
  points: z.array(z.object({ at: Time, evidence: z.number().nullable() })),
})
export type ComparedRule = z.infer<typeof ComparedRule>

/** All that the comparisons of a rollout rest on. Requests per bucket: one count more than `innerMs`, the last is what is slower than all. */
export const RolloutEvidence = z.object({
  rollout: Id,
  state: z.enum(rolloutStates),
  rules: z.array(ComparedRule),
  /** What is counted: whole samples since traffic first moved, but those of warm-ups. Null before the first. */
  from: Time.nullable(),
  to: Time.nullable(),
  stable: Requests.nullable(),
  candidate: Requests.nullable(),
  /** Null where stable's past was too short to fix buckets by. */
  latency: z.object({ innerMs: z.array(z.number()), stable: z.array(z.number().int()), candidate: z.array(z.number().int()) }).nullable(),
  now: Time,
})
export type RolloutEvidence = z.infer<typeof RolloutEvidence>

export const viewEvidence = endpoint({
  id: 'rollouts.evidence', method: 'GET', path: '/api/v1/rollouts/:id/evidence', verb: 'view', doing: 'see the evidence of a rollout',
  summary: 'What the rules that compare with stable rest on: evidence after each look, requests and latency of both arms. Empty for a rollout without such rules.',
  input: z.object({ id: Id }), output: RolloutEvidence,
})

/** A rollout that has begun, as what was said of it is listed. */
export const PastRollout = z.object({ rollout: Id, version: z.string().nullable(), state: z.enum(rolloutStates), startedAt: Time.nullable(), endedAt: Time.nullable(), endReason: z.string().nullable() })

/** Past rollouts of one target with their last verdicts: more than a page of a target has room for. */
export const pastAtMost = 10
export const PastVerdicts = z.object({
  items: z.array(PastRollout.extend({ verdicts: z.array(RuleVerdict) })),
  now: Time,
})
export type PastVerdicts = z.infer<typeof PastVerdicts>

export const listVerdicts = endpoint({
  id: 'targets.verdicts', method: 'GET', path: '/api/v1/targets/:id/verdicts', verb: 'view', doing: 'see past verdicts of a target',
  summary: `The newest ${pastAtMost} rollouts of a target with the last verdict of each rule.`,
  input: z.object({ id: Id }), output: PastVerdicts,
})
