import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { createDatabaseIfMissing, migrateDatabase } from '#prisma/migrate.ts'
import { generateClient } from '#scripts/generate.ts'
import { freePort, startPostgres } from '#scripts/postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the migrated database that test databases are cloned from. */
    templateUrl: string
  }
}

let end: (() => Promise<void>) | undefined

/** Before all tests: one cluster without fsync, with one migrated database in it. */
export async function setup(project: TestProject) {
  generateClient()
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-tests-'))
  const cluster = await startPostgres({ dataFolder: folder, port: await freePort(), password: 'tests', isThrowAway: true })
  const templateUrl = cluster.url('sluice_template')
  await createDatabaseIfMissing(templateUrl)
  await migrateDatabase(templateUrl)
  project.provide('templateUrl', templateUrl)
  end = async () => {
    await cluster.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** After all tests. */
export const teardown = () => end?.()
