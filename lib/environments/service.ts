import 'server-only'
import { type Actor, authorise, forbidden, rolesAt, systemActor } from '#lib/access/actor.ts'
import { type ApplicationRow, findApplication, listApplicationRows } from '#lib/applications/store.ts'
import { maySee, seenEnvironments, visibleIds } from '#lib/applications/visible.ts'
import { BlueprintModel, type EnvironmentModel, type StrategyModel } from '#lib/blueprints/model.ts'
import type { ApplicationEnvironments, ApprovalRuleView, EnvironmentView, listEnvironments } from '#lib/environments/contract.ts'
import { listPeopleWithRoles, type PersonWithRoles } from '#lib/environments/store.ts'
import type { Output, Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'
import type { ApprovalRule, StepPlan } from '#lib/rollouts/schema.ts'
import type { TargetSummary } from '#lib/targets/contract.ts'
import { summaries } from '#lib/targets/service.ts'

/** Environments of the applications that the actor may see, as the applied blueprints have them; the cursor is the last application's slug. */
export async function list(actor: Actor, input: Parsed<typeof listEnvironments>): Promise<Output<typeof listEnvironments>> {
  authorise(actor, 'view', null, 'see environments')
  const rows = input.application === undefined ? await listApplicationRows(visibleIds(actor), input.cursor, input.limit) : [await oneRow(actor, input.application)]
  const page = rows.slice(0, input.limit).filter((row) => maySee(actor, row))
  const ids = page.flatMap((row) => seenEnvironments(actor, row).flatMap((e) => e.targets.map((t) => t.id)))
  const [live, people] = await Promise.all([summaries(actor, ids), listPeopleWithRoles()])
  const targets = new Map(live.map((t) => [t.id, t]))
  return { items: page.map((row) => toView(actor, row, targets, people)), nextCursor: rows.length > input.limit ? (rows[input.limit - 1]?.slug ?? null) : null }
}

async function oneRow(actor: Actor, slug: string): Promise<ApplicationRow> {
  const row = await findApplication(slug)
  if (!row) throw new AppError('not_found', `there is no application ${slug}`, { field: 'application' })
  if (!maySee(actor, row)) throw forbidden(actor, 'view', `see ${slug}`)
  return row
}

function toView(actor: Actor, row: ApplicationRow, targets: ReadonlyMap<string, TargetSummary>, people: readonly PersonWithRoles[]): ApplicationEnvironments {
  const model = BlueprintModel.parse(row.blueprint)
  const environments = seenEnvironments(actor, row).map((e): EnvironmentView => {
    const policy = find(model.environments, e.slug, `${row.slug}: the environment`)
    return {
      slug: e.slug,
      tier: policy.tier,
      after: policy.after.map((a) => ({ environment: a.environment, soakSeconds: a.soakMs / 1000 })),
      feeds: model.environments.filter((other) => other.after.some((a) => a.environment === e.slug)).map((other) => other.name),
      start: policy.start,
      onNewer: policy.onNewer,
      onFreeze: policy.onFreeze,
      approvals: policy.approvals.map((rule) => ruleView(rule, people, { applicationId: row.id, environmentId: e.id })),
      strategy: strategyView(model, policy),
      targets: e.targets.toSorted((a, b) => a.service.position - b.service.position).flatMap((t) => targets.get(t.id) ?? []),
    }
  })
  return { application: row.slug, title: row.title, retired: row.retiredAt !== null, environments }
}

function ruleView(rule: ApprovalRule, people: readonly PersonWithRoles[], place: { applicationId: string; environmentId: string }): ApprovalRuleView {
  const could = people.filter((p) => rolesAt({ ...systemActor('policy'), grants: p.bindings }, place).some((role) => rule.roles.includes(role)))
  return { name: rule.name, count: rule.count, roles: rule.roles, exclude: rule.exclude, expiresAfterSeconds: rule.expiresAfterMs === null ? null : rule.expiresAfterMs / 1000, people: could.map((p) => p.email) }
}

function strategyView(model: BlueprintModel, environment: EnvironmentModel): EnvironmentView['strategy'] {
  const strategy = find(model.strategies, environment.strategy, `${model.name}: the strategy`)
  return { name: strategy.name, analysis: strategy.analysis, steps: strategy.steps.map((step) => stepView(model, step)) }
}

/** A suite is named once in a blueprint and shown with its checks. */
const stepView = (model: BlueprintModel, step: StrategyModel['steps'][number]): StepPlan =>
  step.kind === 'verify' ? { ...step, checks: find(model.suites, step.suite, `${model.name}: the suite`).checks } : step

function find<T extends { name: string }>(items: readonly T[], name: string, what: string): T {
  const found = items.find((i) => i.name === name)
  if (!found) throw new Error(`${what} ${name} is not in the blueprint`)
  return found
}
