import 'server-only'
import { rolesText } from '#lib/access/words.ts'
import { type Ineligible, ineligible } from '#lib/gates/approvals/eligible.ts'
import { peopleHere } from '#lib/gates/approvals/gate.ts'
import { db } from '#lib/platform/db/client.ts'
import type { ApprovalRule } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'

/**
 * Why each of these people may not decide on a step now; nobody in the answer means no role here at all. The same rule as
 * for a promotion's approvals, so that one person cannot pass here who could not pass there.
 */
export async function reasonsAgainst(r: RolloutRow, rule: ApprovalRule, personIds: readonly string[]): Promise<Map<string, Ineligible[]>> {
  const release = r.releaseId ? await db.release.findUnique({ where: { id: r.releaseId }, select: { author: true, createdById: true } }) : null
  const facts = { requestedById: r.requestedById ?? '', applicationId: r.target.applicationId, environmentId: r.target.environmentId, release: release ?? { author: null, createdById: null } }
  const people = await peopleHere(db, facts)
  return new Map(people.filter((p) => personIds.includes(p.id)).map((p) => [p.id, ineligible(p, rule, facts)]))
}

/**
 * Are an approve step's decisions enough now? Roles are read again, one person counts once, excluded people do not; only
 * decisions on this rollout's content count.
 */
export async function stepApprovals(r: RolloutRow, rule: ApprovalRule): Promise<{ met: boolean; rejectedBy: string | null; waiting: string }> {
  const given = await db.approval.findMany({ where: { rolloutId: r.id, stepIndex: r.stepIndex, voidedAt: null, contentHash: r.contentHash }, orderBy: { at: 'asc' } })
  const against = await reasonsAgainst(r, rule, given.map((g) => g.personId))
  const counts = given.filter((g) => against.get(g.personId)?.length === 0)
  const rejected = counts.find((g) => g.decision === 'reject')
  const people = new Set(counts.filter((g) => g.decision === 'approve').map((g) => g.personId))
  return { met: people.size >= rule.count, rejectedBy: rejected?.personName ?? null, waiting: `${people.size} of ${rule.count} approvals for "${rule.name}", by ${rolesText(rule.roles)}` }
}
