import { z } from 'zod'
import { PrometheusSource } from '#lib/drivers/prometheus/schema.ts'
import { holdCodes, standings, stepStates, verdicts } from '#lib/rollouts/state.ts'

/** What is executed on one target. Fixed when the rollout is made, stored with it, hashed into what an approval binds to. */

export const HttpCheck = z.object({
  name: z.string(),
  method: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()).default({}),
  status: z.array(z.number().int()).min(1),
  withinMs: z.number().int().positive().nullable(),
  attempts: z.number().int().min(1).max(20),
})
export type HttpCheck = z.infer<typeof HttpCheck>

export const metricNames = ['error_rate', 'latency_p50', 'latency_p95', 'latency_p99'] as const
/** `max` is a fraction for error_rate and milliseconds for latencies. */
export const ThresholdRule = z.object({
  name: z.string(),
  kind: z.literal('threshold'),
  mode: z.enum(['watch', 'ask', 'rollback']),
  metric: z.enum(metricNames),
  max: z.number().nonnegative(),
  overMs: z.number().int().positive(),
  minRequests: z.number().int().positive(),
})
export type ThresholdRule = z.infer<typeof ThresholdRule>
export const comparedNames = ['error_rate', 'latency'] as const
/** Candidate against stable at the same time, valid however often it is looked at (lib/analysis/judge.ts). */
export const CompareRule = z.object({
  name: z.string(),
  kind: z.literal('compare'),
  mode: z.enum(['watch', 'ask', 'rollback']),
  metric: z.enum(comparedNames),
  /** 0.1 allows a tenth more errors than stable has; error_rate only. */
  tolerance: z.number().min(0).max(10),
  /** Its part of the strategy's chance of a false alarm; null shares what the others leave. */
  alpha: z.number().gt(0).lt(1).nullable(),
  /** Requests of the candidate without which no bake ends on it. */
  minRequests: z.number().int().positive(),
})
export type CompareRule = z.infer<typeof CompareRule>
export const Rule = z.discriminatedUnion('kind', [ThresholdRule, CompareRule])
export type Rule = z.infer<typeof Rule>

export const Analysis = z.object({
  notEnoughData: z.object({ afterMs: z.number().int().nonnegative(), then: z.enum(['ask', 'rollback', 'advance']) }),
  cannotMeasure: z.object({ afterMs: z.number().int().nonnegative(), then: z.enum(['ask', 'rollback']) }),
  /** Chance that a release no worse than stable fails a comparison, over all of them and all looks; absent: `usualAlpha`. */
  alpha: z.number().gt(0).lt(1).optional(),
  /** So long after traffic moved no request counts for any rule: what is new is cold. Absent: none. */
  warmUpMs: z.number().int().positive().optional(),
  rules: z.array(Rule),
})
export const usualAlpha = 0.05
export type Analysis = z.infer<typeof Analysis>

export const ApprovalRule = z.object({
  name: z.string(),
  count: z.number().int().min(1),
  roles: z.array(z.string()).min(1),
  exclude: z.array(z.enum(['requester', 'author'])),
  expiresAfterMs: z.number().int().positive().nullable(),
})
export type ApprovalRule = z.infer<typeof ApprovalRule>

export const StepPlan = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('deploy'), tag: z.string().nullable() }),
  z.object({ kind: z.literal('verify'), suite: z.string(), checks: z.array(HttpCheck) }),
  z.object({ kind: z.literal('setWeight'), percent: z.number().int().min(1).max(100) }),
  z.object({ kind: z.literal('bake'), durationMs: z.number().int().nonnegative(), early: z.boolean() }),
  z.object({ kind: z.literal('approve'), rule: ApprovalRule }),
])
export type StepPlan = z.infer<typeof StepPlan>

/** env and secrets merge by key (null removes); every other field replaces itself; what is left out stays as it is live. */
export const DeployConfig = z.object({
  env: z.record(z.string(), z.string().nullable()).optional(),
  secrets: z.record(z.string(), z.string().nullable()).optional(),
  resources: z.object({ cpu: z.string().optional(), memory: z.string().optional() }).optional(),
  scaling: z.object({ min: z.number().int().nonnegative().optional(), max: z.number().int().positive().optional() }).optional(),
  concurrency: z.number().int().positive().optional(),
  timeoutSeconds: z.number().int().positive().optional(),
  serviceAccount: z.string().optional(),
})
export type DeployConfig = z.infer<typeof DeployConfig>

export const CloudRunLocator = z.object({ project: z.string(), region: z.string(), service: z.string() })
export type CloudRunLocator = z.infer<typeof CloudRunLocator>

export const CloudMonitoringSource = z.object({ source: z.literal('cloud-monitoring') })
/** Where a target's numbers come from, with all that is needed to ask there. */
export const MetricsSource = z.discriminatedUnion('source', [CloudMonitoringSource, PrometheusSource])
export type MetricsSource = z.infer<typeof MetricsSource>

export const RolloutPlan = z.object({
  service: z.string(),
  provider: z.literal('cloud-run'),
  locator: CloudRunLocator,
  metrics: MetricsSource.nullable(),
  strategy: z.string(),
  /** Empty for a rollback or a shift: they have one traffic write and no steps. */
  steps: z.array(StepPlan),
  analysis: Analysis,
  config: DeployConfig,
  /** repository@sha256:…; empty for a rollback or a shift, which deploy nothing. */
  image: z.string(),
  digest: z.string(),
})
export type RolloutPlan = z.infer<typeof RolloutPlan>

export const Split = z.record(z.string(), z.number().int().min(0).max(100))
export type Split = z.infer<typeof Split>

/** One side of a rollout. `revision` is empty until it exists. */
export const Arm = z.object({ revision: z.string(), digest: z.string(), image: z.string(), releaseId: z.string().nullable(), version: z.string().nullable() })
export type Arm = z.infer<typeof Arm>

/** Each try of a step is kept: when, what came out. */
export const StepTry = z.object({ startedAt: z.string(), endedAt: z.string().nullable(), outcome: z.string() })
export const StepRun = z.object({
  state: z.enum(stepStates),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** When its traffic write was read back; samples count from here. */
  trafficAt: z.string().nullable(),
  /** When somebody else's change of the split was settled in this step: samples count from here, though nothing of ours was written. */
  measuredFrom: z.string().optional(),
  /** One sentence for people: why it failed, was skipped, or what it waits for. */
  message: z.string().nullable(),
  tries: z.array(StepTry),
  /** Results of a verify step, per check. */
  checks: z.array(z.object({ name: z.string(), passed: z.boolean(), detail: z.string(), at: z.string() })).optional(),
})
export type StepRun = z.infer<typeof StepRun>

/** A measured verdict with everything that decided it (promise 4). Times ISO, counts of requests. */
export const RuleVerdict = z.object({
  rule: z.string(),
  mode: z.enum(['watch', 'ask', 'rollback']),
  verdict: z.enum(verdicts),
  /** The sentence shown: "14 of 50 requests, about 38 min at 10%". */
  message: z.string(),
  revision: z.string(),
  stepIndex: z.number().int(),
  value: z.number().nullable(),
  /** Null for a comparison, which has none. */
  limit: z.number().nullable(),
  requests: z.number().int().nullable(),
  errors: z.number().int().nullable(),
  minRequests: z.number().int(),
  windowFrom: z.string().nullable(),
  windowTo: z.string().nullable(),
  lagSeconds: z.number().nullable(),
  /** Stable in the same window, for the reader. */
  stable: z.object({ requests: z.number().int(), errors: z.number().int(), value: z.number().nullable() }).nullable(),
  /** When the data would suffice at the present rate. */
  forecastAt: z.string().nullable(),
  /** Of a comparison: what speaks against the candidate, as a part of what decides; 1 fails. */
  evidence: z.number().nullable().optional(),
  /** Of a comparison that has its minimum of requests and is not decided. */
  standing: z.enum(standings).optional(),
  /** The test that says so; absent while there is nothing to say. */
  method: z.string().optional(),
  /** Of a comparison: said before all traffic was the candidate's; it decides nothing any more. */
  past: z.boolean().optional(),
  /** Since when the verdict is this one; a source that cannot be read is counted from here. */
  since: z.string(),
  at: z.string(),
})
export type RuleVerdict = z.infer<typeof RuleVerdict>

export const HoldReason = z.object({ code: z.enum(holdCodes), message: z.string(), at: z.string(), details: z.record(z.string(), z.unknown()).optional() })
export type HoldReason = z.infer<typeof HoldReason>

/** One wanted entry of a provider's traffic list; `latest` entries name no revision. */
export const TrafficEntry = z.object({ revision: z.string(), latest: z.boolean(), percent: z.number().int().min(0).max(100), tag: z.string().nullable(), uri: z.string().nullable() })
export type TrafficEntry = z.infer<typeof TrafficEntry>

export const trafficPurposes = ['pin', 'tag', 'weight', 'return', 'restore', 'shift', 'rollback', 'fence'] as const
/**
 * The one call under way whose outcome is not recorded yet. Written before the call; whoever finds it looks at the live
 * state first. `epoch` is the writer's. `called: false`: planned and not called yet, so nothing of it can still arrive.
 */
export const Intent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('create'), epoch: z.number().int(), at: z.string() }),
  z.object({ kind: z.literal('deploy'), epoch: z.number().int(), at: z.string(), etag: z.string() }),
  z.object({ kind: z.literal('traffic'), purpose: z.enum(trafficPurposes), traffic: z.array(TrafficEntry), epoch: z.number().int(), at: z.string(), etag: z.string(), called: z.boolean().optional() }),
])
export type Intent = z.infer<typeof Intent>

/** What was last read back as intended on a target: drift is measured against it. */
export const Intended = z.object({ split: Split, tags: z.record(z.string(), z.string()) })
export type Intended = z.infer<typeof Intended>
