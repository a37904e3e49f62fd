import 'server-only'
import { type Actor, authorise } from '#lib/access/actor.ts'
import { actorOf } from '#lib/audit/service.ts'
import { visibleAudit } from '#lib/audit/visible.ts'
import type { ActivityEvent, EndedRollout, OverviewView, ServiceRow, viewOverview, WaitingPromotion } from '#lib/overview/contract.ts'
import { type ActivityRow, findActivity, findEnded, findListing, findOpen, findOverridden, findWaiting, type ListedService } from '#lib/overview/store.ts'
import { nowMs } from '#lib/platform/clock.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { isoOf } from '#lib/platform/time.ts'
import { type PromotionSummaryRow, summaryOf as promotionOf } from '#lib/promotions/summaries.ts'
import { summaryOf as rolloutOf } from '#lib/rollouts/view.ts'
import type { TargetSummary } from '#lib/targets/contract.ts'
import { summaries } from '#lib/targets/service.ts'

const dayMs = 86_400_000

/** Everything that the overview shows at first, in a fixed number of statements; each list holds what the actor may view. */
export async function view(actor: Actor, input: Parsed<typeof viewOverview>): Promise<OverviewView> {
  authorise(actor, 'view', null, 'see the overview')
  const now = await nowMs()
  const [live, open, ended, waiting, overridden, activity] = await Promise.all([
    liveOf(actor, input.services === 'all'),
    findOpen(actor),
    endedOf(actor, new Date(now - dayMs)),
    findWaiting(actor),
    findOverridden(actor),
    visibleAudit(actor).then(findActivity),
  ])
  return { ...live, open: open.map(rolloutOf), ended, waiting: waiting.map(waitingOf), overridden: overridden.map((p) => promotionOf(p)), activity: activity.map(eventOf), now: isoOf(now) }
}

/** Which services come first, then their targets as they are. */
async function liveOf(actor: Actor, isAll: boolean): Promise<Pick<OverviewView, 'counts' | 'services' | 'tiers' | 'oldestAsOf' | 'drifted'>> {
  const listing = await findListing(actor, isAll)
  const shown = listing.services.flatMap((s) => [...s.before.map((t) => t.id), ...(s.production === null ? [] : [s.production])])
  const targets = new Map((await summaries(actor, [...new Set([...shown, ...listing.drifted])])).map((t) => [t.id, t]))
  const of = (ids: readonly string[]) => ids.flatMap((id) => targets.get(id) ?? [])
  return { counts: listing.counts, tiers: listing.tiers, oldestAsOf: listing.oldest_as_of?.toISOString() ?? null, drifted: of(listing.drifted), services: listing.services.map((s) => serviceOf(s, of)) }
}

function serviceOf({ application, service, production, before }: ListedService, of: (ids: readonly string[]) => TargetSummary[]): ServiceRow {
  const inTier = (tier: string) => of(before.flatMap((t) => (t.tier === tier ? [t.id] : [])))
  return { application, service, development: inTier('development'), staging: inTier('staging'), production: (production === null ? undefined : of([production])[0]) ?? null }
}

async function endedOf(actor: Actor, since: Date): Promise<EndedRollout[]> {
  const rollouts = (await findEnded(actor, since)).map(rolloutOf)
  const targets = await summaries(actor, [...new Set(rollouts.map((r) => r.target.id))], 'notable')
  return rollouts.map((r) => ({ ...r, hold: targets.find((t) => t.id === r.target.id)?.hold ?? null }))
}

const waitingOf = (p: PromotionSummaryRow): WaitingPromotion => ({ ...promotionOf(p), deniedAt: p.expiresAfterMs === null ? null : isoOf(p.createdAt.getTime() + p.expiresAfterMs) })

const eventOf = (row: ActivityRow): ActivityEvent => ({ id: row.id, chain: row.chain, seq: row.seq, at: row.at.toISOString(), actor: actorOf(row), verb: row.verb, subject: { kind: row.subjectKind, id: row.subjectId }, reason: row.reason, message: row.message, requestId: row.requestId, hash: row.hash })
