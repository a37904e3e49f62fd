import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { serverFile } from '#scripts/build.ts'
import { freePort } from '#scripts/postgres.ts'
import { waitFor } from '#scripts/steps.ts'

export type OidcProduct = { url: string; stopProvider: () => Promise<void>; stop: () => Promise<void> }

/**
 * A second web process of the product under test, on its database, with single sign-on against a provider of its own:
 * settings are read once per process, so the one that the other journeys use cannot have it.
 */
export async function startOidcProduct(settings: Record<string, string>): Promise<OidcProduct> {
  const [webPort, providerPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${webPort}`
  const issuer = `http://127.0.0.1:${providerPort}`
  const provider = start(['--disable-warning=ExperimentalWarning', path.resolve(import.meta.dirname, 'oidc-server.ts'), String(providerPort), `${url}/api/auth/callback/oidc`], {})
  const oidc = { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: 'sluice', OIDC_CLIENT_SECRET: 'a secret of the test provider', OIDC_NAME: 'Test provider' }
  const web = start([serverFile], { NODE_ENV: 'production', HOSTNAME: '127.0.0.1', PORT: String(webPort), SLUICE_URL: url, ...oidc, ...settings })
  const stop = async () => {
    await Promise.all([ended(web), ended(provider)])
  }
  const answers = (address: string) => async () => (await fetch(address, { signal: AbortSignal.timeout(2000) })).ok
  try {
    await waitFor('the test provider', 30_000, answers(`${issuer}/.well-known/openid-configuration`))
    await waitFor('the second web process', 60_000, answers(`${url}/readyz`))
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stopProvider: () => ended(provider), stop }
}

const start = (args: string[], env: Record<string, string>): ChildProcess =>
  spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NODE_OPTIONS: '', ...env } })

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
