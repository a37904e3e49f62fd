import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '#lib/audit/chain.ts'
import type { BlueprintModel, EnvironmentModel, StrategyModel } from '#lib/blueprints/model.ts'
import { ApprovalRule, RolloutPlan, type StepPlan } from '#lib/rollouts/schema.ts'

/**
 * What an approval binds to: which bytes go where, by which steps, with which config, under which policy. Live state is
 * no part of it (the plan shows that). Keyed by service, so that a difference names it.
 */
export const PromotionContent = z.object({
  release: z.object({ id: z.string(), version: z.string() }),
  artifacts: z.record(z.string(), z.string()),
  policy: z.object({
    approvals: z.array(ApprovalRule),
    after: z.array(z.object({ environment: z.string(), soakMs: z.number() })),
    start: z.enum(['auto', 'manual']),
    onNewer: z.enum(['supersede', 'queue']),
    onFreeze: z.enum(['hold', 'return']),
  }),
  /** Services in the order they go out; a group goes out together, after the one before it succeeded. */
  groups: z.array(z.array(z.string())),
  targets: z.record(z.string(), z.object({ id: z.string(), plan: RolloutPlan })),
})
export type PromotionContent = z.infer<typeof PromotionContent>

export type ContentFacts = {
  release: { id: string; version: string; artifacts: readonly { service: string; repository: string; digest: string }[] }
  model: BlueprintModel
  environment: EnvironmentModel
  /** Targets in use of this environment. */
  targets: readonly { id: string; service: string }[]
}

export function contentOf(f: ContentFacts): PromotionContent {
  const { environment, model } = f
  const strategy = model.strategies.find((s) => s.name === environment.strategy)
  if (!strategy) throw new Error(`strategy ${environment.strategy} of ${environment.name} is not in the stored blueprint`)
  const steps = strategy.steps.map((step) => resolveStep(step, model))
  const targets: PromotionContent['targets'] = {}
  for (const artifact of f.release.artifacts) {
    const wanted = environment.targets.find((t) => t.service === artifact.service)
    const row = f.targets.find((t) => t.service === artifact.service)
    if (!wanted || !row) continue
    const plan: RolloutPlan = {
      service: artifact.service,
      provider: 'cloud-run',
      locator: wanted.cloudRun,
      metrics: wanted.metrics,
      strategy: strategy.name,
      steps,
      analysis: strategy.analysis,
      config: wanted.config,
      image: `${artifact.repository}@${artifact.digest}`,
      digest: artifact.digest,
    }
    targets[artifact.service] = { id: row.id, plan }
  }
  return {
    release: { id: f.release.id, version: f.release.version },
    artifacts: Object.fromEntries(f.release.artifacts.map((a) => [a.service, `${a.repository}@${a.digest}`])),
    policy: { approvals: environment.approvals, after: environment.after, start: environment.start, onNewer: environment.onNewer, onFreeze: environment.onFreeze },
    groups: groupsOf(model, Object.keys(targets)),
    targets,
  }
}

/** Declared groups first, then what they do not name in the order of `services`, each alone; only what ships here. */
export function groupsOf(model: Pick<BlueprintModel, 'order' | 'services'>, shipped: readonly string[]): string[][] {
  const named = new Set(model.order.flat())
  const all = [...model.order, ...model.services.filter((s) => !named.has(s.name)).map((s) => [s.name])]
  return all.map((group) => group.filter((service) => shipped.includes(service))).filter((group) => group.length > 0)
}

function resolveStep(step: StrategyModel['steps'][number], model: BlueprintModel): StepPlan {
  if (step.kind !== 'verify') return step
  const suite = model.suites.find((s) => s.name === step.suite)
  if (!suite) throw new Error(`suite ${step.suite} is not in the stored blueprint`)
  return { kind: 'verify', suite: step.suite, checks: suite.checks }
}

/** sha256 of canonical JSON: the order of keys does not matter, every value does. */
export const hashOf = (value: unknown): string => `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`

const mostPaths = 12

/** Paths that differ, each with both values in short: "targets.api.plan.config.env.LOG_LEVEL: INFO → DEBUG". */
export function changedPaths(before: unknown, after: unknown): string[] {
  const found: string[] = []
  compare(before, after, '', found)
  return found.length <= mostPaths ? found : [...found.slice(0, mostPaths), `and ${found.length - mostPaths} more`]
}

function compare(a: unknown, b: unknown, path: string, found: string[]): void {
  if (canonicalJson(a) === canonicalJson(b)) return
  const left = entriesOf(a)
  const right = entriesOf(b)
  if (!left || !right) {
    found.push(`${path || 'content'}: ${short(a)} → ${short(b)}`)
    return
  }
  const already = found.length
  for (const key of new Set([...left.keys(), ...right.keys()])) compare(left.get(key), right.get(key), path ? `${path}.${key}` : key, found)
  if (found.length === already) found.push(`${path || 'content'}: other order`)
}

/** Lists are compared by the names of their items where each has one, else by position. */
function entriesOf(value: unknown): Map<string, unknown> | null {
  if (value === null || typeof value !== 'object') return null
  if (!Array.isArray(value)) return new Map(Object.entries(value))
  const names = value.map(nameOf)
  const areNamed = names.every((n) => n !== null) && new Set(names).size === names.length
  return new Map(value.map((item: unknown, i) => [areNamed ? (names[i] ?? String(i)) : String(i), item]))
}

function nameOf(item: unknown): string | null {
  if (item === null || typeof item !== 'object') return null
  const named = item as { name?: unknown; environment?: unknown }
  const name = named.name ?? named.environment
  return typeof name === 'string' ? name : null
}

function short(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = typeof value === 'string' ? value : canonicalJson(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
