import { z } from 'zod'
import { Finding } from '#lib/connections/schema.ts'
import { endpoint, Id, listOf, Page, Slug, Time } from '#lib/platform/endpoint.ts'

export const ConnectedTarget = z.object({
  id: Id,
  application: Slug,
  environment: Slug,
  service: Slug,
  region: z.string(),
  /** The service's name at the provider. */
  name: z.string(),
  /** What the last check found; null before the first. */
  checked: z.object({ at: Time, by: z.string(), findings: z.array(Finding) }).nullable(),
})
export type ConnectedTarget = z.infer<typeof ConnectedTarget>

/** A project of the provider and what Sluice has there. Access is given per project. */
export const ConnectedProject = z.object({ project: z.string(), targets: z.array(ConnectedTarget) })
export type ConnectedProject = z.infer<typeof ConnectedProject>

const base = '/api/v1/connections'
export const listConnections = endpoint({ id: 'connections.list', method: 'GET', path: base, verb: 'view', doing: 'see the connection', summary: 'The Google Cloud projects that targets are in, and what the last check of each target found.', input: Page.extend({ application: Slug.optional() }), output: listOf(ConnectedProject) })
export const checkConnections = endpoint({
  id: 'connections.check', method: 'POST', path: `${base}/check`, verb: 'administer', doing: 'check the connection', summary: 'Try a read of each target (its service, its metrics, its image) and ask, without writing, whether it could be written. The findings are kept for all; a check that is younger than ten seconds is answered as it is.',
  input: z.object({ application: Slug.optional() }), output: listOf(ConnectedProject),
})
