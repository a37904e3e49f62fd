import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { sessionActor } from '#lib/access/current.ts'
import { sessionCookieName } from '#lib/access/session.ts'

/**
 * Who looks at this page. Signed out goes to the sign-in page, without any role to a page that says so. For server
 * components; pass the result to services, which decide on what is shown.
 */
export async function pageActor(): Promise<Actor> {
  // Loaded when a page asks: route handlers share this module and also run outside Next, in tests.
  const [{ cookies, headers }, { redirect }] = await Promise.all([import('next/headers'), import('next/navigation')])
  const [jar, head] = await Promise.all([cookies(), headers()])
  const actor = await sessionActor(jar.get(sessionCookieName())?.value, head.get('x-request-id'))
  if (!actor) {
    const path = head.get('x-sluice-path')
    return redirect(path && path !== '/' ? `/sign-in?callbackUrl=${encodeURIComponent(path)}` : '/sign-in')
  }
  if (actor.grants.length === 0) return redirect('/no-access')
  return actor
}
