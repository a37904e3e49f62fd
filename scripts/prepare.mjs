/**
 * Runs before `npm start` and `npm test`, under whatever Node 20 or newer the machine has: installs what package-lock.json
 * names when it is not there yet. Built-in modules only, since nothing is installed when it runs. The scripts themselves
 * then run under the Node that was installed.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const oldestNode = 20

/** What an installation was made from; the platform is part of it, because some packages hold programs. */
export const lockStamp = (/** @type {string} */ root) =>
  createHash('sha256').update(readFileSync(path.join(root, 'package-lock.json'))).update(`${process.platform}-${process.arch}`).digest('hex')

export const stampFile = (/** @type {string} */ root) => path.join(root, 'node_modules', '.sluice-installed')

/** True when node_modules was installed from this very lock file. */
export function isInstalled(/** @type {string} */ root) {
  const file = stampFile(root)
  return existsSync(file) && readFileSync(file, 'utf8') === lockStamp(root)
}

/** Installs if needed. Answers the line to end with, or undefined when all is well. */
export function prepare(/** @type {string} */ root, { npm = 'npm' } = {}) {
  if (Number(process.versions.node.split('.')[0]) < oldestNode) return `Sluice needs Node ${oldestNode} or newer to start; this is ${process.version}.`
  if (isInstalled(root)) return undefined
  process.stdout.write('Installing packages (first start, or package-lock.json changed) …\n')
  // Development packages too: building the product and its tests need them, whatever NODE_ENV says here.
  const run = spawnSync(npm, ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
  if (run.error) return `npm could not be run: ${run.error.message}. Install Node ${oldestNode} or newer with npm.`
  if (run.status !== 0) return failure(run.stderr)
  writeFileSync(stampFile(root), lockStamp(root))
  return undefined
}

const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b/

function failure(/** @type {string} */ output) {
  const code = unreachable.exec(output)?.[0]
  if (code) return `npm cannot reach its package registry (${code}). Check the network, or point npm at yours: npm config set registry <address>.`
  return `npm ci failed:\n${output.trim().split('\n').slice(-12).join('\n')}`
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const problem = prepare(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'))
  if (problem) {
    process.stderr.write(`${problem}\n`)
    process.exit(1)
  }
}
