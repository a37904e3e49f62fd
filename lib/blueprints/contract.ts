import { z } from 'zod'
import { endpoint, Slug } from '#lib/platform/endpoint.ts'

export const BlueprintChange = z.object({ op: z.enum(['add', 'change', 'remove']), path: z.string(), before: z.unknown(), after: z.unknown() })
export const BlueprintPlan = z.object({ planHash: z.string(), application: Slug, changes: z.array(BlueprintChange), warnings: z.array(z.string()), applied: z.boolean() })
export type BlueprintPlan = z.infer<typeof BlueprintPlan>

const Yaml = z.string().min(1).max(200_000)
export const planBlueprint = endpoint({ id: 'blueprints.plan', method: 'POST', path: '/api/v1/blueprints/plan', verb: 'view', summary: 'What applying this blueprint would change.', input: z.object({ yaml: Yaml, planHash: z.string().optional() }), output: BlueprintPlan })
export const applyBlueprint = endpoint({ id: 'blueprints.apply', method: 'POST', path: '/api/v1/blueprints/apply', verb: 'administer', summary: 'Apply a blueprint; refused when the world moved since the plan.', input: z.object({ yaml: Yaml, planHash: z.string().optional() }), output: BlueprintPlan })
/** Answers text/yaml, not JSON. */
export const exportBlueprint = endpoint({ id: 'blueprints.export', method: 'GET', path: '/api/v1/applications/:app/blueprint', verb: 'view', summary: 'The applied blueprint as YAML.', input: z.object({ app: Slug }), output: z.string() })
