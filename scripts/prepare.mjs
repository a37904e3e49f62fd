/**
 * Runs before `npm start` and `npm test`, under whatever Node 20 or newer the machine has: installs what package-lock.json
 * names when it is not there yet, and for the tests a Prometheus. Built-in modules only, since nothing is installed when
 * it runs. The scripts themselves then run under the Node that was installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPrometheus } from './prometheus.mjs'

const oldestNode = 20

/**
 * True when node_modules holds what package-lock.json names. npm writes what it installed into a lock file of its own,
 * at the very end: an installation cut short has none, and one made by hand with npm counts as well as ours.
 */
export function isInstalled(/** @type {string} */ root) {
  const file = path.join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(file)) return false
  const wanted = packagesOf(path.join(root, 'package-lock.json'))
  const found = packagesOf(file)
  // Optional ones may be absent: they are the builds for other machines.
  return Object.entries(wanted).every(([name, { version, optional, devOptional }]) => name === '' || (found[name] ? found[name].version === version : (optional ?? devOptional ?? false)))
}

/** @returns {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} */
const packagesOf = (/** @type {string} */ file) => JSON.parse(readFileSync(file, 'utf8')).packages

/** Installs if needed. Answers the line to end with, or undefined when all is well. */
export function prepare(/** @type {string} */ root, { npm = 'npm' } = {}) {
  if (Number(process.versions.node.split('.')[0]) < oldestNode) return `Sluice needs Node ${oldestNode} or newer to start; this is ${process.version}.`
  if (isInstalled(root)) return undefined
  process.stdout.write('Installing packages (first start, or package-lock.json changed) …\n')
  // Development packages too: building the product and its tests need them, whatever NODE_ENV says here.
  const run = spawnSync(npm, ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
  if (run.error) return `npm could not be run: ${run.error.message}. Install Node ${oldestNode} or newer with npm.`
  if (run.status !== 0) return failure(run.stderr)
  return undefined
}

/** What only the tests need: started by `npm test` (npm names the script that it runs), never by `npm start`. */
export function prepareTests(/** @type {string | undefined} */ script, find = findPrometheus) {
  if (script !== 'pretest') return undefined
  try {
    find()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b/

function failure(/** @type {string} */ output) {
  const code = unreachable.exec(output)?.[0]
  if (code) return `npm cannot reach its package registry (${code}). Check the network, or point npm at yours: npm config set registry <address>.`
  return `npm ci failed:\n${output.replaceAll(/^npm error ?/gm, '').trim().split('\n').slice(0, 12).join('\n')}`
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const problem = prepare(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')) ?? prepareTests(process.env['npm_lifecycle_event'])
  if (problem) {
    process.stderr.write(`${problem}\n`)
    process.exit(1)
  }
}
