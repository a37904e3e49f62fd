import type { EnvironmentModel } from '#lib/blueprints/model.ts'
import { approvalRule } from '#lib/blueprints/reading/approval.ts'
import { config } from '#lib/blueprints/reading/config.ts'
import { metrics } from '#lib/blueprints/reading/metrics.ts'
import { bad, fail, list, object, optional, type Read, required } from '#lib/blueprints/reading/shape.ts'
import { duration, oneOf, pattern, slug } from '#lib/blueprints/reading/scalars.ts'
import { uniqueNames } from '#lib/blueprints/reading/unique.ts'

const later = {
  checklists: 'checklists are', gates: 'gates in a list (backup, quiet, evidence) are', windows: 'windows are', freezes: 'freezes are',
  alerts: 'alerts are', notifications: 'notifications are', schedule: 'schedules are', reviews: 'reviews are',
}

const project = pattern(/^[a-z][a-z0-9.:-]{0,62}$/, 'a project id: lower-case letters, digits and dashes')
const region = pattern(/^[a-z][a-z0-9-]{0,40}$/, 'a region such as us-central1')
const service = pattern(/^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/, 'a Cloud Run service name: lower-case letters, digits and dashes, at most 49')
const cloudRun = object({ project: required(project), region: required(region), service: required(service) })

const target = object(
  { service: required(slug), cloudRun: required(cloudRun), metrics: optional(metrics, null), config: optional(config, {}) },
  { kubernetes: 'Kubernetes targets are', gke: 'Kubernetes targets are', cloudRunJob: 'Cloud Run jobs are', alerts: 'alerts are' },
)

const upstream = object({ environment: required(slug), soak: optional(duration(), 0) })

const fields = object(
  {
    name: required(slug),
    was: optional(slug, null),
    tier: required(oneOf(['development', 'staging', 'production'])),
    strategy: required(slug),
    after: optional(list(upstream, { max: 10, of: 'environments' }), []),
    start: optional(oneOf(['auto', 'manual']), 'auto' as const),
    onNewer: optional(oneOf(['supersede', 'queue']), 'queue' as const),
    onFreeze: optional(oneOf(['hold', 'return']), 'hold' as const),
    approvals: optional(list(approvalRule, { max: 10, of: 'approval rules' }), []),
    targets: required(list(target, { min: 1, max: 50, of: 'targets' })),
  },
  later,
)

export const environment: Read<EnvironmentModel> = (at) => {
  const read = fields(at)
  if (read === bad) return bad
  const twice = uniqueNames(read.approvals)
  if (twice !== null) return fail(at, `the approval rule "${twice}" stands twice in ${read.name}; names are unique in their list`)
  return { ...read, after: read.after.map(({ environment: name, soak }) => ({ environment: name, soakMs: soak })) }
}
