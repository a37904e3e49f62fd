/** `npm run postgres`: the embedded database alone, until it is told to end. */
import path from 'node:path'
import { createDatabaseIfMissing } from '#prisma/migrate.ts'
import { embeddedDatabase } from '#scripts/data-folder.ts'
import { startPostgres } from '#scripts/postgres.ts'

const dataFolder = path.resolve(process.env['SLUICE_DATA_DIR'] || '.data')
try {
  const database = await embeddedDatabase(dataFolder)
  const cluster = await startPostgres({ dataFolder: database.folder, port: database.port, password: database.password, onLog: (text) => process.stdout.write(text) })
  await createDatabaseIfMissing(database.url)
  process.stdout.write(`Postgres answers on 127.0.0.1:${database.port}; the address with its password is in ${path.join(dataFolder, 'postgres.json')}\n`)
  // It ended by itself: so do we, and whoever started us decides.
  cluster.process.once('exit', () => process.exit(1))
  const end = () => void cluster.stop().then(() => process.exit(0))
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
