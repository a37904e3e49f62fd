import type { Endpoint, Resolve } from '#emulator/http/api.ts'
import { findRoute, readRequest, renderAnswer, type Route } from '#emulator/rest/router.ts'

/** Endpoints of the APIs that the official packages describe: Cloud Run v2 and Monitoring v3. */
export function googleApis(routes: readonly Route[]): Resolve {
  return (request, url, path) => {
    const found = findRoute(routes, request.method ?? '', path)
    if (!found) return null
    const { route, captured } = found
    const query = url.searchParams
    const place = /^\/v2\/projects\/([^/]+)\/locations\/([^/]+)/.exec(path)
    const endpoint: Endpoint = {
      api: route.api,
      rpc: route.rpc,
      write: route.write,
      service: resourceOf(path, query),
      updateMask: query.get('updateMask'),
      validateOnly: query.get('validateOnly') === 'true',
      location: place?.[1] && place[2] ? { project: place[1], region: place[2] } : null,
      invoke: async (body, call) => renderAnswer(route, query, await route.handler(readRequest(route, captured, query, body), call)),
    }
    return endpoint
  }
}

function resourceOf(path: string, query: URLSearchParams): string | null {
  const named = /projects\/[^/]+\/locations\/[^/]+\/services\/[^/:]+/.exec(path)?.[0]
  if (named !== undefined) return named
  const created = query.get('serviceId')
  const parent = /projects\/[^/]+\/locations\/[^/]+/.exec(path)?.[0]
  if (created !== null && parent !== undefined) return `${parent}/services/${created}`
  return /service_name\s*=\s*"([^"]+)"/.exec(query.get('filter') ?? '')?.[1] ?? null
}
