import 'server-only'
import { randomUUID } from 'node:crypto'
import type { Endpoint } from '#lib/platform/endpoint.ts'
import { log } from '#lib/platform/log.ts'
import { countRequest } from '#lib/platform/metrics.ts'

/** The caller's request id when it is a plain one, else a new one: it ends in logs and in the audit, so nothing odd may pass. */
export function requestIdOf(headers: Headers): string {
  const given = headers.get('x-request-id')
  return given !== null && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID()
}

/** One line and one count per request; only the path is written, since queries may carry what people typed. */
export function observeRequest(e: Endpoint, req: Request, status: number, startedMs: number): void {
  const durationMs = Math.round(performance.now() - startedMs)
  countRequest({ route: e.id, method: e.method, status, seconds: durationMs / 1000 })
  const line = { endpoint: e.id, method: e.method, path: new URL(req.url).pathname, status, duration_ms: durationMs }
  if (status >= 500) log.error('request', line)
  else log.info('request', line)
}
