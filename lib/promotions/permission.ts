import { can, rolesWith, type Actor } from '#lib/access/actor.ts'
import { needsText, rolesText } from '#lib/access/words.ts'
import { ineligible, type Approver } from '#lib/gates/approvals/eligible.ts'
import type { Unmet, Verb } from '#lib/platform/endpoint.ts'
import { unmet } from '#lib/platform/errors.ts'
import { listText } from '#lib/platform/words.ts'
import { canPromotion, promotionStatesFor, type PromotionAction, type PromotionState } from '#lib/promotions/state.ts'
import type { ApprovalRule } from '#lib/rollouts/schema.ts'

/** What the buttons and the server need to know to offer or refuse an action. Read once for all of them. */
export type ActionFacts = {
  state: PromotionState
  applicationId: string
  environmentId: string
  environment: string
  requestedById: string
  release: { version: string; author: string | null; createdById: string | null }
  rules: readonly ApprovalRule[]
  /** People whose approval of this content counts as given. */
  approvedBy: readonly string[]
  start: 'auto' | 'manual'
  startRequested: boolean
  /** What neither approval nor override gets past. */
  blockers: readonly Unmet[]
  /** Unmet reasons of gates that are not open. */
  closed: readonly Unmet[]
}

const verbOf = { approve: 'approve', reject: 'approve', withdraw: 'approve', start: 'approve', cancel: 'propose', override: 'override' } as const satisfies Record<PromotionAction, Verb>

/** Every reason why this actor may not do this now; empty when they may. One check for each path: button, API, form. */
export function refusalsOf(action: PromotionAction, actor: Actor, f: ActionFacts): Unmet[] {
  return [...stateRefusals(action, f), ...roleRefusals(action, actor, f), ...ruleRefusals(action, actor, f), ...wayRefusals(action, actor, f)]
}

function stateRefusals(action: PromotionAction, f: ActionFacts): Unmet[] {
  if (canPromotion(action, f.state)) return []
  const instead = f.state === 'rolling_out' && (action === 'cancel' || action === 'withdraw') ? '; abort its rollouts to go back' : ''
  return [unmet('state', `${action} is possible while ${listText(promotionStatesFor(action), 'or')}; this promotion is ${f.state}${instead}`.replaceAll('_', ' '))]
}

function roleRefusals(action: PromotionAction, actor: Actor, f: ActionFacts): Unmet[] {
  const place = { applicationId: f.applicationId, environmentId: f.environmentId }
  if (actor.kind !== 'person' && actor.kind !== 'token') return [unmet('role', 'only people decide', null)]
  if (action === 'cancel') {
    const isOwn = actor.id === f.requestedById && can(actor, 'propose', place)
    return isOwn || can(actor, 'approve', place) ? [] : [unmet('role', 'only who asked for it, or who may approve here, cancels it', rolesText(rolesWith('approve')))]
  }
  const verb = verbOf[action]
  return can(actor, verb, place) ? [] : [unmet('role', needsText([verb], `in ${f.environment}`), rolesText(rolesWith(verb)))]
}

/** Whoever decides must count for at least one rule: an approval that no rule counts would be theatre. */
function ruleRefusals(action: PromotionAction, actor: Actor, f: ActionFacts): Unmet[] {
  if (action !== 'approve' && action !== 'reject') return []
  if (f.rules.length === 0) return action === 'reject' ? [] : [unmet('no_rule', `${f.environment} asks for no approval`)]
  const person: Approver = { id: actor.id, name: actor.name, email: actor.email, grants: actor.grants }
  const perRule = f.rules.map((rule) => ineligible(person, rule, f))
  if (perRule.some((reasons) => reasons.length === 0)) {
    const isTwice = action === 'approve' && f.approvedBy.includes(actor.id)
    return isTwice ? [unmet('already_approved', `${actor.name} has approved this already; one person counts once`, 'another person')] : []
  }
  return perRule.flat().map((reason) => unmet(reason.code === 'role' ? 'rule_role' : `excluded_${reason.code}`, reason.message, 'another person'))
}

function wayRefusals(action: PromotionAction, actor: Actor, f: ActionFacts): Unmet[] {
  if (action === 'override') return [...f.blockers]
  if (action === 'withdraw' && !f.approvedBy.includes(actor.id)) return [unmet('not_approved', `${actor.name} has given no approval that counts here`)]
  if (action !== 'start' || !canPromotion('start', f.state)) return []
  if (f.start === 'auto') return [unmet('start', 'it starts by itself as soon as it is its turn')]
  return f.startRequested ? [unmet('start', 'it was started already and waits for its turn')] : [...f.blockers, ...f.closed]
}

/** Why this actor may not say that a break-glass was looked at: it takes an approver, and somebody else than who used it. */
export function reviewRefusals(actor: Actor, place: { applicationId: string; environmentId: string }, override: { byId: string; reviewedAt: string | null }): Unmet[] {
  const out: Unmet[] = []
  if (!can(actor, 'approve', place)) out.push(unmet('role', needsText(['approve']), rolesText(rolesWith('approve'))))
  if (actor.id === override.byId) out.push(unmet('own_override', 'somebody else reviews a break-glass than who used it', rolesText(rolesWith('approve'))))
  return out
}
