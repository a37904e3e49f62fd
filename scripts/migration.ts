/**
 * `npm run migration -- <name>`: writes the SQL that takes the migrations to prisma/schema into a new folder of
 * prisma/migrations, to be read and corrected by a person before it is committed. Nothing is applied.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { openSchemaEngine } from '#prisma/engine.ts'
import { noFilters, readMigrations } from '#prisma/migrate.ts'
import { withScratchPostgres } from '#scripts/postgres.ts'

const root = path.resolve(import.meta.dirname, '..')
const name = process.argv[2] ?? ''
if (!/^[a-z][a-z0-9_]{2,60}$/.test(name)) {
  process.stderr.write('Usage: npm run migration -- <name>; the name has lower-case letters, digits and underscores, such as add_release_notes\n')
  process.exit(1)
}

const schemaFolder = path.join(root, 'prisma/schema')
const files = readdirSync(schemaFolder)
  .filter((file) => file.endsWith('.prisma'))
  .map((file) => ({ path: path.join(schemaFolder, file), content: readFileSync(path.join(schemaFolder, file), 'utf8') }))

const sql = await withScratchPostgres(async (databaseUrl) => {
  const { engine, close } = await openSchemaEngine(databaseUrl, files.map((file) => [file.path, file.content]))
  try {
    const diff = await engine.diff({
      from: { tag: 'migrations', ...readMigrations() },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: noFilters,
    })
    return diff.stdout ?? ''
  } finally {
    await close()
  }
})

if (!sql.trim() || sql.includes('This is an empty migration')) {
  process.stdout.write('The schema and the migrations agree; nothing was written.\n')
  process.exit(0)
}
const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
const folder = path.join(root, 'prisma/migrations', `${stamp}_${name}`)
mkdirSync(folder, { recursive: true })
writeFileSync(path.join(folder, 'migration.sql'), sql)
process.stdout.write(`${path.relative(root, folder)}/migration.sql\n`)
