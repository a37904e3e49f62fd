import 'server-only'
import { createHash } from 'node:crypto'
import { DriverError } from '#lib/drivers/errors.ts'
import type { ImageRef, ImageRegistry } from '#lib/drivers/registry-images.ts'

export type RegistryOptions = {
  /** Where a registry host is reached: `https://<host>`, or the emulator's `http://127.0.0.1:<port>/registry/<host>`. */
  baseUrl: (host: string) => string
  /** Bearer token for a host, or null for none. Never logged, and sent to no other host: redirects are not followed. */
  bearer?: (host: string) => Promise<string | null>
  /** Makes the request; the caller decides which addresses may be reached. */
  fetch?: typeof globalThis.fetch
  timeoutMs?: number
}

const provider = 'oci-registry'
/** A registry may refuse larger ones (OCI distribution spec 1.1, "Pushing Manifests"). */
const manifestBytes = 4 * 1024 * 1024
const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')
const digestPattern = /^sha256:[0-9a-f]{64}$/

/**
 * Any registry that speaks the OCI distribution API 1.1 (https://github.com/opencontainers/distribution-spec, "Pulling
 * manifests"): `GET|HEAD /v2/<name>/manifests/<tag or digest>` with the digest in `Docker-Content-Digest`. It only reads.
 * Throws DriverError: 404 not_found, 401 and 403 denied, 429 quota, 5xx unavailable, time-out timeout, else failed;
 * the outcome is always `none`, since reading changes nothing.
 */
export function ociRegistry(options: RegistryOptions): ImageRegistry {
  const resolve = async (image: ImageRef): Promise<string> => {
    const reference = image.digest ?? image.tag ?? 'latest'
    const head = await ask(options, image, reference, 'HEAD')
    const told = image.digest ?? head.headers.get('docker-content-digest')
    if (told && digestPattern.test(told)) return told
    // The header is optional in the specification: the digest of the bytes is the same by definition.
    const body = await readLimited(await ask(options, image, reference, 'GET'), image)
    return `sha256:${createHash('sha256').update(body).digest('hex')}`
  }
  const exists = async (repository: string, digest: string): Promise<boolean> => {
    const [host = '', ...path] = repository.split('/')
    try {
      await ask(options, { host, path: path.join('/'), repository, tag: null, digest }, digest, 'HEAD')
      return true
    } catch (error) {
      if (error instanceof DriverError && error.kind === 'not_found') return false
      throw error
    }
  }
  return { resolve, exists }
}

async function ask(options: RegistryOptions, image: ImageRef, reference: string, method: 'GET' | 'HEAD'): Promise<Response> {
  const url = `${options.baseUrl(image.host)}/v2/${image.path}/manifests/${encodeURIComponent(reference).replaceAll('%3A', ':')}`
  const token = (await options.bearer?.(image.host)) ?? null
  const timeoutMs = options.timeoutMs ?? 10_000
  let response: Response
  try {
    response = await (options.fetch ?? globalThis.fetch)(url, {
      method,
      headers: { accept, 'user-agent': 'sluice', ...(token !== null && { authorization: `Bearer ${token}` }) },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (error) {
    throw unreachable(error, image, timeoutMs)
  }
  if (response.status !== 200) {
    await response.body?.cancel()
    throw refusal(response.status, image, reference)
  }
  return response
}

const name = (image: ImageRef, reference: string) => `${image.repository}${reference.startsWith('sha256:') ? '@' : ':'}${reference}`

function refusal(status: number, image: ImageRef, reference: string): DriverError {
  const make = (kind: DriverError['kind'], message: string, retriable: boolean) =>
    new DriverError({ provider, operation: 'manifest', kind, message, retriable, outcome: 'none' })
  if (status === 404) return make('not_found', `${image.host} has no image ${name(image, reference)}`, false)
  if (status === 401 || status === 403) return make('denied', `${image.host} does not let Sluice read ${image.repository} (${status})`, false)
  if (status === 429) return make('quota', `${image.host} limits requests (429)`, true)
  if (status >= 500) return make('unavailable', `${image.host} answered ${status} for ${name(image, reference)}`, true)
  if (status >= 300 && status < 400) return make('failed', `${image.host} redirects manifest requests (${status}), which is not followed`, false)
  return make('failed', `${image.host} answered ${status} for ${name(image, reference)}`, false)
}

function unreachable(error: unknown, image: ImageRef, timeoutMs: number): DriverError {
  if (error instanceof DriverError) return error
  const isTimeout = error instanceof Error && error.name === 'TimeoutError'
  const message = isTimeout ? `${image.host} did not answer within ${timeoutMs} ms` : `${image.host} cannot be reached`
  return new DriverError({ provider, operation: 'manifest', kind: isTimeout ? 'timeout' : 'unavailable', message, retriable: true, outcome: 'none', cause: error })
}

async function readLimited(response: Response, image: ImageRef): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let bytes = 0
  const reader = response.body?.getReader()
  for (;;) {
    const chunk = await reader?.read().catch((error: unknown) => {
      throw unreachable(error, image, 0)
    })
    if (!chunk || chunk.done) return Buffer.concat(parts)
    bytes += chunk.value.byteLength
    if (bytes > manifestBytes) {
      await reader?.cancel()
      throw new DriverError({ provider, operation: 'manifest', kind: 'invalid', message: `${image.host} sent a manifest of more than 4 MiB`, retriable: false, outcome: 'none' })
    }
    parts.push(chunk.value)
  }
}
