import { z } from 'zod'
import { endpoint, Id, listOf, Page, Slug, sortBy, Time } from '#lib/platform/endpoint.ts'

export const AuditEvent = z.object({
  id: Id,
  chain: z.string(),
  seq: z.number().int(),
  at: Time,
  actor: z.object({ kind: z.enum(['person', 'token', 'rule', 'system']), id: z.string().nullable(), name: z.string() }),
  verb: z.string(),
  subject: z.object({ kind: z.string(), id: z.string() }),
  reason: z.string().nullable(),
  message: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  requestId: z.string().nullable(),
  hash: z.string(),
})
export type AuditEvent = z.infer<typeof AuditEvent>
const Filters = z.object({ subject: z.string().max(120).optional(), application: Slug.optional(), actor: z.string().max(200).optional(), verb: z.string().max(100).optional(), sort: sortBy(['at']) })
export const listAudit = endpoint({
  id: 'audit.list', method: 'GET', path: '/api/v1/audit', verb: 'view', doing: 'read the audit log', summary: 'The audit log; `subject` is "rollout:<id>", "promotion:<id>", "target:<id>", "release:<id>" or "application:<slug>".',
  input: Page.extend(Filters.shape), output: listOf(AuditEvent),
})
export const exportAudit = endpoint({
  id: 'audit.export', method: 'GET', path: '/api/v1/audit/export', verb: 'view', doing: 'export the audit log', summary: 'The audit log as a file: CSV for a spreadsheet, or a JSON array. The same filters as the list.',
  input: Filters.extend({ format: z.enum(['csv', 'json']).default('json') }), output: z.string(), files: ['text/csv', 'application/json'],
})
export const verifyAudit = endpoint({
  id: 'audit.verify', method: 'GET', path: '/api/v1/audit/verify', verb: 'view', doing: 'verify the audit log', summary: 'Walk every hash chain and name the first bad row.',
  input: z.object({ application: z.string().optional() }),
  output: z.object({ ok: z.boolean(), rows: z.number().int(), chains: z.number().int(), firstBad: z.object({ chain: z.string(), seq: z.number().int(), id: z.string().nullable(), problem: z.string() }).nullable(), at: Time }),
})
