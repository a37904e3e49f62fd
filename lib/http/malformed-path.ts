import diagnostics from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'

/** Where a call of the API goes whose own path nobody can read; no endpoint is there. */
export const malformedPath = '/api/v1/malformed-path'

/**
 * The address to use instead, or null for one that can be decoded. Of the API it is the one that answers 400; else each
 * percent sign of what cannot be read is taken for itself, and the page says that nothing is there.
 */
export function readableUrl(url: string): string | null {
  const end = url.search(/[?#]/)
  const [path, rest] = end === -1 ? [url, ''] : [url.slice(0, end), url.slice(end)]
  if (canDecode(path)) return null
  if (path.startsWith('/api/')) return malformedPath + rest
  return path.split('/').map((part) => (canDecode(part) ? part : part.replaceAll('%', '%25'))).join('/') + rest
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/**
 * Next answers a path that it cannot decode with a bare 500, before any route or proxy.ts sees it. Node publishes every
 * request before its server's own listener runs: there the address is made readable.
 */
export function mendPaths(): void {
  diagnostics.subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage }
    const readable = request.url === undefined ? null : readableUrl(request.url)
    if (readable !== null) request.url = readable
  })
}
