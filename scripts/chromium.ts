import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { chromium } from '@playwright/test'

const debianPath = '/usr/bin/chromium'
const installPatienceMs = 180_000

/**
 * The Chromium for browser tests: CHROMIUM_PATH, Debian's, Playwright's own; else it is installed, by Playwright or, as
 * root on Debian, by apt-get. Throws one line that says what to install.
 */
export function findChromium(): string {
  const named = process.env['CHROMIUM_PATH']
  if (named) {
    if (existsSync(named)) return named
    throw new Error(`CHROMIUM_PATH names ${named}, which does not exist.`)
  }
  return firstExisting() ?? installed() ?? fail()
}

const firstExisting = () => [debianPath, chromium.executablePath()].find((file) => file && existsSync(file))

function installed(): string | undefined {
  const playwright = path.join(path.dirname(createRequire(import.meta.url).resolve('@playwright/test')), 'cli.js')
  process.stdout.write('No Chromium found; installing one …\n')
  spawnSync(process.execPath, [playwright, 'install', 'chromium'], { stdio: 'ignore', timeout: installPatienceMs })
  if (firstExisting() === undefined && process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    const settings = { stdio: 'ignore', timeout: installPatienceMs, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
    spawnSync('apt-get', ['update', '-qq'], settings)
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], settings)
  }
  return firstExisting()
}

const fail = (): never => {
  throw new Error('The browser tests need Chromium and none could be installed: install it (Debian: apt-get install chromium) or set CHROMIUM_PATH.')
}
