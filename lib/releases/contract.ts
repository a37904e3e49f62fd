import { z } from 'zod'
import { endpoint, Id, listOf, Page, Reason, Slug, sortBy, Time } from '#lib/platform/endpoint.ts'
import { releaseStates } from '#lib/releases/state.ts'

/** Which database schemas this code can read: `version` it brings, `min`..`max` it can run on. */
export const SchemaRange = z.object({ version: z.number().int(), min: z.number().int(), max: z.number().int(), reversible: z.boolean() })
export type SchemaRange = z.infer<typeof SchemaRange>

export const Release = z.object({
  id: Id,
  application: Slug,
  version: z.string(),
  state: z.enum(releaseStates),
  stateReason: z.string().nullable(),
  commit: z.string(),
  author: z.string().nullable(),
  notes: z.string().nullable(),
  evidence: z.record(z.string(), z.unknown()).nullable(),
  schema: SchemaRange.nullable(),
  artifacts: z.array(z.object({ service: Slug, image: z.string(), tag: z.string().nullable(), digest: z.string() })),
  /** Services of the application this release leaves out: they stay as they are. */
  stays: z.array(Slug),
  createdBy: z.string(),
  createdAt: Time,
})
export type Release = z.infer<typeof Release>

export const ReleaseView = Release.extend({
  where: z.array(z.object({ environment: Slug, service: Slug, target: Id, revision: z.string(), percent: z.number().int(), asOf: Time.nullable() })),
  promotions: z.array(z.object({ id: Id, environment: Slug, state: z.string(), createdAt: Time })),
  /** Set by veto: where it is live or on its way now. */
  warnings: z.array(z.string()),
})
export type ReleaseView = z.infer<typeof ReleaseView>

const base = '/api/v1/releases'
export const listReleases = endpoint({
  id: 'releases.list', method: 'GET', path: base, verb: 'view', doing: 'see releases', summary: 'Releases; `q` finds a part of a version or digest, or the start of a commit.',
  input: Page.extend({ application: z.string().optional(), state: z.string().optional(), q: z.string().max(100).optional(), sort: sortBy(['created', 'application', 'author']) }), output: listOf(Release),
})
export const createRelease = endpoint({
  id: 'releases.create', method: 'POST', path: base, verb: 'propose', status: 201, doing: 'create a release', summary: 'Name a set of images; their tags are resolved to digests once, now.',
  input: z.object({
    application: Slug,
    version: z.string().trim().min(1).max(100).regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/, 'letters, digits, dot, dash, plus and underscore'),
    commit: z.string().regex(/^[0-9a-f]{7,64}$/i, '7 to 64 hexadecimal digits'),
    author: z.string().trim().max(200).optional(),
    notes: z.string().max(20000).optional(),
    artifacts: z.array(z.object({ service: Slug, image: z.string().min(1).max(500) })).min(1).max(50),
    evidence: z.record(z.string().max(100), z.unknown()).optional(),
    schema: SchemaRange.optional(),
  }),
  output: ReleaseView,
})
export const viewRelease = endpoint({ id: 'releases.view', method: 'GET', path: `${base}/:id`, verb: 'view', doing: 'see a release', summary: 'One release: artifacts, evidence, where it is.', input: z.object({ id: Id }), output: ReleaseView })
const change = (name: 'veto' | 'unveto' | 'abandon', summary: string) =>
  endpoint({ id: `releases.${name}`, method: 'POST', path: `${base}/:id/${name}`, verb: 'approve', doing: `${name} a release`, summary, input: z.object({ id: Id, reason: Reason }), output: ReleaseView })
export const vetoRelease = change('veto', 'Refuse every further start of this release; its open rollouts are held.')
export const unvetoRelease = change('unveto', 'Take a veto back.')
export const abandonRelease = change('abandon', 'Withdraw this release for good.')
