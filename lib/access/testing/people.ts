import { randomUUID } from 'node:crypto'
import { type Actor, type RoleName, systemActor } from '#lib/access/actor.ts'
import { tokenActor } from '#lib/access/current.ts'
import { sessionCookieName, writeSession } from '#lib/access/session.ts'
import { issueToken } from '#lib/access/tokens.ts'
import { db } from '#lib/platform/db/client.ts'
import { type Verb, verbs } from '#lib/platform/endpoint.ts'

export type TestPerson = { id: string; email: string; actor: Actor; secret: string; cookie: string }
type Where = { applicationId?: string | null; environmentId?: string | null }

/** Longer than a test moves the clock. */
const yearMs = 366 * 24 * 3_600_000

/**
 * A real account for tests with these roles (none: a person without bindings), a session cookie (`cookie`, as a Cookie
 * header) and an API token (`secret`) with `scopes`. `actor` is the one the token gives. Needs `testDatabase()`.
 */
export async function testPerson(name: string, roles: readonly RoleName[] = [], options: Where & { scopes?: readonly Verb[] } = {}): Promise<TestPerson> {
  const { applicationId = null, environmentId = null, scopes = verbs } = options
  const email = `${name}-${randomUUID().slice(0, 8)}@example.test`
  const person = await db.person.create({ data: { email, name, bindings: { create: roles.map((role) => ({ role, applicationId, environmentId })) } } })
  const { secret } = await db.$transaction((tx) => issueToken(tx, systemActor('test'), { personId: person.id, name: 'test', scopes, lifeMs: yearMs, endsBy: null }))
  const cookie = `${sessionCookieName()}=${await writeSession(person.id, randomUUID())}`
  return { id: person.id, email, secret, cookie, actor: await tokenActor(secret, null) }
}

type Call = { body?: unknown; headers?: Record<string, string>; params?: Record<string, string>; query?: string }
type RouteHandler = (req: Request, ctx: { params: Promise<unknown> }) => Promise<Response>
export type Answer = { status: number; body: Record<string, unknown>; headers: Headers }

/** Calls a route handler as HTTP would, without a server in between; text bodies are sent as they are. */
export async function callRoute(handler: RouteHandler, method: string, call: Call & { as?: TestPerson } = {}): Promise<Answer> {
  const headers = new Headers({ ...(call.as && { authorization: `Bearer ${call.as.secret}` }), ...(call.body !== undefined && { 'content-type': 'application/json' }), ...call.headers })
  const body = call.body === undefined ? {} : { body: typeof call.body === 'string' ? call.body : JSON.stringify(call.body) }
  const req = new Request(`http://127.0.0.1:3000/test${call.query ?? ''}`, { method, headers, ...body })
  const res = await handler(req, { params: Promise.resolve(call.params ?? {}) })
  const text = await res.text()
  return { status: res.status, headers: res.headers, body: (res.headers.get('content-type')?.includes('json') ? JSON.parse(text) : { text }) as Record<string, unknown> }
}
