import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'

const root = path.join(import.meta.dirname, '../..')
// Packages written for CommonJS use `require` and `__dirname`, which an ES module has not.
const banner = `import { createRequire as __createRequire } from 'node:module'; import { fileURLToPath as __toPath } from 'node:url'; const require = __createRequire(import.meta.url); const __filename = __toPath(import.meta.url); const __dirname = __toPath(new URL('.', import.meta.url));`

export type Bundle = { folder: string; file: string }

/** The process under test as one file: a start-up reads and compiles that instead of two thousand modules. */
export async function bundleVictim(): Promise<Bundle> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-victim-'))
  const file = path.join(folder, 'victim.mjs')
  await build({ absWorkingDir: root, entryPoints: ['worker/testing/victim.ts'], outfile: file, bundle: true, platform: 'node', format: 'esm', target: 'node24', conditions: ['react-server'], banner: { js: banner }, external: ['@prisma/schema-engine-wasm', 'pg-native'], logLevel: 'error' })
  return { folder, file }
}
