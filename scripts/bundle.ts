/**
 * `npm run bundle`: the worker and the container's entry as plain JavaScript in dist/, with what they read at run time
 * beside them, so that the image needs neither the sources nor the packages they were built from.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { build } from 'esbuild'
import { generateClient } from '#scripts/generate.ts'
import { root } from '#scripts/parts.ts'

// Packages written for CommonJS call `require` for Node's own modules and look beside their `__dirname`, which an ES module has not.
const banner = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); globalThis.__dirname = import.meta.dirname;`
const output = path.join(root, 'dist')
const enginePackage = '@prisma/schema-engine-wasm'

/** Writes dist/ anew. */
export async function bundle(): Promise<void> {
  generateClient()
  rmSync(output, { recursive: true, force: true })
  mkdirSync(output, { recursive: true })
  await build({
    absWorkingDir: root,
    entryPoints: { main: 'scripts/container.ts', worker: 'worker/main.ts' },
    outdir: output,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    conditions: ['react-server'],
    banner: { js: banner },
    external: [enginePackage, 'pg-native'],
    sourcemap: 'linked',
    logLevel: 'warning',
  })
  cpSync(path.join(root, 'scripts/follow-supervisor.mjs'), path.join(output, 'follow-supervisor.mjs'))
  cpSync(path.join(root, 'prisma/migrations'), path.join(output, 'migrations'), { recursive: true })
  const engine = path.dirname(createRequire(import.meta.url).resolve(enginePackage))
  cpSync(engine, path.join(output, 'node_modules', enginePackage), { recursive: true })
}

if (import.meta.main) await bundle()
