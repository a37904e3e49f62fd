/**
 * `npm run e2e -- [arguments of playwright test]`: starts the built product on free ports with a data folder of its own,
 * runs the browser journeys against it, and ends it. With SLUICE_E2E_URL set, the product there is used as it is.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { findChromium } from '#scripts/chromium.ts'
import { root } from '#scripts/parts.ts'
import { freePort } from '#scripts/postgres.ts'
import { waitFor } from '#scripts/steps.ts'

const startPatienceMs = 600_000

/** What the journeys find in the environment beside SLUICE_E2E_URL: ports and data folder of the product under test. */
type Product = { settings: Record<string, string>; stop: () => Promise<void> }

/** Answers the exit code of the journeys. */
export async function runJourneys(args: readonly string[]): Promise<number> {
  const browser = findChromium()
  const given = process.env['SLUICE_E2E_URL']
  const product = given ? { settings: { SLUICE_E2E_URL: given }, stop: () => Promise.resolve() } : await startProduct()
  try {
    const cli = path.join(path.dirname(createRequire(import.meta.url).resolve('@playwright/test')), 'cli.js')
    const run = spawn(process.execPath, [cli, 'test', '--pass-with-no-tests', ...args], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...product.settings, CHROMIUM_PATH: browser, NODE_OPTIONS: '--conditions=react-server' },
    })
    return await ended(run)
  } finally {
    await product.stop()
  }
}

/** The built product on free ports with a data folder of its own; the benchmarks start it so too. */
export async function startProduct(): Promise<Product> {
  const dataFolder = mkdtempSync(path.join(os.tmpdir(), 'sluice-e2e-'))
  chmodSync(dataFolder, 0o755) // as root, user postgres has to enter it; else the database would outlive the folder elsewhere
  const port = await freePort()
  const settings = { PORT: String(port), EMULATOR_PORT: String(await freePort()), SLUICE_DATA_DIR: dataFolder, SLUICE_E2E_URL: `http://127.0.0.1:${port}` }
  // The product's own settings only: what the caller's shell has for another database must not leak in.
  const outside = Object.entries(process.env).filter(([name]) => !/^(SLUICE_|DATABASE_URL|NEXTAUTH_|OIDC_|GOOGLE_)/.test(name))
  const env = { ...Object.fromEntries(outside), ...settings } as unknown as NodeJS.ProcessEnv // Next's types want NODE_ENV in it
  const child: ChildProcess = spawn(process.execPath, ['--conditions=react-server', path.join(root, 'scripts/start.ts')], { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] })
  const stop = async () => {
    child.kill('SIGTERM')
    await ended(child)
    rmSync(dataFolder, { recursive: true, force: true })
  }
  try {
    await waitFor('the product to start', startPatienceMs, async () => {
      if (child.exitCode !== null) return true
      return (await fetch(`${settings.SLUICE_E2E_URL}/readyz`, { signal: AbortSignal.timeout(2000) })).ok
    })
    if (child.exitCode !== null) throw new Error(`The product ended at its start with code ${child.exitCode}.`)
  } catch (error) {
    await stop()
    throw error
  }
  return { settings, stop }
}

const ended = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode ?? 1)
    else child.once('exit', (code) => resolve(code ?? 1))
  })

if (import.meta.main) {
  try {
    process.exitCode = await runJourneys(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
