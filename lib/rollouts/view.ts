import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { can } from '#lib/access/actor.ts'
import { needsText, rolesText } from '#lib/access/words.ts'
import { reasonsAgainst } from '#lib/engine/steps/approve/collect.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import type { Unmet } from '#lib/platform/endpoint.ts'
import { unmet } from '#lib/platform/errors.ts'
import { isoOf, msOf } from '#lib/platform/time.ts'
import { bakesOf } from '#lib/rollouts/bakes.ts'
import { actionViews, placeOf } from '#lib/rollouts/actions.ts'
import type { ActionView, ApprovalView, RolloutSummary, RolloutView } from '#lib/rollouts/contract.ts'
import type { ApprovalRule } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'
import type { RolloutSummaryRow } from '#lib/rollouts/summaries.ts'
import { gcloudLine, headlineFactsOf, headlineOf } from '#lib/rollouts/words.ts'

const iso = (d: Date | null): string | null => d?.toISOString() ?? null

export function summaryOf(r: RolloutSummaryRow): RolloutSummary {
  const release = r.candidate?.releaseId && r.candidate.version ? { id: r.candidate.releaseId, version: r.candidate.version } : null
  return {
    id: r.id, kind: r.kind, state: r.state, holdReason: r.hold, promotion: r.promotionId, release,
    target: { id: r.targetId, application: r.application, environment: r.environment, tier: r.tier, service: r.service, locator: `${r.locator.project}/${r.locator.region}/${r.locator.service}` },
    stable: r.stable, candidate: r.candidate, stepIndex: r.stepIndex, stepCount: r.stepCount,
    split: { desired: r.desiredSplit, observed: r.observedSplit, asOf: iso(r.observedAt) },
    headline: headlineOf(r), createdBy: r.createdBy, createdAt: r.createdAt.toISOString(), startedAt: iso(r.startedAt), endedAt: iso(r.endedAt), endReason: r.endReason, version: r.version,
  }
}

/** When each step ends if nothing waits: bakes take their time, the rest seconds. Null once it is not known. */
function plannedEnds(r: RolloutRow, now: number): (string | null)[] {
  if (r.endedAt || r.state === 'held' || r.state === 'paused') return r.plan.steps.map(() => null)
  const bakes = new Map(bakesOf(r.plan).map((bake) => [bake.index, bake.plannedMs]))
  let at = now
  return r.plan.steps.map((_, i) => {
    const run = r.runs[i]
    if (run?.endedAt) return null
    at = Math.max(at, (i === r.stepIndex && run?.startedAt ? msOf(run.startedAt) : at) + (bakes.get(i) ?? 0))
    return isoOf(at)
  })
}

export async function approvalsOf(where: { rolloutId: string } | { promotionId: string }): Promise<ApprovalView[]> {
  const rows = await db.approval.findMany({ where, orderBy: { at: 'asc' } })
  return rows.map((a) => ({
    id: a.id, person: a.personName, decision: a.decision === 'reject' ? 'reject' : 'approve', contentHash: a.contentHash, comment: a.comment, at: a.at.toISOString(), stepIndex: a.stepIndex,
    voided: a.voidedAt ? { at: a.voidedAt.toISOString(), reason: a.voidReason ?? '' } : null,
  }))
}

/** The whole rollout for a page or a caller: what is, what was measured, and what this actor may do. */
export async function viewOf(r: RolloutRow, actor: Actor): Promise<RolloutView> {
  const [now, approvals, decided] = await Promise.all([nowMs(), approvalsOf({ rolloutId: r.id }), decisions(r, actor)])
  const ends = plannedEnds(r, now)
  return {
    ...summaryOf({ ...r, ...r.target, ...headlineFactsOf(r), id: r.id, locator: r.plan.locator, stepCount: r.plan.steps.length }),
    plan: r.plan,
    steps: r.plan.steps.map((plan, index) => ({ index, plan, run: r.runs[index] ?? { state: 'pending', startedAt: null, endedAt: null, trafficAt: null, message: null, tries: [] }, plannedEndAt: ends[index] ?? null })),
    verdicts: r.verdicts,
    approvals,
    contentHash: r.contentHash,
    actions: [...decided, ...actionViews(r, actor)],
    requested: isUnderWay(r.intent) || r.state === 'rolling_back' || (r.kind !== 'promotion' && r.state === 'running'),
    wakeAt: iso(r.wakeAt),
    gcloud: gcloudLine(r.plan.locator, r.stable?.revision ?? Object.keys(r.desiredSplit ?? {})[0] ?? null),
    now: isoOf(now),
  }
}

/** A plan that nobody has called for yet is not under way. */
const isUnderWay = (i: RolloutRow['intent']): boolean => i !== null && !(i.kind === 'traffic' && i.called === false)

/** Approve and reject, while an approve step asks. */
async function decisions(r: RolloutRow, actor: Actor): Promise<ActionView[]> {
  const step = r.plan.steps[r.stepIndex]
  if (step?.kind !== 'approve' || r.endedAt || (r.hold?.code !== 'awaiting_approval' && r.hold?.details?.['frozen'] !== true)) return []
  const reasons = [...(can(actor, 'approve', placeOf(r)) ? [] : [unmet('role', needsText(['approve']), rolesText(step.rule.roles))]), ...(await notEligible(r, step.rule, actor))]
  const base = { allowed: reasons.length === 0, unmet: reasons }
  return [
    { action: 'approve', label: `Approve: ${step.rule.name}`, consequence: 'The rollout goes on once enough people approved.', towardStable: false, ...base },
    { action: 'reject', label: 'Reject', consequence: 'Sends what has traffic back to stable.', towardStable: true, ...base },
  ]
}

/** Every reason why this actor's decision would not count on the step that asks; the service refuses by the same. */
export async function notEligible(r: RolloutRow, rule: ApprovalRule, actor: Actor): Promise<Unmet[]> {
  const against = (await reasonsAgainst(r, rule, [actor.id])).get(actor.id)
  if (!against) return [unmet('not_eligible', `"${rule.name}" is for ${rolesText(rule.roles)} here`, rolesText(rule.roles))]
  return against.map((x) => unmet('not_eligible', x.message, rolesText(rule.roles)))
}
