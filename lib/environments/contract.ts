import { z } from 'zod'
import { endpoint, listOf, Page, Slug } from '#lib/platform/endpoint.ts'
import { Analysis, StepPlan } from '#lib/rollouts/schema.ts'
import { TargetSummary } from '#lib/targets/contract.ts'

/** One approval rule of an environment, with the people who could meet it by the roles they have now. */
export const ApprovalRuleView = z.object({
  name: z.string(),
  count: z.number().int(),
  roles: z.array(z.string()),
  exclude: z.array(z.enum(['requester', 'author'])),
  /** Counted from the request; unmet by then, the promotion ends. Null: it waits as long as it takes. */
  expiresAfterSeconds: z.number().nullable(),
  people: z.array(z.string()),
})
export type ApprovalRuleView = z.infer<typeof ApprovalRuleView>

export const EnvironmentView = z.object({
  slug: Slug,
  tier: z.enum(['development', 'staging', 'production']),
  /** What has to hold the release before, and how long. */
  after: z.array(z.object({ environment: z.string(), soakSeconds: z.number() })),
  /** Environments that come after this one. */
  feeds: z.array(z.string()),
  start: z.enum(['auto', 'manual']),
  onNewer: z.enum(['supersede', 'queue']),
  onFreeze: z.enum(['hold', 'return']),
  approvals: z.array(ApprovalRuleView),
  strategy: z.object({ name: z.string(), steps: z.array(StepPlan), analysis: Analysis }),
  /** What is live there, by service. */
  targets: z.array(TargetSummary),
})
export type EnvironmentView = z.infer<typeof EnvironmentView>

export const ApplicationEnvironments = z.object({ application: Slug, title: z.string(), retired: z.boolean(), environments: z.array(EnvironmentView) })
export type ApplicationEnvironments = z.infer<typeof ApplicationEnvironments>

export const listEnvironments = endpoint({
  id: 'environments.list', method: 'GET', path: '/api/v1/environments', verb: 'view', doing: 'see environments', summary: 'Environments by application: what feeds which, who approves, how a release goes out, and what is live there.',
  input: Page.extend({ application: Slug.optional() }), output: listOf(ApplicationEnvironments),
})
