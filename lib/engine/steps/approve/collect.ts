import 'server-only'
import { db } from '#lib/platform/db/client.ts'
import type { ApprovalRule } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'

/**
 * Are an approve step's decisions enough now? Roles are read again, one person counts once, the requester is left out
 * when the rule says so; only decisions on this rollout's content count.
 */
export async function stepApprovals(r: RolloutRow, rule: ApprovalRule, _nowMs: number): Promise<{ met: boolean; rejectedBy: string | null; waiting: string }> {
  const given = await db.approval.findMany({ where: { rolloutId: r.id, stepIndex: r.stepIndex, voidedAt: null, contentHash: r.contentHash }, orderBy: { at: 'asc' } })
  const eligible = await eligiblePeople(r, rule, given.map((g) => g.personId))
  const rejected = given.find((g) => g.decision === 'reject' && eligible.has(g.personId))
  const people = new Set(given.filter((g) => g.decision === 'approve' && eligible.has(g.personId)).map((g) => g.personId))
  return { met: people.size >= rule.count, rejectedBy: rejected?.personName ?? null, waiting: `${people.size} of ${rule.count} approvals for "${rule.name}", by ${rule.roles.join(' or ')}` }
}

/** Which of these people may decide on this step now. */
export async function eligiblePeople(r: RolloutRow, rule: ApprovalRule, personIds: readonly string[]): Promise<Set<string>> {
  const bindings = await db.binding.findMany({
    where: { personId: { in: [...personIds] }, role: { in: rule.roles as ('release_manager' | 'admin')[] }, person: { disabledAt: null } },
    include: { person: true },
  })
  const author = r.releaseId ? (await db.release.findUnique({ where: { id: r.releaseId }, select: { author: true } }))?.author : null
  const ok = bindings.filter((b) => {
    const isHere = (b.applicationId === null || b.applicationId === r.target.applicationId) && (b.environmentId === null || b.environmentId === r.target.environmentId)
    const isRequester = rule.exclude.includes('requester') && b.personId === r.requestedById
    const isAuthor = rule.exclude.includes('author') && author !== null && author !== undefined && author.toLowerCase().includes(b.person.email)
    return isHere && !isRequester && !isAuthor
  })
  return new Set(ok.map((b) => b.personId))
}
