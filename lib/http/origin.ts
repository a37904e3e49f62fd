import 'server-only'
import { env } from '#lib/platform/env.ts'
import { AppError } from '#lib/platform/errors.ts'

/**
 * A change asked for with a cookie has to come from our own pages: the browser adds the cookie for any site. Without
 * both headers it is refused too, since every browser that sends a cookie with a change sends at least one of them.
 */
export function requireSameOrigin(headers: Headers): void {
  const site = headers.get('sec-fetch-site')
  const origin = headers.get('origin')
  const isOurs = origin === null ? site === 'same-origin' : isOwnOrigin(origin, headers.get('host')) && (site === null || site === 'same-origin')
  if (!isOurs) throw new AppError('cross_origin', whyNot(origin, headers.get('host')))
}

// A wrong SLUICE_URL would else look like an attack: nothing could be changed and nobody would know why.
function whyNot(origin: string | null, host: string | null): string {
  if (origin !== null && URL.canParse(origin) && new URL(origin).host === host) return `This page was opened as ${origin}, but SLUICE_URL is ${env().SLUICE_URL}: open it there, or correct the setting`
  return 'A change with the session cookie has to come from this site itself; scripts send an API token'
}

/** The configured address, or in the embedded default the host the browser asked for: any PORT works without a setting. */
function isOwnOrigin(origin: string, host: string | null): boolean {
  if (origin === new URL(env().SLUICE_URL).origin) return true
  return env().isEmbedded && host !== null && origin === `http://${host}`
}

/** For reads that another site could start with the cookie (a stream): refused when the browser says it did. */
export function refuseOtherSites(headers: Headers): void {
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin' && site !== 'none') throw new AppError('cross_origin', 'This can only be read from this site itself')
}
