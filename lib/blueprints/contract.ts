import { z } from 'zod'
import { endpoint, Slug, Time } from '#lib/platform/endpoint.ts'

export const BlueprintChange = z.object({ op: z.enum(['add', 'change', 'remove']), path: z.string(), before: z.unknown(), after: z.unknown() })
export const BlueprintPlan = z.object({ planHash: z.string(), application: Slug, changes: z.array(BlueprintChange), warnings: z.array(z.string()), applied: z.boolean() })
export type BlueprintPlan = z.infer<typeof BlueprintPlan>

const Yaml = z.string().min(1).max(200_000)
export const planBlueprint = endpoint({ id: 'blueprints.plan', method: 'POST', path: '/api/v1/blueprints/plan', verb: 'view', doing: 'plan a blueprint', summary: 'What applying this blueprint would change.', input: z.object({ yaml: Yaml, planHash: z.string().optional() }), output: BlueprintPlan })
export const applyBlueprint = endpoint({ id: 'blueprints.apply', method: 'POST', path: '/api/v1/blueprints/apply', verb: 'administer', doing: 'apply a blueprint', summary: 'Apply a blueprint; refused when the world moved since the plan.', input: z.object({ yaml: Yaml, planHash: z.string().optional() }), output: BlueprintPlan })
/** Answers text/yaml, not JSON. */
export const exportBlueprint = endpoint({ id: 'blueprints.export', method: 'GET', path: '/api/v1/applications/:app/blueprint', verb: 'view', doing: 'see a blueprint', summary: 'The applied blueprint as YAML.', input: z.object({ app: Slug }), output: z.string(), files: ['text/yaml'] })

export const StoredBlueprint = z.object({
  application: Slug,
  /** The text as it was applied, with its comments and order. */
  yaml: z.string(),
  /** Of what the text means, not of its letters: comments and order do not change it. */
  hash: z.string(),
  version: z.number().int(),
  /** Null when nothing was recorded, as for an application made before there was a log. */
  applied: z.object({ at: Time, by: z.string(), message: z.string() }).nullable(),
})
export type StoredBlueprint = z.infer<typeof StoredBlueprint>
export const viewBlueprint = endpoint({ id: 'blueprints.view', method: 'GET', path: '/api/v1/applications/:app/blueprint/stored', verb: 'view', doing: 'see a blueprint', summary: 'The blueprint as it was applied: its text, its hash, when and by whom.', input: z.object({ app: Slug }), output: StoredBlueprint })
