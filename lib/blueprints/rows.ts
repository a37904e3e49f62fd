import { isDeepStrictEqual } from 'node:util'
import type { BlueprintModel } from '#lib/blueprints/model.ts'
import type { CloudRunLocator } from '#lib/rollouts/schema.ts'

/** What the database has for an application, retired rows too: their names are taken and their history stays theirs. */
export type NamedRow = { id: string; slug: string; retired: boolean }
export type TargetRow = { id: string; environmentId: string; serviceId: string; locator: CloudRunLocator; retired: boolean }
export type Rows = { services: readonly NamedRow[]; environments: readonly NamedRow[]; targets: readonly TargetRow[] }

/** `keep` may still change fields; `relocate` is a target that now stands for another service of the provider. */
export type NamedWrite = { op: 'add' | 'keep' | 'rename' | 'revive'; id: string; slug: string }
export type TargetWrite = { op: 'add' | 'keep' | 'relocate' | 'revive'; id: string; environmentId: string; serviceId: string; locator: CloudRunLocator; label: string }
export type RowPlan = {
  services: NamedWrite[]
  environments: NamedWrite[]
  targets: TargetWrite[]
  retireServices: NamedRow[]
  retireEnvironments: NamedRow[]
  /** Targets that go, by themselves or with their service or environment. */
  retireTargets: { id: string; label: string }[]
  problems: { path: readonly (string | number)[]; message: string }[]
}

export const locatorKey = (l: CloudRunLocator): string => `cloud-run:${l.project}/${l.region}/${l.service}`

/** Targets that will no longer stand where they do: retired, or put at another place. */
export const movingTargets = (plan: RowPlan): { id: string; label: string }[] => [...plan.retireTargets, ...plan.targets.filter((t) => t.op === 'relocate')]

/** Pure: which rows are added, kept, renamed, revived and retired so that the database says what the model says. */
export function planRows(model: BlueprintModel, rows: Rows, newId: () => string): RowPlan {
  const services = match(model.services, rows.services, 'services', newId)
  const environments = match(model.environments, rows.environments, 'environments', newId)
  const targets = model.environments.flatMap((environment) => environment.targets.map((t) => matchTarget(environment.name, t, services.writes, environments.writes, rows.targets, newId)))
  const wanted = new Set(targets.map((t) => t.id))
  const slugOf = new Map([...rows.services, ...rows.environments].map((r) => [r.id, r.slug]))
  return {
    services: services.writes,
    environments: environments.writes,
    targets,
    retireServices: services.retire,
    retireEnvironments: environments.retire,
    retireTargets: rows.targets.filter((t) => !t.retired && !wanted.has(t.id)).map((t) => ({ id: t.id, label: `${slugOf.get(t.serviceId) ?? '?'} in ${slugOf.get(t.environmentId) ?? '?'}` })),
    problems: [...services.problems, ...environments.problems],
  }
}

function match(wanted: readonly { name: string; was: string | null }[], rows: readonly NamedRow[], field: string, newId: () => string) {
  const problems: RowPlan['problems'] = []
  const writes = wanted.map(({ name, was }, i): NamedWrite => {
    const row = rows.find((r) => r.slug === name)
    const old = was === null ? undefined : rows.find((r) => r.slug === was && !r.retired)
    if (row && old) problems.push({ path: ['spec', field, i, 'was'], message: `"${was ?? ''}" cannot be renamed to "${name}": that name ${row.retired ? 'was used before and keeps its history' : 'exists already'}; choose another name, or leave out was:` })
    if (row) return { op: row.retired ? 'revive' : 'keep', id: row.id, slug: name }
    return old ? { op: 'rename', id: old.id, slug: name } : { op: 'add', id: newId(), slug: name }
  })
  const kept = new Set(writes.map((w) => w.id))
  return { writes, problems, retire: rows.filter((r) => !r.retired && !kept.has(r.id)) }
}

function matchTarget(environment: string, target: { service: string; cloudRun: CloudRunLocator }, services: readonly NamedWrite[], environments: readonly NamedWrite[], rows: readonly TargetRow[], newId: () => string): TargetWrite {
  const environmentId = idOf(environments, environment)
  const serviceId = idOf(services, target.service)
  const row = rows.find((t) => t.environmentId === environmentId && t.serviceId === serviceId)
  const base = { environmentId, serviceId, locator: target.cloudRun, label: `${target.service} in ${environment}` }
  if (!row) return { op: 'add', id: newId(), ...base }
  if (!isDeepStrictEqual(row.locator, target.cloudRun)) return { op: 'relocate', id: row.id, ...base }
  return { op: row.retired ? 'revive' : 'keep', id: row.id, ...base }
}

function idOf(writes: readonly NamedWrite[], slug: string): string {
  const found = writes.find((w) => w.slug === slug)
  if (!found) throw new Error(`the reader let an unknown name pass: ${slug}`)
  return found.id
}
