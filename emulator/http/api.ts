import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Call } from '#emulator/call.ts'
import type { Cloud } from '#emulator/cloud.ts'
import { bodyLimit, type CallLog } from '#emulator/control/calls.ts'
import { FaultError, faultError, strike, type Occasion } from '#emulator/control/faults.ts'
import { RpcError } from '#emulator/errors.ts'
import { callerGone, header, readText, sendJson } from '#emulator/http/answer.ts'
import { parseBody } from '#emulator/rest/router.ts'
import type { Location } from '#emulator/run/names.ts'
import type { Operations } from '#emulator/run/operations.ts'
import type { Quota } from '#emulator/run/quota.ts'
import type { JsonObject } from '#emulator/state/json.ts'
import type { CallEntry } from '#emulator/state/types.ts'

/** One API call, resolved from an HTTP request but not yet read. */
export interface Endpoint {
  api: CallEntry['api']
  rpc: string
  write: boolean
  /** Full resource name, or what names the service. */
  service: string | null
  updateMask: string | null
  validateOnly: boolean
  /** Whose quota the call takes from; null for APIs without one here. */
  location: Location | null
  invoke(body: unknown, call: Call): JsonObject | Promise<JsonObject>
}
export type Resolve = (request: IncomingMessage, url: URL, path: string, text: string) => Endpoint | null
export interface ApiParts { cloud: Cloud; calls: CallLog; operations: Operations; quota: Quota; resolve: readonly Resolve[] }

/** Every Google API request goes this way: log, fault, quota, handler, answer. */
export async function serveApi(parts: ApiParts, request: IncomingMessage, response: ServerResponse, url: URL, path: string): Promise<void> {
  const text = await readText(request)
  const endpoint = parts.resolve.reduce<Endpoint | null>((found, resolve) => found ?? resolve(request, url, path, text), null) ?? unknownMethod(request, path)
  const entry = parts.calls.begin(describe(request, endpoint, url, text))
  try {
    const answer = await perform(parts, request, response, endpoint, path, text)
    parts.calls.end(entry, answer === null ? null : 200, answer === null ? 'not answered (fault)' : null)
    if (answer !== null) sendJson(response, 200, answer)
  } catch (error) {
    const known = error instanceof RpcError ? error : new RpcError('INTERNAL', 'Internal error encountered.')
    if (known !== error) console.error(JSON.stringify({ severity: 'ERROR', message: 'the emulator failed', path, error: error instanceof Error ? error.stack : String(error) }))
    parts.calls.end(entry, known.http, `${known.status}: ${known.message}`)
    const after = error instanceof FaultError && error.retryAfterSeconds !== null ? { 'retry-after': String(error.retryAfterSeconds) } : {}
    sendJson(response, known.http, known.body(), after)
  }
}

/** The answer, or null when a fault says that none is given. */
async function perform(parts: ApiParts, request: IncomingMessage, response: ServerResponse, endpoint: Endpoint, path: string, text: string): Promise<JsonObject | null> {
  const { cloud, operations, quota } = parts
  const occasion: Occasion = { api: endpoint.api, rpc: endpoint.rpc, service: endpoint.service, path }
  const fault = strike(cloud, occasion)
  if (fault?.kind === 'error' || fault?.kind === 'etag_conflict') throw faultError(cloud, fault, occasion, endpoint.write, endpoint.location)
  if (fault?.kind === 'reset') {
    request.socket.destroy()
    return null
  }
  if (fault?.kind === 'timeout') return callerGone(response).then(() => null)
  if (fault?.kind === 'delay') await new Promise(resolve => setTimeout(resolve, fault.delayMs ?? 0))
  operations.settleDue()
  if (endpoint.location) quota.take(endpoint.write ? 'write' : 'read', endpoint.location)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const answer = await endpoint.invoke(parseBody(text), { principal: principalOf(request, endpoint), dryRun: fault?.kind === 'not_applied', signal: gone.signal })
  if (fault?.kind === 'timeout_applied') return callerGone(response).then(() => null)
  return answer
}

/** A bearer token that is an address names the caller; else the client's kind does. */
function principalOf(request: IncomingMessage, endpoint: Endpoint): string {
  const token = /^Bearer (\S+@\S+)$/.exec(header(request, 'authorization') ?? '')?.[1]
  if (token) return token
  if ((header(request, 'user-agent') ?? '').includes('gcloud')) return 'gcloud@example.test'
  return endpoint.location ? `api-client@${endpoint.location.project}.iam.gserviceaccount.com` : 'api-client@example.test'
}

function describe(request: IncomingMessage, endpoint: Endpoint, url: URL, text: string): Parameters<CallLog['begin']>[0] {
  return {
    api: endpoint.api,
    rpc: endpoint.rpc,
    method: request.method ?? '',
    path: `${url.pathname}${url.search}`.slice(0, bodyLimit),
    service: endpoint.service,
    updateMask: endpoint.updateMask,
    validateOnly: endpoint.validateOnly,
    write: endpoint.write && !endpoint.validateOnly,
    body: text === '' ? null : text.slice(0, bodyLimit),
    requestReason: header(request, 'x-goog-request-reason'),
    userAgent: header(request, 'user-agent'),
  }
}

const unknownMethod = (request: IncomingMessage, path: string): Endpoint => ({
  api: 'unknown', rpc: 'Unknown', write: false, service: null, updateMask: null, validateOnly: false, location: null,
  invoke: () => {
    throw new RpcError('NOT_FOUND', `The emulator has no ${request.method ?? ''} ${path}.`)
  },
})
