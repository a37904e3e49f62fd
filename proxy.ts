import { type NextRequest, NextResponse } from 'next/server'

/**
 * Comfort and headers only: sends signed-out browsers to the sign-in page and forbids scripts that are not ours. Who may
 * see or do what is decided in the services; without this file every refusal stays.
 */
export function proxy(request: NextRequest): NextResponse {
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
  const policy = contentPolicy(nonce)
  const { pathname, search } = request.nextUrl
  const isOpen = openPages.includes(pathname)
  const isSignedIn = sessionCookies.some((name) => request.cookies.has(name))
  const response = !isOpen && !isSignedIn ? toSignIn(request, pathname + search) : next(request, nonce, policy, pathname + search)
  response.headers.set('content-security-policy', policy)
  for (const [name, value] of Object.entries(fixedHeaders)) response.headers.set(name, value)
  return response
}

const openPages = ['/sign-in', '/sign-out', '/no-access']
const sessionCookies = ['sluice.session-token', '__Secure-sluice.session-token']

const fixedHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'cross-origin-opener-policy': 'same-origin',
}

// Next puts the nonce it finds in this header's policy on its own scripts. Styles may be inline: React writes widths as attributes.
function contentPolicy(nonce: string): string {
  const evaluation = process.env.NODE_ENV === 'development' ? " 'unsafe-eval'" : ''
  return [
    "default-src 'self'", `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${evaluation}`, "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "font-src 'self'",
    "connect-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
  ].join('; ')
}

/** The path goes on in a header, so that a page that finds no valid session can come back to it. */
function next(request: NextRequest, nonce: string, policy: string, path: string): NextResponse {
  const headers = new Headers(request.headers)
  headers.set('x-nonce', nonce)
  headers.set('content-security-policy', policy)
  headers.set('x-sluice-path', path)
  return NextResponse.next({ request: { headers } })
}

function toSignIn(request: NextRequest, path: string): NextResponse {
  const url = new URL('/sign-in', request.nextUrl)
  if (path !== '/') url.searchParams.set('callbackUrl', path)
  return NextResponse.redirect(url)
}

// The API answers 401 itself, with a body; health checks and files of the build need nobody.
export const config = { matcher: '/((?!api/|_next/|healthz$|readyz$|metrics$|icon\\.svg$|favicon\\.ico$).*)' }
