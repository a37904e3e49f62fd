import 'server-only'
import { GoogleAuth } from 'google-auth-library'
import { DriverError } from '#lib/drivers/errors.ts'
import { ociRegistry } from '#lib/drivers/oci-registry/driver.ts'
import type { ImageRegistry } from '#lib/drivers/registry-images.ts'
import { AppError } from '#lib/platform/errors.ts'
import { outgoingFetch } from '#lib/platform/outgoing.ts'

/** Artifact Registry and the older Container Registry; the token goes to no other host. */
const isGoogleHost = (host: string) => /(^|\.)(gcr\.io|pkg\.dev)$/.test(host)

/**
 * Registries on the internet, read over https; Google's with the process's own credentials (scope
 * `cloud-platform.read-only`), others without any.
 */
export function googleRegistry(allowedHosts: readonly string[]): ImageRegistry {
  const auth = new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/cloud-platform.read-only'] })
  return ociRegistry({
    fetch: (url, init) => fetchChecked(String(url), init, allowedHosts),
    baseUrl: (host) => `https://${host === 'docker.io' ? 'registry-1.docker.io' : host}`,
    bearer: async (host) => (isGoogleHost(host) ? ((await auth.getAccessToken()) ?? null) : null),
  })
}

/** Releases name registry hosts: one that leads into this machine's own network is refused unless the settings list it. */
async function fetchChecked(url: string, init: RequestInit | undefined, allowedHosts: readonly string[]): Promise<Response> {
  try {
    const headers = Object.fromEntries(new Headers(init?.headers).entries())
    const answer = await outgoingFetch(url, { allowedHosts, field: 'image', method: init?.method ?? 'GET', headers, maxBytes: 4 * 1024 * 1024 })
    const isBodiless = init?.method === 'HEAD' || [204, 205, 304].includes(answer.status)
    return new Response(isBodiless ? null : answer.text, { status: answer.status, headers: new Headers(Object.entries(answer.headers).flatMap(([name, value]) => [value ?? []].flat().map((v): [string, string] => [name, v]))) })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new DriverError({ provider: 'oci-registry', operation: 'manifest', kind: 'denied', message: error.message, retriable: false, outcome: 'none', cause: error })
  }
}

/** Every host is answered by the emulator on this machine. */
export const emulatedRegistry = (emulatorPort: number): ImageRegistry => ociRegistry({ baseUrl: (host) => `http://127.0.0.1:${emulatorPort}/registry/${host}` })
