import 'server-only'
import NextAuth from 'next-auth'
import type { NextRequest } from 'next/server'
import { authOptions } from '#lib/access/auth-options.ts'
import { problemResponse, toProblem } from '#lib/http/problem.ts'
import { requestIdOf } from '#lib/http/observe.ts'
import { env } from '#lib/platform/env.ts'
import { AppError, type ErrorCode } from '#lib/platform/errors.ts'

type Context = { params: Promise<{ nextauth: string[] }> }

/** What of next-auth is used. Not `session`, which would renew a session that was ended, nor `signout`: see /sign-out. */
const actions = ['csrf', 'providers', 'signin', 'callback', 'error']
/** Words that sign-in.ts refuses with, told to the sign-in page as an error of the API. */
const refusals: Record<string, { code: ErrorCode; detail: string }> = {
  wrong_password: { code: 'unauthenticated', detail: 'The address or the password is wrong.' },
  CredentialsSignin: { code: 'unauthenticated', detail: 'The address or the password is wrong.' },
  disabled: { code: 'forbidden', detail: 'This account is disabled. An admin can enable it.' },
  unusable_email: { code: 'forbidden', detail: 'This address cannot be used to sign in.' },
  too_many_requests: { code: 'too_many_requests', detail: 'Too many failed sign-ins. Try again in a minute.' },
  unavailable: { code: 'unavailable', detail: 'Signing in does not work right now. Try again in a moment.' },
}

/** GET and POST of /api/auth/…: next-auth with our options, and its refusals as plain statuses. */
export async function authHandler(req: NextRequest, context: Context): Promise<Response> {
  const requestId = requestIdOf(req.headers)
  const [action] = (await context.params).nextauth
  if (action === undefined || !actions.includes(action)) return problemResponse(toProblem(new AppError('not_found', 'There is nothing here'), requestId), requestId)
  // next-auth reads its own address only from here; without it every redirect would go to localhost:3000.
  process.env['NEXTAUTH_URL'] = env().SLUICE_URL
  const res = (await NextAuth(req, context, authOptions())) as Response
  res.headers.set('cache-control', 'private, no-store')
  return (await refusalOf(res, requestId)) ?? res
}

async function refusalOf(res: Response, requestId: string): Promise<Response | null> {
  if (!res.headers.get('content-type')?.includes('application/json')) return null
  const body = (await res.clone().json()) as { url?: unknown } | null
  const word = typeof body?.url === 'string' ? new URL(body.url, env().SLUICE_URL).searchParams.get('error') : null
  const refusal = word === null ? undefined : refusals[word]
  return refusal ? problemResponse(toProblem(new AppError(refusal.code, refusal.detail), requestId), requestId) : null
}
