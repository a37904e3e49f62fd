/**
 * The Prometheus server that tests scrape the emulator with. Built-in modules only: prepare.mjs runs it before anything
 * is installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const installed = '/usr/bin/prometheus'
const patienceMs = 180_000
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

/**
 * Path of the `prometheus` program (`promtool` is beside it): PROMETHEUS_PATH, Debian's, or one unpacked from Debian's
 * package into node_modules/.cache. Unpacked and not installed: that needs no root, and the package's own set-up would
 * start a service on port 9090. Throws one line that says what to install.
 */
export function findPrometheus({ named = process.env['PROMETHEUS_PATH'], system = installed, cache = path.join(root, 'node_modules', '.cache', 'prometheus') } = {}) {
  if (named) {
    if (existsSync(named)) return named
    throw new Error(`PROMETHEUS_PATH names ${named}, which does not exist.`)
  }
  const unpacked = path.join(cache, 'usr', 'bin', 'prometheus')
  const found = () => [system, unpacked].find((file) => existsSync(file))
  const known = found()
  if (known) return known
  if (existsSync('/etc/debian_version')) unpack(cache)
  const made = found()
  if (made) return made
  throw new Error('The tests need a Prometheus server and none could be fetched: install one (Debian: apt-get install prometheus) or set PROMETHEUS_PATH.')
}

function unpack(/** @type {string} */ cache) {
  process.stdout.write('No Prometheus found; fetching one for the tests …\n')
  mkdirSync(path.dirname(cache), { recursive: true })
  const folder = mkdtempSync(`${cache}-`)
  /** @type {(command: string, ...args: string[]) => boolean} */
  const run = (command, ...args) => spawnSync(command, args, { cwd: folder, stdio: 'ignore', timeout: patienceMs }).status === 0
  try {
    // Only root may bring the lists up to date; where they are, anybody may download.
    const isThere = run('apt-get', 'download', 'prometheus') || (process.getuid?.() === 0 && run('apt-get', 'update', '-qq') && run('apt-get', 'download', 'prometheus'))
    const file = readdirSync(folder).find((name) => name.endsWith('.deb'))
    if (!isThere || file === undefined || !run('dpkg-deb', '--extract', file, 'files')) return
    rmSync(cache, { recursive: true, force: true })
    // Whole or not at all, also for a test run beside this one.
    renameSync(path.join(folder, 'files'), cache)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
