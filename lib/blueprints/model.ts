import { z } from 'zod'
import { Analysis, ApprovalRule, CloudRunLocator, DeployConfig, HttpCheck, MetricsSource } from '#lib/rollouts/schema.ts'

/**
 * The parsed blueprint: durations in milliseconds, rates as fractions, defaults filled in. Stored in
 * `application.blueprint`; promotions plan from it. The YAML reader (read.ts) is the only maker.
 */
export const StrategyStep = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('deploy'), tag: z.string().nullable() }),
  z.object({ kind: z.literal('verify'), suite: z.string() }),
  z.object({ kind: z.literal('setWeight'), percent: z.number().int().min(1).max(100) }),
  z.object({ kind: z.literal('bake'), durationMs: z.number().int().nonnegative(), early: z.boolean() }),
  z.object({ kind: z.literal('approve'), rule: ApprovalRule }),
])

export const BlueprintModel = z.object({
  name: z.string(),
  title: z.string(),
  owner: z.string(),
  services: z.array(z.object({ name: z.string(), kind: z.literal('service'), repository: z.string().nullable(), was: z.string().nullable() })),
  /** Groups roll out one after another; what `order` does not name follows in the order of `services`, each alone. */
  order: z.array(z.array(z.string())),
  environments: z.array(
    z.object({
      name: z.string(),
      was: z.string().nullable(),
      tier: z.enum(['development', 'staging', 'production']),
      strategy: z.string(),
      after: z.array(z.object({ environment: z.string(), soakMs: z.number().int().nonnegative() })),
      start: z.enum(['auto', 'manual']),
      onNewer: z.enum(['supersede', 'queue']),
      onFreeze: z.enum(['hold', 'return']),
      approvals: z.array(ApprovalRule),
      targets: z.array(z.object({ service: z.string(), cloudRun: CloudRunLocator, metrics: MetricsSource.nullable(), config: DeployConfig })),
    }),
  ),
  strategies: z.array(z.object({ name: z.string(), steps: z.array(StrategyStep), analysis: Analysis })),
  suites: z.array(z.object({ name: z.string(), checks: z.array(HttpCheck) })),
})
export type BlueprintModel = z.infer<typeof BlueprintModel>
export type EnvironmentModel = BlueprintModel['environments'][number]
export type StrategyModel = BlueprintModel['strategies'][number]
