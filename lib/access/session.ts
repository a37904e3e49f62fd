import 'server-only'
import { decode, encode } from 'next-auth/jwt'
import { z } from 'zod'
import { env } from '#lib/platform/env.ts'

/** What the cookie carries and nothing more: whose it is and which sign-in made it. Roles are read at every request. */
export type Session = { personId: string; sessionId: string; expiresAtMs: number }

export const sessionSeconds = 7 * 24 * 60 * 60
const Claims = z.object({ sub: z.uuid(), sid: z.uuid(), exp: z.number().int() })

/** Browsers keep a `__Secure-` cookie only from https, so the name follows the address that people open. */
export const usesHttps = (): boolean => env().SLUICE_URL.startsWith('https://')
export const sessionCookieName = (): string => `${usesHttps() ? '__Secure-' : ''}sluice.session-token`

/** The session in a cookie's value; null when it is none, altered, made with another secret, or past its end. */
export async function readSession(cookie: string | undefined, secret = env().NEXTAUTH_SECRET): Promise<Session | null> {
  if (!cookie) return null
  const parsed = Claims.safeParse(await claimsIn(cookie, secret))
  if (!parsed.success) return null
  return { personId: parsed.data.sub, sessionId: parsed.data.sid, expiresAtMs: parsed.data.exp * 1000 }
}

/** How next-auth begins every session. Another algorithm, chosen by the sender, would be a fault of the library and no refusal. */
const sessionHeader = `${Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM' })).toString('base64url')}.`

async function claimsIn(cookie: string, secret: string): Promise<unknown> {
  if (!cookie.startsWith(sessionHeader)) return null
  try {
    return await decode({ token: cookie, secret })
  } catch (e) {
    if (isUnreadable(e)) return null
    throw e
  }
}

/** next-auth brings its own copy of jose, whose classes are not ours; its codes say that the value is at fault. */
const isUnreadable = (e: unknown): boolean => e instanceof Error && 'code' in e && typeof e.code === 'string' && /^ERR_(JWE|JWT|JOSE)_/.test(e.code)

/** The cookie's value for a person; what signing in sets, and what tests send. */
export const writeSession = (personId: string, sessionId: string, seconds = sessionSeconds): Promise<string> =>
  encode({ token: { sub: personId, sid: sessionId }, secret: env().NEXTAUTH_SECRET, maxAge: seconds })

/** Cookies of a request by name; the first of equal names wins, as servers usually read them. */
export function readCookies(header: string | null): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=')
    const name = part.slice(0, at).trim()
    if (at > 0 && !cookies.has(name)) cookies.set(name, part.slice(at + 1).trim())
  }
  return cookies
}
