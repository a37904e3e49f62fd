import type { RoleName } from '#lib/access/actor.ts'
import type { BlueprintModel } from '#lib/blueprints/model.ts'
import type { ApprovalRule } from '#lib/rollouts/schema.ts'

/** A person who may sign in, with the roles bound at one environment (everywhere, in the application, or just there). */
export type PersonAt = { id: string; name: string; roles: readonly RoleName[] }
export type PolicyFacts = {
  /** Who has which role at an environment. */
  peopleAt: (environment: string) => readonly PersonAt[]
  mayApprove: readonly RoleName[]
  mayPropose: readonly RoleName[]
}
export type PolicyProblem = { path: readonly (string | number)[]; message: string }

type Place = { rule: ApprovalRule; environment: string; path: readonly (string | number)[] }

/** Every approval rule with the environment where people must meet it: of the environment, and of the strategy it uses. */
function rulesOf(model: BlueprintModel): Place[] {
  return model.environments.flatMap((environment, e) => {
    const own = environment.approvals.map((rule, i) => ({ rule, environment: environment.name, path: ['spec', 'environments', e, 'approvals', i] }))
    const s = model.strategies.findIndex((strategy) => strategy.name === environment.strategy)
    const inSteps = (model.strategies[s]?.steps ?? []).flatMap((step, i) => (step.kind === 'approve' ? [{ rule: step.rule, environment: environment.name, path: ['spec', 'strategies', s, 'steps', i, 'approve'] }] : []))
    return [...own, ...inSteps]
  })
}

/** Rules that nobody could ever meet (DESIGN 7): promotions under them would only wait until they expire. */
export const impossibleRules = (model: BlueprintModel, facts: PolicyFacts): PolicyProblem[] =>
  rulesOf(model).flatMap((place) => {
    const reason = whyImpossible(place, facts)
    return reason === null ? [] : [{ path: place.path, message: `"${place.rule.name}" can never be met in ${place.environment}: ${reason}` }]
  })

function whyImpossible({ rule, environment }: Place, facts: PolicyFacts): string | null {
  const roles = rule.roles.filter((role) => facts.mayApprove.some((r) => r === role))
  if (roles.length === 0) return `${rule.roles.join(' and ')} cannot approve; roles that can: ${facts.mayApprove.join(', ')}`
  const people = facts.peopleAt(environment)
  const approvers = people.filter((p) => p.roles.some((r) => roles.includes(r)))
  const proposers = people.filter((p) => p.roles.some((r) => facts.mayPropose.includes(r)))
  const names = approvers.length === 0 ? 'nobody' : approvers.map((p) => p.name).toSorted().join(', ')
  const bound = `${names} ${approvers.length > 1 ? 'are' : 'is'} bound as ${roles.join(' or ')} there`
  if (approvers.length < rule.count) return `it needs ${rule.count}, and ${bound}`
  // The requester is always one of the proposers; when each of them is an approver, one approver is always excluded.
  const alwaysExcluded = rule.exclude.includes('requester') && proposers.every((p) => approvers.includes(p)) ? 1 : 0
  if (approvers.length - alwaysExcluded < rule.count) return `it needs ${rule.count} besides the requester, ${bound}, and nobody else may request`
  return null
}

/** Roles listed in a rule that opens nothing for them: harmless, and worth saying. */
export const idleRoles = (model: BlueprintModel, facts: Pick<PolicyFacts, 'mayApprove'>): string[] => [
  ...new Set(
    rulesOf(model).flatMap(({ rule, environment }) =>
      rule.roles.filter((role) => !facts.mayApprove.some((r) => r === role)).map((role) => `${environment}: "${rule.name}" lists ${role}, who cannot approve; only ${facts.mayApprove.join(' and ')} can`),
    ),
  ),
]
