import 'server-only'
import { readCookies, sessionCookieName, usesHttps } from '#lib/access/session.ts'
import { endSignIn } from '#lib/access/sign-in.ts'
import { requestIdOf } from '#lib/http/observe.ts'
import { requireSameOrigin } from '#lib/http/origin.ts'
import { logUnexpected, problemResponse, toProblem } from '#lib/http/problem.ts'

/** POST of a plain form: ends the session, takes the cookie away and shows the sign-in page. Another site cannot ask for it. */
export async function signOutHandler(req: Request): Promise<Response> {
  const requestId = requestIdOf(req.headers)
  try {
    requireSameOrigin(req.headers)
    await endSignIn(readCookies(req.headers.get('cookie')).get(sessionCookieName()))
    const cookie = `${sessionCookieName()}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0${usesHttps() ? '; Secure' : ''}`
    return new Response(null, { status: 303, headers: { location: '/sign-in', 'set-cookie': cookie, 'cache-control': 'private, no-store', 'x-request-id': requestId } })
  } catch (err) {
    logUnexpected(err, 'sign-out')
    return problemResponse(toProblem(err, requestId), requestId)
  }
}
