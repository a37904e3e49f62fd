import type { Cloud } from '#emulator/cloud.ts'
import type { Handler } from '#emulator/rest/router.ts'
import { RpcError, invalid } from '#emulator/errors.ts'
import { findService } from '#emulator/run/services.ts'
import { isObject, type JsonObject } from '#emulator/state/json.ts'
import { put } from '#emulator/state/state.ts'

/** An etag of a policy is bytes, so it must be base64 (gcp.md 3.1: gcloud crashed on another). */
const etagFor = (micros: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(micros))
  return bytes.toString('base64')
}
const emptyPolicy: JsonObject = { version: 1, etag: 'ACAB' }

export const getPolicy = (cloud: Cloud, name: string): JsonObject => {
  findService(cloud, name)
  return cloud.state.table('policies').get(name) ?? emptyPolicy
}

export function setPolicy(cloud: Cloud, name: string, body: unknown, dryRun: boolean): JsonObject {
  const current = getPolicy(cloud, name)
  const asked = isObject(body) && isObject(body['policy']) ? body['policy'] : {}
  if (asked['etag'] !== undefined && asked['etag'] !== current['etag']) throw new RpcError('ABORTED', 'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.')
  const next: JsonObject = { ...asked, version: asked['version'] ?? 1, etag: etagFor(cloud.clock.nowMs() * 1000 + cloud.state.table('policies').size) }
  if (!dryRun) cloud.state.commit(put('policies', name, next))
  return next
}

/**
 * What of the asked a caller has. Nothing on a resource that is not there, which is no NOT_FOUND, and no wildcards
 * (google/iam/v1/iam_policy.proto). Nobody is told apart here: `/_control/iam` withholds a permission from all callers.
 */
export function testPermissions(cloud: Cloud, name: string, body: unknown): JsonObject {
  const asked = isObject(body) && Array.isArray(body['permissions']) ? body['permissions'].map(String) : []
  const wild = asked.find(one => one.includes('*'))
  // The text is remembered, not captured: assumed.
  if (wild !== undefined) throw invalid('permissions', `Permission ${wild} is not valid: wildcards are not allowed.`)
  const { withheld } = cloud.state.setting('iam')
  const permissions = cloud.state.table('services').has(name) ? asked.filter(one => !withheld.includes(one)) : []
  return permissions.length > 0 ? { permissions } : {}
}

export const iamHandlers = (cloud: Cloud): Record<string, Handler> => ({
  GetIamPolicy: request => getPolicy(cloud, String(request['resource'])),
  SetIamPolicy: (request, call) => setPolicy(cloud, String(request['resource']), request, call.dryRun),
  TestIamPermissions: request => testPermissions(cloud, String(request['resource']), request),
})
