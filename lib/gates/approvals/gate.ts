import { rolesText } from '#lib/access/words.ts'
import { ineligible, type Approver } from '#lib/gates/approvals/eligible.ts'
import type { Gate, GateFacts, GateOutcome } from '#lib/gates/gate.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { unmet } from '#lib/platform/errors.ts'
import { durationText, listText } from '#lib/platform/words.ts'
import type { ApprovalRule } from '#lib/rollouts/schema.ts'

export type GivenApproval = { personId: string; personName: string; contentHash: string; voided: boolean }
/** Approvals of this promotion, and everybody who has a role here now. */
export type ApprovalEvidence = { given: readonly GivenApproval[]; people: readonly Approver[] }

export const approvals: Gate<ApprovalEvidence> = {
  async collect(tx, facts) {
    const given = await givenApprovals(tx, facts.promotionId)
    return { given, people: await peopleHere(tx, facts) }
  },
  judge: (facts, evidence) => facts.policy.approvals.map((rule) => judgeRule(rule, facts, evidence)),
}

async function givenApprovals(tx: Tx, promotionId: string | null): Promise<GivenApproval[]> {
  if (promotionId === null) return []
  const rows = await tx.approval.findMany({ where: { promotionId, rolloutId: null, decision: 'approve' }, orderBy: { at: 'asc' } })
  return rows.map((r) => ({ personId: r.personId, personName: r.personName, contentHash: r.contentHash, voided: r.voidedAt !== null }))
}

/** Disabled people are left out: what they approved does not count any more. */
export async function peopleHere(tx: Tx, at: Pick<GateFacts, 'applicationId' | 'environmentId'>): Promise<Approver[]> {
  const rows = await tx.person.findMany({
    where: { disabledAt: null, bindings: { some: { AND: [{ OR: [{ applicationId: null }, { applicationId: at.applicationId }] }, { OR: [{ environmentId: null }, { environmentId: at.environmentId }] }] } } },
    select: { id: true, name: true, email: true, bindings: { select: { role: true, applicationId: true, environmentId: true } } },
    orderBy: { email: 'asc' },
  })
  return rows.map((r) => ({ id: r.id, name: r.name || r.email, email: r.email, grants: r.bindings }))
}

/**
 * One rule: so many different people of these roles, none of them excluded. Two approvals of one person are one. Unmet
 * when its time is over it is denied: expiry is never consent.
 */
function judgeRule(rule: ApprovalRule, facts: GateFacts, { given, people }: ApprovalEvidence): GateOutcome {
  const counted = new Map<string, string>()
  const lost: string[] = []
  for (const approval of given) {
    if (approval.voided || approval.contentHash !== facts.contentHash || counted.has(approval.personId)) continue
    const person = people.find((p) => p.id === approval.personId)
    const reasons = person ? ineligible(person, rule, facts) : [{ message: `has no role here any more` }]
    if (reasons.length === 0) counted.set(approval.personId, approval.personName)
    else lost.push(`the approval of ${approval.personName} does not count: ${reasons.map((r) => r.message).join(', ')}`)
  }
  const base = { kind: 'approvals' as const, name: rule.name, lookAgainAtMs: null, expired: null }
  if (counted.size >= rule.count) return { ...base, state: 'met', summary: `${counted.size} of ${rule.count}: approved by ${listText([...counted.values()])}`, unmet: [] }
  const deadlineMs = rule.expiresAfterMs === null ? null : facts.requestedAtMs + rule.expiresAfterMs
  const progress = `${counted.size} of ${rule.count} approvals`
  if (deadlineMs !== null && facts.nowMs >= deadlineMs) {
    const expired = `${rule.name}: ${progress} within ${durationText(rule.expiresAfterMs ?? 0)}`
    return { ...base, state: 'denied', summary: `expired with ${progress}`, unmet: [unmet('expired', `${expired}; ask again`)], expired }
  }
  const who = whoCan(rule, facts, people, counted)
  const left = deadlineMs === null ? '' : `; expires in ${durationText(deadlineMs - facts.nowMs)}`
  const message = [`${rule.name}: ${progress}${left}`, ...lost].join('; ')
  return { ...base, state: 'unmet', summary: `${progress}${left}`, unmet: [unmet('approvals', message, who)], lookAgainAtMs: deadlineMs }
}

const mostNames = 5

/** Names those who could approve now, so that nobody has to guess whom to ask. */
function whoCan(rule: ApprovalRule, facts: GateFacts, people: readonly Approver[], counted: ReadonlyMap<string, string>): string {
  const able = people.filter((p) => !counted.has(p.id) && ineligible(p, rule, facts).length === 0).map((p) => p.name)
  const excluded = rule.exclude.length > 0 ? `, not the ${listText(rule.exclude, 'or')}` : ''
  const names = able.length === 0 ? 'nobody at present' : listText([...able.slice(0, mostNames), ...(able.length > mostNames ? [`${able.length - mostNames} more`] : [])], 'or')
  return `${rolesText(rule.roles)}${excluded}: ${names}`
}
