/** `npm run generate`: makes the Prisma client when prisma/ changed since the last time. `--force` makes it anyway. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { migrationNames } from '#prisma/migrate.ts'
import { hashFiles } from '#scripts/stamp.ts'

const root = path.resolve(import.meta.dirname, '..')
const output = path.join(root, 'lib/platform/db/generated')
const stampFile = path.join(output, '.stamp')

/** Makes lib/platform/db/generated: the client, and the names of the migrations for readiness. Throws with the command's own words. */
export function generateClient({ isForced = false } = {}): void {
  const prismaPackage = JSON.parse(readFileSync(path.join(root, 'node_modules/prisma/package.json'), 'utf8')) as { version: string }
  const migrations = migrationNames()
  const stamp = createHash('sha256').update(hashFiles(root, ['prisma/schema'])).update(JSON.stringify([prismaPackage.version, migrations])).digest('hex')
  if (!isForced && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  const run = spawnSync(process.execPath, [path.join(root, 'node_modules/prisma/build/index.js'), 'generate'], {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH'] ?? ''}`,
      PRISMA_SCHEMA_ENGINE_BINARY: path.join(root, 'prisma/schema-engine.ts'),
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  })
  if (run.status !== 0) throw new Error(`The database client could not be made from prisma/schema:\n${run.stdout}${run.stderr}`)
  // In a file and not read at run time: bundles of web and worker do not carry the folder of migrations.
  writeFileSync(path.join(output, 'migrations.ts'), `export const migrations: readonly string[] = ${JSON.stringify(migrations)}\n`)
  writeFileSync(stampFile, stamp)
}

if (import.meta.main) generateClient({ isForced: process.argv.includes('--force') })
