import type { DocumentChange } from '#lib/blueprints/diff.ts'
import type { BlueprintModel } from '#lib/blueprints/model.ts'
import type { RowPlan, Rows } from '#lib/blueprints/rows.ts'

type Renames = ReadonlyMap<string, string>

/** Old name to new name, as the rows will be renamed. */
export function renamesOf(plan: RowPlan, rows: Rows): { services: Renames; environments: Renames } {
  const of = (writes: RowPlan['services'], old: Rows['services']): Renames =>
    new Map(writes.filter((w) => w.op === 'rename').flatMap((w) => old.filter((r) => r.id === w.id).map((r) => [r.slug, w.slug] as const)))
  return { services: of(plan.services, rows.services), environments: of(plan.environments, rows.environments) }
}

/** The stored model under its new names, so that a plan shows what else changes and not everything removed and added. */
export function renameModel(model: BlueprintModel, renames: { services: Renames; environments: Renames }): BlueprintModel {
  const service = (name: string) => renames.services.get(name) ?? name
  const environment = (name: string) => renames.environments.get(name) ?? name
  const was = (item: { name: string; was: string | null }, to: Renames) => (to.has(item.name) ? item.name : item.was)
  return {
    ...model,
    services: model.services.map((s) => ({ ...s, name: service(s.name), was: was(s, renames.services) })),
    order: model.order.map((group) => group.map(service)),
    environments: model.environments.map((e) => ({
      ...e,
      name: environment(e.name),
      was: was(e, renames.environments),
      after: e.after.map((a) => ({ ...a, environment: environment(a.environment) })),
      targets: e.targets.map((t) => ({ ...t, service: service(t.service) })),
    })),
  }
}

export const renameChanges = (renames: { services: Renames; environments: Renames }): DocumentChange[] => [
  ...[...renames.services].map(([before, after]) => ({ op: 'change' as const, path: `spec.services.${after}.name`, before, after })),
  ...[...renames.environments].map(([before, after]) => ({ op: 'change' as const, path: `spec.environments.${after}.name`, before, after })),
]
