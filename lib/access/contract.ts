import { z } from 'zod'
import { endpoint, Id, listOf, Page, Time, verbs } from '#lib/platform/endpoint.ts'

export const roles = ['viewer', 'developer', 'release_manager', 'on_call', 'admin'] as const
export const BindingView = z.object({ id: Id, person: z.string(), role: z.enum(roles), application: z.string().nullable(), environment: z.string().nullable() })
export const Me = z.object({ id: Id, email: z.string(), name: z.string(), roles: z.array(z.object({ role: z.enum(roles), application: z.string().nullable(), environment: z.string().nullable() })), token: z.string().nullable() })
export type Me = z.infer<typeof Me>
export const viewMe = endpoint({ id: 'me.view', method: 'GET', path: '/api/v1/me', verb: 'session', summary: 'Who you are and what you may do.', input: z.object({}), output: Me })

export const TokenView = z.object({ id: Id, name: z.string(), prefix: z.string(), person: z.string(), scopes: z.array(z.enum(verbs)), createdAt: Time, expiresAt: Time, lastUsedAt: Time.nullable(), revokedAt: Time.nullable() })
export const listTokens = endpoint({ id: 'tokens.list', method: 'GET', path: '/api/v1/tokens', verb: 'session', summary: 'Your tokens; an admin sees all with `all=1`.', input: Page.extend({ all: z.enum(['1']).optional() }), output: listOf(TokenView) })
export const createToken = endpoint({
  id: 'tokens.create', method: 'POST', path: '/api/v1/tokens', verb: 'session', status: 201, summary: 'Make a token; its secret is shown this once.',
  input: z.object({ name: z.string().trim().min(1).max(80), scopes: z.array(z.enum(verbs)).min(1).default([...verbs]), expiresInDays: z.number().int().min(1).max(366).default(90) }),
  output: TokenView.extend({ secret: z.string() }),
})
export const deleteToken = endpoint({ id: 'tokens.delete', method: 'DELETE', path: '/api/v1/tokens/:id', verb: 'session', summary: 'Revoke a token at once.', input: z.object({ id: Id }), output: TokenView })
export const listBindings = endpoint({ id: 'bindings.list', method: 'GET', path: '/api/v1/bindings', verb: 'view', doing: 'see who has which role', summary: 'Who has which role where.', input: Page, output: listOf(BindingView) })
export const putBindings = endpoint({
  id: 'bindings.put', method: 'PUT', path: '/api/v1/bindings', verb: 'administer', doing: 'change roles', summary: 'Replace the roles of one person. With `seen`, the ids of the roles that were looked at, it is refused (409) when the person has others by now.',
  input: z.object({ person: z.email(), bindings: z.array(z.object({ role: z.enum(roles), application: z.string().nullable().default(null), environment: z.string().nullable().default(null) })).max(100), seen: z.array(Id).max(200).optional() }),
  output: listOf(BindingView),
})
