import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cloud } from '#emulator/cloud.ts'
import type { CallLog } from '#emulator/control/calls.ts'
import { type FaultError, faultError, strike } from '#emulator/control/faults.ts'
import { callerGone, header, sendJson } from '#emulator/http/answer.ts'
import { imageKey, isMissingTag, rememberImage } from '#emulator/run/images.ts'
import type { Image } from '#emulator/state/types.ts'

const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const emptyConfig = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', size: 2 }

/**
 * The OCI distribution API, read side, as far as digests go: `/registry/<host>/v2/<name>/manifests/<tag or digest>`.
 * Any tag resolves, always to the same digest, except one that ends in `-missing`. Error shapes: OCI distribution-spec,
 * "Error codes". A digest here follows from the tag, so it is not the hash of the manifest that is sent with it.
 */
export async function serveRegistry(cloud: Cloud, calls: CallLog, request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  request.resume()
  const match = /^\/registry\/([^/]+)\/v2\/(?:(.+)\/manifests\/([^/]+))?$/.exec(path)
  const entry = calls.begin({
    api: 'registry', rpc: match?.[2] === undefined ? 'Ping' : 'GetManifest', method: request.method ?? '', path, service: match?.[2] ?? null,
    updateMask: null, validateOnly: false, write: false, body: null, requestReason: header(request, 'x-goog-request-reason'), userAgent: header(request, 'user-agent'),
  })
  const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    calls.end(entry, status, status < 400 ? null : JSON.stringify(body))
    sendJson(response, status, body, { 'docker-distribution-api-version': 'registry/2.0', ...headers })
  }
  const occasion = { api: 'registry', rpc: entry.rpc, service: entry.service, path } as const
  const fault = strike(cloud, occasion)
  if (fault?.kind === 'reset') return void request.socket.destroy()
  if (fault?.kind === 'timeout' || fault?.kind === 'timeout_applied') return callerGone(response).then(() => calls.end(entry, null, 'not answered (fault)'))
  if (fault?.kind === 'delay') await new Promise(resolve => setTimeout(resolve, fault.delayMs ?? 0))
  if (fault?.kind === 'error') {
    const error: FaultError = faultError(cloud, fault, occasion, false, null)
    return answer(error.http, refusal(error.http === 429 ? 'TOOMANYREQUESTS' : 'UNKNOWN', error.message), error.retryAfterSeconds === null ? {} : { 'retry-after': String(error.retryAfterSeconds) })
  }
  if (!match || (request.method !== 'GET' && request.method !== 'HEAD')) return answer(match ? 405 : 404, refusal(match ? 'UNSUPPORTED' : 'NAME_UNKNOWN', `The registry has no ${request.method ?? ''} ${path}.`))
  const [, host = '', name, reference = ''] = match
  if (name === undefined) return answer(200, {})
  const repository = `${host}/${name}`
  const found = resolveReference(cloud, repository, reference)
  if (!found) return answer(404, refusal('MANIFEST_UNKNOWN', `Failed to fetch "${reference}" of ${repository}.`))
  return answer(200, manifestOf(repository, found), { 'content-type': manifestType, 'docker-content-digest': found.digest })
}

function resolveReference(cloud: Cloud, repository: string, reference: string): { image: Image; digest: string } | null {
  const byDigest = reference.startsWith('sha256:')
  if (!byDigest && isMissingTag(reference)) return null
  const digest = byDigest ? reference : rememberImage(cloud.state, repository, reference)
  const image = cloud.state.table('images').get(imageKey(repository, digest))
  return image && !image.deleted ? { image, digest } : null
}

const manifestOf = (repository: string, { image }: { image: Image }) => ({
  schemaVersion: 2,
  mediaType: manifestType,
  config: emptyConfig,
  layers: [],
  annotations: { 'org.opencontainers.image.ref.name': `${repository}:${image.tag}` },
})

const refusal = (code: string, message: string) => ({ errors: [{ code, message, detail: {} }] })
