/** `npm run build`: builds the web part when its sources changed since the last time. `--force` builds anyway. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { generateClient } from '#scripts/generate.ts'
import { hashFiles } from '#scripts/stamp.ts'

const root = path.resolve(import.meta.dirname, '..')
const stampFile = path.join(root, '.next/.sluice-built')
/** Everything that the build reads. A file missing here would leave an old product running after a change. */
const sources = [
  ...['app', 'components', 'lib', 'public', 'prisma/schema', 'prisma/migrations', 'instrumentation.ts', 'proxy.ts'],
  ...['next.config.js', 'scripts/browser-contract.mjs', 'scripts/not-for-the-browser.mjs', 'postcss.config.mjs', 'tsconfig.json', 'package.json', 'package-lock.json'],
]
export const serverFile = path.join(root, '.next/standalone/server.js')

/** True when a build of these very sources is there. */
export const isBuilt = (): boolean => existsSync(serverFile) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hashFiles(root, sources)

/**
 * Builds the web part into .next/standalone, the folder that the container image copies too, so that the product runs
 * the same everywhere. Rejects with the end of the build's output.
 */
export async function build(): Promise<void> {
  generateClient()
  const stamp = hashFiles(root, sources)
  rmSync(stampFile, { force: true })
  await runNextBuild()
  // Next leaves these two out of the standalone folder, for a content network that a small installation has not.
  for (const folder of ['.next/static', 'public']) {
    if (existsSync(path.join(root, folder))) cpSync(path.join(root, folder), path.join(root, '.next/standalone', folder), { recursive: true })
  }
  writeFileSync(stampFile, stamp)
}

function runNextBuild(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, 'node_modules/next/dist/bin/next'), 'build'], {
      cwd: root,
      // Next runs loaders under the `node` it finds; ours import TypeScript.
      env: { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH'] ?? ''}`, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1', FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const endWithUs = () => child.kill()
    process.once('exit', endWithUs)
    child.once('exit', () => process.off('exit', endWithUs))
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-8000)))
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`The web part could not be built:\n${output.trim()}`))))
  })
}

if (import.meta.main && (process.argv.includes('--force') || !isBuilt())) await build()
