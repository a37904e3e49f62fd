import 'server-only'
import { cache } from 'react'
import type { Actor } from '#lib/access/actor.ts'
import { sessionActor } from '#lib/access/current.ts'
import { sessionCookieName } from '#lib/access/session.ts'

// Next's request functions are loaded when a page asks: route handlers share this module and also run outside Next, in tests.
const request = async () => {
  const { cookies, headers } = await import('next/headers')
  return Promise.all([cookies(), headers()])
}

/** Who looks at this page, or null when nobody is signed in. Asked once per request: frame, page and title all want it. */
export const currentPageActor = cache(async (): Promise<Actor | null> => {
  const [jar, head] = await request()
  return sessionActor(jar.get(sessionCookieName())?.value, head.get('x-request-id'))
})

/**
 * Who looks at this page. Signed out goes to the sign-in page, without any role to a page that says so. For server
 * components; pass the result to services, which decide on what is shown.
 */
export async function pageActor(): Promise<Actor> {
  const actor = await currentPageActor()
  if (actor && actor.grants.length > 0) return actor
  const { redirect } = await import('next/navigation')
  if (actor) return redirect('/no-access')
  const [, head] = await request()
  const path = head.get('x-sluice-path')
  return redirect(path && path !== '/' ? `/sign-in?callbackUrl=${encodeURIComponent(path)}` : '/sign-in')
}
