import { v2 } from '@google-cloud/run'
import { GoogleAuth, PassThroughClient, type AuthClient } from 'google-auth-library'
import { toDriverError } from '#lib/drivers/google/errors.ts'

/** Where the API is. `emulator` is an address without credentials; `google` uses the runtime's own. */
export type CloudEndpoint = { kind: 'google' } | { kind: 'emulator'; host: string; port: number }

export type RunClients = { services: v2.ServicesClient; revisions: v2.RevisionsClient }

/**
 * Credentials first, clients second: a client made without credentials rejects from inside its constructor and
 * takes the process down with it.
 */
export async function authFor(endpoint: CloudEndpoint): Promise<AuthClient> {
  if (endpoint.kind === 'emulator') return new PassThroughClient()
  try {
    return await new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/cloud-platform'] }).getClient()
  } catch (e) {
    throw toDriverError(e, 'google', 'credentials')
  }
}

/** Options every Google client takes here: REST on the wire, in the product and against the emulator alike. */
export const clientOptions = (endpoint: CloudEndpoint, authClient: AuthClient) =>
  endpoint.kind === 'google'
    ? { fallback: true as const, authClient }
    : { fallback: true as const, authClient, protocol: 'http', apiEndpoint: endpoint.host, port: endpoint.port }

export async function runClients(endpoint: CloudEndpoint): Promise<RunClients> {
  const options = clientOptions(endpoint, await authFor(endpoint))
  return { services: new v2.ServicesClient(options), revisions: new v2.RevisionsClient(options) }
}
