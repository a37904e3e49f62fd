/** What the sign-in tests use of the package, which brings no types. */
declare module 'oidc-provider' {
  type Claims = Record<string, unknown> & { sub: string }
  type Configuration = {
    clients: { client_id: string; client_secret: string; redirect_uris: string[] }[]
    claims: Record<string, string[]>
    findAccount(context: unknown, id: string): { accountId: string; claims(): Claims }
    pkce: { required(): boolean }
    cookies: { keys: string[] }
  }
  export class Provider {
    constructor(issuer: string, configuration: Configuration)
    listen(port: number, host: string, ready: () => void): unknown
    on(event: string, listener: (...args: unknown[]) => void): this
  }
}
