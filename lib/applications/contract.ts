import { z } from 'zod'
import { endpoint, Id, listOf, Page, Slug, Time } from '#lib/platform/endpoint.ts'
import { TargetSummary } from '#lib/targets/contract.ts'

export const ApplicationSummary = z.object({ slug: Slug, title: z.string(), owner: z.string(), services: z.array(z.object({ slug: Slug, kind: z.string(), repository: z.string().nullable() })), retiredAt: Time.nullable() })
export const ApplicationView = ApplicationSummary.extend({
  environments: z.array(
    z.object({
      slug: Slug,
      tier: z.string(),
      strategy: z.string(),
      start: z.enum(['auto', 'manual']),
      after: z.array(z.object({ environment: Slug, soakSeconds: z.number() })),
      approvals: z.array(z.object({ name: z.string(), count: z.number().int(), roles: z.array(z.string()), exclude: z.array(z.string()), /** Counted from the request; null when it waits for ever. */ expiresAfterSeconds: z.number().nullable() })),
      targets: z.array(TargetSummary),
    }),
  ),
  blueprintHash: z.string(),
})
export type ApplicationView = z.infer<typeof ApplicationView>

const base = '/api/v1/applications'
/** What is around every page needs no more: names, and where something is up. Hundreds of quiet targets would travel with each. */
export const inBrief = { targets: 'notable' } as const
export const listApplications = endpoint({ id: 'applications.list', method: 'GET', path: base, verb: 'view', doing: 'see applications', summary: 'Applications. `targets=notable` leaves out the targets where all is as intended: those with a rollout, a hold, drift or a failed read stay.', input: Page.extend({ targets: z.literal('notable').optional() }), output: listOf(ApplicationView) })
export const viewApplication = endpoint({ id: 'applications.view', method: 'GET', path: `${base}/:app`, verb: 'view', doing: 'see an application', summary: 'One application with its services, environments and targets.', input: z.object({ app: Slug }), output: ApplicationView.extend({ id: Id }) })
