import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { isOpen } from '#lib/gates/registry.ts'
import { GateView } from '#lib/gates/schema.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import type { Unmet } from '#lib/platform/endpoint.ts'
import { actionsOf } from '#lib/promotions/actions.ts'
import { PromotionContent } from '#lib/promotions/content.ts'
import { PromotionPlan, type PromotionSummary, type PromotionView } from '#lib/promotions/contract.ts'
import { type ActionFacts, reviewRefusals } from '#lib/promotions/permission.ts'
import { buildPlan, forecastOf } from '#lib/promotions/plan.ts'
import { refreshContent } from '#lib/promotions/replan.ts'
import { isPromotionEnd } from '#lib/promotions/state.ts'
import { findPromotion, Journal, lockPromotion, overrideInForce, overrideOf, overrideUse, type PromotionRow, storedGates } from '#lib/promotions/store.ts'
import { isGone, loadSubject, type Subject } from '#lib/promotions/subject.ts'
import { summaryOf } from '#lib/promotions/summaries.ts'
import { allUnmet, standingOf, startOf, type Standing } from '#lib/promotions/waiting.ts'
import { summaries } from '#lib/rollouts/service.ts'
import { transact } from '#lib/rollouts/transact.ts'

export const rolloutsOf = (promotionIds: readonly string[]) => db.rollout.findMany({ where: { promotionId: { in: [...promotionIds] } }, select: { id: true, promotionId: true, state: true, holdReason: true, target: { select: { service: { select: { slug: true } } } } }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })

/** The public form of a promotion that was read whole. */
export function wholeSummaryOf(row: PromotionRow, rollouts: Awaited<ReturnType<typeof rolloutsOf>>, unmetNow?: readonly Unmet[]): PromotionSummary {
  const { application, ...environment } = row.environment
  const own = rollouts.map((r) => ({ id: r.id, state: r.state, service: r.target.service.slug, hold: (r.holdReason as { message?: string } | null)?.message ?? null }))
  return summaryOf({ ...row, applicationId: application.id, application: application.slug, environment: environment.slug, tier: environment.tier, unmet: storedGates(row.gates).unmet, rollouts: own }, unmetNow)
}

export const approvalsOf = (tx: Tx, promotionId: string) => tx.approval.findMany({ where: { promotionId, rolloutId: null }, orderBy: { at: 'asc' } })

/** Content that moved while nobody looked voids approvals now, not at the next wake-up: a page never shows what no longer counts. */
async function upToDate(row: PromotionRow, subject: Subject): Promise<PromotionRow> {
  if (row.contentHash === subject.contentHash) return row
  return transact(async (tx) => {
    const locked = await lockPromotion(tx, row.id)
    if (!locked || (locked.state !== 'pending' && locked.state !== 'ready')) return locked ?? row
    const fresh = await loadSubject(tx, row.releaseId, row.environmentId)
    if (isGone(fresh)) return locked
    const journal = new Journal()
    const saved = await refreshContent(tx, journal, locked, fresh, await nowMs(tx))
    await journal.write(tx)
    return saved
  })
}

/** One promotion for one reader. Waiting ones are planned against live and judged now; others show what was decided. */
export async function promotionView(actor: Actor, id: string): Promise<PromotionView | null> {
  const found = await findPromotion(db, id)
  if (!found) return null
  const atMs = await nowMs(db)
  const waits = found.state === 'pending' || found.state === 'ready'
  const subject = waits ? await loadSubject(db, found.releaseId, found.environmentId) : null
  const row = subject && !isGone(subject) ? await upToDate(found, subject) : found
  const standing = subject ? await standingOf(db, row, subject, atMs) : null
  const plan = subject && !isGone(subject) ? await buildPlan(subject, { promotionId: row.id, requestedById: row.requestedById, requestedAtMs: row.createdAt.getTime(), nowMs: atMs, overriddenBy: overrideInForce(row, subject.contentHash, atMs) }) : storedPlan(row)
  const [rollouts, approvals, release] = await Promise.all([rolloutsOf([row.id]), approvalsOf(db, row.id), db.release.findUniqueOrThrow({ where: { id: row.releaseId }, select: { createdById: true } })])
  const content = PromotionContent.safeParse(row.content)
  const rules = content.success ? content.data.policy.approvals : []
  const override = overrideOf(row)
  const facts = actionFacts(row, { rules, standing, approvals, createdById: release.createdById, start: subject && !isGone(subject) ? startOf(row, subject) : 'auto' })
  return {
    ...wholeSummaryOf(row, rollouts, standing ? allUnmet(standing) : undefined),
    plan,
    gates: standing ? standing.gates.map((g) => GateView.parse(g)) : storedGates(row.gates).views,
    approvalRules: rules,
    approvals: approvals.map((a) => ({ id: a.id, person: a.personName, decision: a.decision === 'reject' ? 'reject' : 'approve', contentHash: a.contentHash, comment: a.comment, at: a.at.toISOString(), stepIndex: null, voided: a.voidedAt ? { at: a.voidedAt.toISOString(), reason: a.voidReason ?? 'voided' } : null })),
    override: override && {
      by: override.by, reason: override.reason, at: override.at, use: overrideUse(row, override, atMs), mayReview: reviewRefusals(actor, { applicationId: row.environment.application.id, environmentId: row.environmentId }, override).length === 0,
      reviewed: override.reviewedAt === null ? null : { by: override.review?.by ?? 'unknown', at: override.reviewedAt, comment: override.review?.comment ?? null },
    },
    supersededBy: row.supersededById,
    rolloutStates: await summaries(actor, rollouts.map((r) => r.id)),
    actions: actionsOf(actor, facts),
    now: new Date(atMs).toISOString(),
  }
}

type Parts = { rules: ActionFacts['rules']; standing: Standing | null; approvals: Awaited<ReturnType<typeof approvalsOf>>; createdById: string | null; start: 'auto' | 'manual' }

/** What permission.ts judges by, from what was read. */
export const actionFacts = (row: PromotionRow, p: Parts): ActionFacts => ({
  state: row.state,
  applicationId: row.environment.application.id,
  environmentId: row.environmentId,
  environment: row.environment.slug,
  requestedById: row.requestedById,
  release: { version: row.release.version, author: row.release.author, createdById: p.createdById },
  rules: p.rules,
  approvedBy: p.approvals.filter((a) => a.decision === 'approve' && a.voidedAt === null && a.contentHash === row.contentHash).map((a) => a.personId),
  start: p.start,
  startRequested: row.startRequested !== null,
  blockers: p.standing?.blockers ?? [],
  closed: p.standing?.gates.flatMap((g) => (isOpen(g) ? [] : g.unmet)) ?? [],
})

/** The plan as it was when it was asked for; for rows without one, what the content tells. */
function storedPlan(row: PromotionRow): PromotionPlan {
  const stored = PromotionPlan.safeParse(row.plan)
  if (stored.success) return stored.data
  const content = PromotionContent.safeParse(row.content)
  return {
    planHash: '',
    contentHash: row.contentHash,
    release: { id: row.release.id, version: row.release.version, commit: row.release.commit },
    application: row.environment.application.slug,
    environment: row.environment.slug,
    targets: [],
    changes: [],
    stays: [],
    gates: isPromotionEnd(row.state) ? [] : storedGates(row.gates).views,
    steps: content.success ? (Object.values(content.data.targets)[0]?.plan.steps ?? []) : [],
    forecast: content.success ? forecastOf(content.data) : { minimumSeconds: 0, text: 'not recorded' },
    refusals: [],
    rollback: [],
  }
}
