import { z } from 'zod'
import { AuditEvent } from '#lib/audit/contract.ts'
import { endpoint, Slug, Time } from '#lib/platform/endpoint.ts'
import { PromotionSummary } from '#lib/promotions/contract.ts'
import { RolloutLine } from '#lib/rollouts/contract.ts'
import { HoldView, TargetSummary } from '#lib/targets/contract.ts'

/** One service with one of its targets in production, and with those that come before. */
export const ServiceRow = z.object({
  application: z.object({ slug: Slug, title: z.string() }),
  service: Slug,
  development: z.array(TargetSummary),
  staging: z.array(TargetSummary),
  /** Null where it has none, or none that the reader may view. */
  production: TargetSummary.nullable(),
})
export type ServiceRow = z.infer<typeof ServiceRow>

export const ActivityEvent = AuditEvent.omit({ before: true, after: true })
export type ActivityEvent = z.infer<typeof ActivityEvent>
export const WaitingPromotion = PromotionSummary.extend({ /** When it is denied by itself if nobody decides. */ deniedAt: Time.nullable() })
export type WaitingPromotion = z.infer<typeof WaitingPromotion>
export const EndedRollout = RolloutLine.extend({ /** The hold in force on its target. */ hold: HoldView.nullable() })
export type EndedRollout = z.infer<typeof EndedRollout>

export const OverviewView = z.object({
  /** Of everything that the reader may view, whatever of it is listed below. */
  counts: z.object({ applications: z.number().int(), targets: z.number().int(), /** Rollouts under way. */ open: z.number().int(), drifted: z.number().int(), onHold: z.number().int(), unreadable: z.number().int(), services: z.number().int() }),
  /** What fails or moves first. */
  services: z.array(ServiceRow),
  /** Tiers before production that some target is in. */
  tiers: z.array(z.enum(['development', 'staging'])),
  /** When the target was read that was not read for longest. */
  oldestAsOf: Time.nullable(),
  /** Changed outside with no rollout there to say so. */
  drifted: z.array(TargetSummary),
  /** Rollouts under way, what waits for a person first, then the newest; not more than fifty. */
  open: z.array(RolloutLine),
  /** Rollouts that failed or were taken back within a day, or left a hold that is in force; newest first. */
  ended: z.array(EndedRollout),
  waiting: z.array(WaitingPromotion),
  /** Passed by break-glass, and nobody else has looked at that. */
  overridden: z.array(PromotionSummary),
  /** What people, rules and the engine did; what only leads up to it is in the audit log. */
  activity: z.array(ActivityEvent),
  now: Time,
})
export type OverviewView = z.infer<typeof OverviewView>

/** Services listed unless all are asked for: about a screen and a half, since every page load pays for each (docs/benchmarks.md). */
export const servicesAtFirst = 24
export const viewOverview = endpoint({
  id: 'overview.view', method: 'GET', path: '/api/v1/overview', verb: 'view', doing: 'see the overview', summary: `What needs somebody, what is live and what happened last. The first ${servicesAtFirst} services, what fails or moves first; all of them with \`services=all\`.`,
  input: z.object({ services: z.literal('all').optional() }), output: OverviewView,
})
