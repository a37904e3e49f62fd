import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cloud } from '#emulator/cloud.ts'
import { faultError, strike } from '#emulator/control/faults.ts'
import { callerGone, header, sendJson } from '#emulator/http/answer.ts'
import type { RouterCounters } from '#emulator/monitoring/exposition.ts'
import { bucketOf, drawLatencyMs, leakAt } from '#emulator/monitoring/latency.ts'
import { drawNormal, type Draw } from '#emulator/monitoring/random.ts'
import { effectiveBehaviour } from '#emulator/run/load-history.ts'
import { serviceName, shortName } from '#emulator/run/names.ts'
import { targetOf, weightsOf } from '#emulator/run/traffic.ts'
import { put, remove } from '#emulator/state/state.ts'
import type { RequestCount, Service } from '#emulator/state/types.ts'

/** Entries of one revision and second; beyond it the oldest are forgotten. */
const keptSeconds = 100_000

const healthy = new Set(['/', '/health', '/healthz', '/api/v1/health', '/api/v1/health/'])

interface Addressed { name: string; tag: string | null; rest: string }

/** `/svc/P/R/S/…` and `/tag/P/R/S/TAG/…`: the URLs that services and tags have here. */
export function parseDataPath(path: string): Addressed | null {
  const match = /^\/(?:svc\/([^/]+)\/([^/]+)\/([^/]+)|tag\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+))(\/.*)?$/.exec(path)
  if (!match) return null
  const [, p1, r1, s1, p2, r2, s2, tag, rest] = match
  const at = { project: p1 ?? p2 ?? '', region: r1 ?? r2 ?? '', service: s1 ?? s2 ?? '' }
  return { name: serviceName(at), tag: tag ?? null, rest: rest ?? '/' }
}

/** Answers as the deployed service would: the revision drawn per request by the observed split, or the tag's own. */
export async function serveData(cloud: Cloud, counters: RouterCounters, draw: Draw, request: IncomingMessage, response: ServerResponse, at: Addressed): Promise<void> {
  request.resume()
  const record = cloud.state.table('services').get(at.name)
  if (!record) return sendJson(response, 404, { error: `There is no service ${at.name}.` })
  const fault = strike(cloud, { api: 'data', rpc: 'data', service: at.name, path: at.rest })
  if (fault?.kind === 'reset') return void request.socket.destroy()
  if (fault?.kind === 'timeout' || fault?.kind === 'timeout_applied') return callerGone(response)
  if (fault?.kind === 'delay') await new Promise(resolve => setTimeout(resolve, fault.delayMs ?? 0))
  if (fault?.kind === 'error') {
    const error = faultError(cloud, fault, { api: 'data', rpc: 'data', service: at.name, path: at.rest }, false, null)
    return sendJson(response, error.http, { error: error.message })
  }
  const revision = at.tag === null ? drawRevision(record.service, draw) : revisionOfTag(record.service, at.tag)
  if (revision === null) return sendJson(response, 404, { error: at.tag === null ? 'No revision of this service serves traffic.' : `This service has no tag ${at.tag}.` })
  const { status, latencyMs } = behave(cloud, draw, at, revision, request)
  countRequest(cloud, at.name, revision, status, latencyMs)
  counters.count(at.name, revision, status, latencyMs)
  if (header(request, 'x-wait') === '1') await new Promise(resolve => setTimeout(resolve, latencyMs))
  sendJson(response, status, { service: shortName(at.name), revision, path: at.rest, status, ...(at.tag !== null && { tag: at.tag }) }, { 'x-revision': revision })
}

function drawRevision(service: Service, draw: Draw): string | null {
  let point = draw() * 100
  for (const [revision, percent] of weightsOf(service)) {
    point -= percent
    if (point < 0) return revision
  }
  return null
}

function revisionOfTag(service: Service, tag: string): string | null {
  const status = service.trafficStatuses?.find(one => one.tag === tag)
  return status ? targetOf(service, status) : null
}

/** Errors, slowness and leaks belong to requests that come by the split; `-verifyfail` to those of a tag's URL (DESIGN 10). */
function behave(cloud: Cloud, draw: Draw, at: Addressed, revision: string, request: IncomingMessage): { status: number; latencyMs: number } {
  const behaviour = effectiveBehaviour(cloud, at.name, revision)
  const bySplit = at.tag === null
  const first = cloud.state.table('services').get(at.name)?.firstTrafficMs[revision] ?? null
  const leak = leakAt(bySplit && behaviour.leak ? first : null, cloud.clock.nowMs())
  const latencyMs = drawLatencyMs(bySplit ? behaviour.slowPercent : 0, leak.leak, drawNormal(draw))
  const fails = bySplit ? draw() * 100 < behaviour.errorPercent + leak.errorPercent : behaviour.verifyFail
  return { status: fails ? 500 : statusOf(at.rest, request), latencyMs }
}

function statusOf(path: string, request: IncomingMessage): number {
  if (healthy.has(path)) return 200
  if (path.startsWith('/api/v1/admin/')) return header(request, 'x-admin-key') === null ? 401 : 200
  return 404
}

/** Real requests count in the metrics on top of the background load, and survive a kill. */
function countRequest(cloud: Cloud, service: string, revision: string, status: number, latencyMs: number): void {
  const second = Math.floor(cloud.clock.nowMs() / 1000)
  const key = `${service}|${revision}|${second}`
  const known = cloud.state.table('requests').get(key)
  const code = known?.codes[status] ?? { count: 0, sumMs: 0, latency: {} }
  const bucket = bucketOf(latencyMs)
  const next: RequestCount = {
    service,
    revision,
    second,
    codes: { ...known?.codes, [status]: { count: code.count + 1, sumMs: code.sumMs + latencyMs, latency: { ...code.latency, [bucket]: (code.latency[bucket] ?? 0) + 1 } } },
  }
  const { size } = cloud.state.table('requests')
  const oldest = known === undefined && size >= keptSeconds ? cloud.state.table('requests').keys().next().value : undefined
  cloud.state.note(...(oldest === undefined ? [] : [remove('requests', oldest)]), put('requests', key, next))
}
