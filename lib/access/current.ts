import 'server-only'
import { createHash } from 'node:crypto'
import type { Actor } from '#lib/access/actor.ts'
import { readCookies, readSession, sessionCookieName } from '#lib/access/session.ts'
import { findSessionPerson, findTokenByHash, type PersonWithGrants, touchToken } from '#lib/access/store.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { type Verb, verbs } from '#lib/platform/endpoint.ts'
import { env } from '#lib/platform/env.ts'
import { AppError, unmet } from '#lib/platform/errors.ts'

/** What is stored of a token instead of the token. */
export const tokenHash = (secret: string): string => createHash('sha256').update(secret).digest('hex')

const secretShape = /^slc_[A-Za-z0-9_-]{43}$/
const signIn = () => unmet('sign_in', 'sign in, or send Authorization: Bearer slc_…', 'anyone with an account')

/** Nobody is signed in here. Says why, and what would let the caller in. */
export const unauthenticated = (message = 'Nobody is signed in'): AppError => new AppError('unauthenticated', message, { unmet: [signIn()] })

const actorOf = (p: PersonWithGrants, requestId: string | null): Actor => ({ kind: 'person', id: p.id, name: p.name || p.email, email: p.email, grants: p.bindings, scopes: null, tokenId: null, requestId })

/** Why an account may not come in, or null. A demo account that an earlier start left is none where there is no demo: its password is known to all. */
const shutOut = (p: PersonWithGrants): string | null => (p.disabledAt ? 'This account is disabled' : p.isDemo && !env().SLUICE_DEMO ? 'There are no demo accounts here' : null)

/** The person behind a session cookie, with the roles of this moment; null when there is no valid session. */
export async function sessionActor(cookie: string | undefined, requestId: string | null): Promise<Actor | null> {
  const session = await readSession(cookie)
  if (!session) return null
  const person = await findSessionPerson(session.personId, session.sessionId)
  return person && shutOut(person) === null ? actorOf(person, requestId) : null
}

/** The person behind an API token. Throws `unauthenticated`, with the reason only to who holds a token that once was good. */
export async function tokenActor(secret: string, requestId: string | null): Promise<Actor> {
  // Looked up by hash: an attacker's guess shares no prefix with a stored one, so the comparison's time tells nothing.
  const token = secretShape.test(secret) ? await findTokenByHash(tokenHash(secret)) : null
  const atMs = await nowMs()
  if (!token) throw unauthenticated('This API token is not known')
  if (token.revokedAt) throw unauthenticated(`The API token ${token.prefix}… was revoked`)
  if (token.expiresAt.getTime() <= atMs) throw unauthenticated(`The API token ${token.prefix}… expired on ${token.expiresAt.toISOString()}`)
  const shut = shutOut(token.person)
  if (shut) throw unauthenticated(shut)
  await touchToken(token, atMs)
  const scopes = verbs.filter((v: Verb) => token.scopes.includes(v))
  return { ...actorOf(token.person, requestId), kind: 'token', scopes, tokenId: token.id }
}

/**
 * Who sends this request, or null for nobody. An Authorization header alone decides when there is one: a wrong token
 * never falls back to the cookie beside it.
 */
export async function actorOfRequest(headers: Headers, requestId: string | null): Promise<Actor | null> {
  const authorization = headers.get('authorization')
  if (authorization !== null) {
    const secret = /^bearer +(\S+)$/i.exec(authorization.trim())?.[1]
    if (secret === undefined) throw unauthenticated('Authorization must be: Bearer slc_…')
    return tokenActor(secret, requestId)
  }
  return sessionActor(readCookies(headers.get('cookie')).get(sessionCookieName()), requestId)
}
