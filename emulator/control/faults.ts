import type { Cloud } from '#emulator/cloud.ts'
import { RpcError, retryInfo, statusOfHttp } from '#emulator/errors.ts'
import { parseServiceName, type Location } from '#emulator/run/names.ts'
import { quotaExceeded } from '#emulator/run/quota.ts'
import { put } from '#emulator/state/state.ts'
import type { CallEntry, Fault } from '#emulator/state/types.ts'

/** What a fault is matched against. */
export interface Occasion { api: CallEntry['api'] | 'data'; rpc: string; service: string | null; path: string }

/**
 * The oldest fault that fits, used up by one. A fault that names neither RPC nor path strikes the Google APIs only;
 * the data plane and the registry have to be meant.
 */
export function strike(cloud: Cloud, occasion: Occasion): Fault | null {
  const named = (fault: Fault) => fault.rpc !== undefined || fault.pathContains !== undefined
  for (const fault of cloud.state.table('faults').values()) {
    if (fault.left === 0) continue
    if (fault.rpc !== undefined && fault.rpc !== occasion.rpc && fault.rpc !== occasion.api) continue
    if (fault.service !== undefined && occasion.service?.includes(fault.service) !== true) continue
    if (fault.pathContains !== undefined && !occasion.path.includes(fault.pathContains)) continue
    if ((occasion.api === 'data' || occasion.api === 'registry') && !named(fault)) continue
    if (fault.left !== null) cloud.state.note(put('faults', fault.id, { ...fault, left: fault.left - 1 }))
    return fault
  }
  return null
}

/** The refusal of a fault of kind `error` or `etag_conflict`; the HTTP status may be one that Google's table lacks. */
export class FaultError extends RpcError {
  readonly httpStatus: number
  readonly retryAfterSeconds: number | null
  constructor(error: RpcError, httpStatus: number, retryAfterSeconds: number | null) {
    super(error.status, error.message, retryAfterSeconds === null ? error.details : [...error.details.filter(one => !String(one['@type']).endsWith('RetryInfo')), retryInfo(retryAfterSeconds)])
    this.httpStatus = httpStatus
    this.retryAfterSeconds = retryAfterSeconds
  }
  override get http(): number {
    return this.httpStatus
  }
}

export function faultError(cloud: Cloud, fault: Fault, occasion: Occasion, write: boolean, at: Location | null): FaultError {
  if (fault.kind === 'etag_conflict') return new FaultError(staleEtag(cloud, occasion), 409, null)
  const http = fault.status ?? 503
  return new FaultError(errorOf(cloud, http, occasion, write, at), http, fault.retryAfterSeconds ?? null)
}

function errorOf(cloud: Cloud, http: number, occasion: Occasion, write: boolean, at: Location | null): RpcError {
  const quota = cloud.state.setting('quota')
  if (http === 429 && at && occasion.api !== 'monitoring') return quotaExceeded(write ? 'write' : 'read', at, write ? quota.writesPerMinute : quota.readsPerMinute)
  const texts: Record<number, string> = { 503: 'The service is currently unavailable.', 500: 'Internal error encountered.', 504: 'Deadline exceeded.', 403: 'The caller does not have permission', 401: 'Request had invalid authentication credentials.', 429: 'Resource has been exhausted (e.g. check quota).' }
  return new RpcError(statusOfHttp(http), texts[http] ?? `The emulator was asked to answer ${http}.`)
}

function staleEtag(cloud: Cloud, occasion: Occasion): RpcError {
  const nowMicros = cloud.clock.nowMs() * 1000
  const short = occasion.service === null ? 'unknown' : occasion.service.includes('/') ? parseServiceName(occasion.service).service : occasion.service
  return new RpcError('ABORTED', `Conflict for resource '${short}': version '${nowMicros - 1_000_000}' was specified but current version is '${nowMicros}'.`)
}
