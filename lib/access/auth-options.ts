import 'server-only'
import { randomUUID } from 'node:crypto'
import type { NextAuthOptions } from 'next-auth'
import type { OAuthConfig } from 'next-auth/providers/oauth'
import type { TokenSet } from 'openid-client'
import { z } from 'zod'
import { safeCallback } from '#lib/access/callback.ts'
import { sessionCookieName, sessionSeconds, usesHttps } from '#lib/access/session.ts'
import { admitPerson, checkPassword, type Outcome } from '#lib/access/sign-in.ts'
import { env } from '#lib/platform/env.ts'
import { log } from '#lib/platform/log.ts'

type Provider = NextAuthOptions['providers'][number]
type Claims = { sub: string; email?: string; email_verified?: boolean; name?: string }
export type ProviderLink = { id: string; name: string; kind: 'password' | 'redirect' }

/** The ways to sign in that this installation has, for the sign-in page. */
export function providerLinks(): ProviderLink[] {
  const settings = env()
  return [
    ...(settings.OIDC_ISSUER ? [{ id: 'oidc', name: settings.OIDC_NAME, kind: 'redirect' as const }] : []),
    ...(settings.GOOGLE_CLIENT_ID ? [{ id: 'google', name: 'Google', kind: 'redirect' as const }] : []),
    ...(settings.SLUICE_DEMO ? [{ id: 'demo', name: 'a demo account', kind: 'password' as const }] : []),
  ]
}

/** Any OpenID Connect provider: discovery, PKCE, state and nonce; the ID token is verified against its published keys. */
function openId(p: { id: string; name: string; issuer: string; clientId: string; clientSecret: string }): OAuthConfig<Claims> {
  return {
    id: p.id, name: p.name, type: 'oauth', wellKnown: `${p.issuer}/.well-known/openid-configuration`, clientId: p.clientId, clientSecret: p.clientSecret,
    authorization: { params: { scope: 'openid email profile' } }, idToken: true, checks: ['pkce', 'state', 'nonce'], httpOptions: { timeout: 10_000 },
    userinfo: {
      // Many providers put the address only there. openid-client checks that it is the subject of the ID token.
      request: async ({ tokens, client }) => {
        const set = tokens as TokenSet
        const claims = set.claims()
        return claims.email ? claims : { ...claims, ...(await client.userinfo(set)) }
      },
    },
    profile: (claims) => ({ id: claims.sub, email: claims.email ?? '', name: claims.name ?? null }),
  }
}

function providers(): Provider[] {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_NAME, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, SLUICE_DEMO } = env()
  return [
    ...(OIDC_ISSUER && OIDC_CLIENT_ID && OIDC_CLIENT_SECRET ? [openId({ id: 'oidc', name: OIDC_NAME, issuer: OIDC_ISSUER, clientId: OIDC_CLIENT_ID, clientSecret: OIDC_CLIENT_SECRET })] : []),
    ...(GOOGLE_CLIENT_ID && GOOGLE_CLIENT_SECRET ? [openId({ id: 'google', name: 'Google', issuer: 'https://accounts.google.com', clientId: GOOGLE_CLIENT_ID, clientSecret: GOOGLE_CLIENT_SECRET })] : []),
    ...(SLUICE_DEMO ? [demo] : []),
  ]
}

const demo: Provider = {
  id: 'demo', name: 'Demo account', type: 'credentials', credentials: { email: {}, password: {} },
  authorize: async (given, req) => {
    const fields = z.object({ email: z.string(), password: z.string() }).safeParse(given)
    if (!fields.success) return null
    const outcome = await closed(() => checkPassword({ ...fields.data, address: addressOf(req.headers) }))
    return { id: outcome.personId, email: fields.data.email }
  },
}

// The last entry is the one that our own server or the nearest proxy wrote; the ones before are the caller's word.
const addressOf = (headers: Record<string, unknown> | undefined): string => String(headers?.['x-forwarded-for'] ?? 'unknown').split(',').at(-1)?.trim() || 'unknown'

/** A refusal or a failure becomes an error with a word that may be shown: next-auth puts its message into the address bar. */
async function closed(work: () => Promise<Outcome>): Promise<{ personId: string }> {
  const outcome = await work().catch((err: unknown) => {
    log.error('sign-in failed', { error: err })
    throw new Error('unavailable')
  })
  if (!outcome.ok) throw new Error(outcome.why)
  return outcome
}

/** Made for each request, since settings are read when they are needed and next-auth writes into the object. */
export const authOptions = (): NextAuthOptions => ({
  secret: env().NEXTAUTH_SECRET,
  providers: providers(),
  session: { strategy: 'jwt', maxAge: sessionSeconds },
  pages: { signIn: '/sign-in', error: '/sign-in' },
  cookies: { sessionToken: { name: sessionCookieName(), options: { httpOnly: true, sameSite: 'lax', path: '/', secure: usesHttps() } } },
  callbacks: {
    signIn: async ({ user, account, profile }) => {
      const isVerified = account?.provider === 'demo' || (profile as Claims | undefined)?.email_verified !== false
      const { personId } = await closed(() => admitPerson({ email: user.email ?? '', isVerified, name: user.name ?? null, by: account?.provider ?? 'unknown' }))
      user.id = personId
      return true
    },
    // Only at sign-in: a new session id each time, so that no earlier cookie becomes a signed-in one.
    jwt: ({ token, user }) => (user ? { sub: user.id, sid: randomUUID() } : token),
    redirect: ({ url, baseUrl }) => baseUrl + safeCallback(url, baseUrl),
  },
  logger: {
    error: (code, metadata) => log.warning(`sign-in: ${code}`, { detail: metadata }),
    warn: (code) => log.warning(`sign-in: ${code}`),
    debug: () => undefined,
  },
})
