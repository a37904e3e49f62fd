import { z } from 'zod'
import { endpoint, Id, Time } from '#lib/platform/endpoint.ts'

/** How far back, and how long one bucket is: a chart has 60 to 180 of them. */
export const metricsWindows = { '1h': { spanSeconds: 3_600, bucketSeconds: 60 }, '6h': { spanSeconds: 21_600, bucketSeconds: 120 }, '24h': { spanSeconds: 86_400, bucketSeconds: 600 }, '7d': { spanSeconds: 604_800, bucketSeconds: 3_600 } } as const
export const metricsWindowNames = ['1h', '6h', '24h', '7d'] as const
export type MetricsWindowName = (typeof metricsWindowNames)[number]

/** Requests, 5xx of them, their share, and latency of all responses in ms. A figure is null where nothing is known. */
export const Figures = z.object({ requests: z.number().int(), errors: z.number().int(), errorRate: z.number().nullable(), p50Ms: z.number().nullable(), p95Ms: z.number().nullable() })
export type Figures = z.infer<typeof Figures>

/** What a revision was while it answered: trusted, being rolled out, or neither. */
export const armNames = ['stable', 'candidate', 'other'] as const
export type ArmName = (typeof armNames)[number]

export const RevisionMetrics = z.object({
  revision: z.string(),
  version: z.string().nullable(),
  /** Oldest first, as many as the window has; null is a gap: no request was reported, which is not the same as none. */
  buckets: z.array(Figures.nullable()),
  /** Per bucket, by the rollouts of this target. */
  arms: z.array(z.enum(armNames)),
})
export type RevisionMetrics = z.infer<typeof RevisionMetrics>

/** A moment that a rollout of this target changed the traffic, from Sluice's own records. */
export const ReleaseMarker = z.object({ rollout: Id, at: Time, text: z.string() })
export type ReleaseMarker = z.infer<typeof ReleaseMarker>

export const MetricsSourceView = z.object({
  name: z.string(),
  /** Declared by the source: one sample's length, and how late it becomes visible. Null when it could not be asked. */
  samplePeriodSeconds: z.number().nullable(),
  ingestDelaySeconds: z.number().nullable(),
})

export const TargetMetrics = z.object({
  target: Id,
  window: z.enum(metricsWindowNames),
  from: Time,
  /** The end of the newest bucket that is whole and reported; what is later is not known yet. */
  to: Time,
  bucketSeconds: z.number().int(),
  /** When the source was read; viewers share one reading. */
  asOf: Time,
  source: MetricsSourceView,
  /** Why nothing could be measured, in the source's words; then there are no revisions. */
  error: z.string().nullable(),
  revisions: z.array(RevisionMetrics),
  markers: z.array(ReleaseMarker),
  /** Rules of the newest rollout's plan, as limits to draw: a share for errors, ms for latencies. */
  limits: z.array(z.object({ metric: z.enum(['error_rate', 'latency_p50', 'latency_p95', 'latency_p99']), max: z.number(), mode: z.enum(['watch', 'ask', 'rollback']), rule: z.string() })),
  now: Time,
})
export type TargetMetrics = z.infer<typeof TargetMetrics>

export const RolloutArms = z.object({
  target: Id,
  rollout: Id.nullable(),
  /** Requests count from the current step's traffic write on; null while no whole sample since then is reported. */
  from: Time.nullable(),
  to: Time.nullable(),
  asOf: Time,
  source: MetricsSourceView,
  error: z.string().nullable(),
  stable: Figures.nullable(),
  candidate: Figures.nullable(),
  now: Time,
})
export type RolloutArms = z.infer<typeof RolloutArms>

const base = '/api/v1/targets/:id'
export const viewTargetMetrics = endpoint({
  id: 'targets.metrics', method: 'GET', path: `${base}/metrics`, verb: 'view', doing: 'see what a target measured', summary: 'Requests, 5xx and latency by revision over a window, with the moments that rollouts changed the traffic.',
  input: z.object({ id: Id, window: z.enum(metricsWindowNames).default('6h') }), output: TargetMetrics,
})
export const viewRolloutArms = endpoint({
  id: 'targets.arms', method: 'GET', path: `${base}/arms`, verb: 'view', doing: 'see what a rollout measured', summary: 'What stable and candidate of a rollout here (the newest, unless one is named) answered since its current step sent traffic.',
  input: z.object({ id: Id, rollout: Id.optional() }), output: RolloutArms,
})
