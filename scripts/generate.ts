/** Makes the Prisma client when prisma/schema changed since the last time. `--force` makes it anyway. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { hashFiles } from '#scripts/stamp.ts'

const root = path.resolve(import.meta.dirname, '..')
const client = path.join(root, 'lib/platform/db/generated')
const stampFile = path.join(client, '.stamp')

const prismaVersion = (JSON.parse(readFileSync(path.join(root, 'node_modules/prisma/package.json'), 'utf8')) as { version: string }).version
const stamp = createHash('sha256').update(hashFiles(root, ['prisma/schema'])).update(prismaVersion).digest('hex')
const isCurrent = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp
if (!isCurrent || process.argv.includes('--force')) {
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
  if (run.status !== 0) {
    process.stderr.write(`${run.stdout}${run.stderr}Could not make the database client from prisma/schema.\n`)
    process.exit(1)
  }
  writeFileSync(stampFile, stamp)
}
