import 'server-only'
import { GoogleAuth } from 'google-auth-library'
import { ociRegistry, type RegistryOptions } from '#lib/drivers/oci-registry/driver.ts'
import type { ImageRegistry } from '#lib/drivers/registry-images.ts'

/** Artifact Registry and the older Container Registry; the token goes to no other host. */
const isGoogleHost = (host: string) => /(^|\.)(gcr\.io|pkg\.dev)$/.test(host)

/**
 * Registries on the internet, read over https; Google's with the process's own credentials (scope
 * `cloud-platform.read-only`), others without any.
 */
export function googleRegistry(options: Pick<RegistryOptions, 'fetch' | 'timeoutMs'> = {}): ImageRegistry {
  const auth = new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/cloud-platform.read-only'] })
  return ociRegistry({
    ...options,
    baseUrl: (host) => `https://${host === 'docker.io' ? 'registry-1.docker.io' : host}`,
    bearer: async (host) => (isGoogleHost(host) ? ((await auth.getAccessToken()) ?? null) : null),
  })
}

/** Every host is answered by the emulator on this machine. */
export const emulatedRegistry = (emulatorPort: number): ImageRegistry => ociRegistry({ baseUrl: (host) => `http://127.0.0.1:${emulatorPort}/registry/${host}` })
