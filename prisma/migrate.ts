import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'
import { Logger, runMigrations } from 'graphile-worker'
import pg from 'pg'
import { openSchemaEngine, type SchemaEngine } from '#prisma/engine.ts'

/** Any constant does; it only has to differ from the engine's own lock and graphile-worker's. */
const advisoryLockKey = 5_715_823_001
/** Nothing in the database is managed outside the schema files. */
export const noFilters = { externalTables: [], externalEnums: [] }
const migrationsFolder = path.resolve(import.meta.dirname, 'migrations')

/**
 * Brings a database up to this version: Sluice's own migrations, then the job queue's. Any number of processes may
 * call it at once: one works, the others wait for the advisory lock and find nothing left to do.
 * A migration that fails is rolled back by Postgres where it can be; the error names it and the start ends.
 * Answers the names of the migrations it applied, oldest first.
 */
export async function migrateDatabase(databaseUrl: string, folder = migrationsFolder): Promise<string[]> {
  const lock = new pg.Client({ connectionString: databaseUrl })
  await lock.connect()
  try {
    await lock.query('select pg_advisory_lock($1)', [advisoryLockKey])
    const applied = await applyOwn(databaseUrl, folder)
    await runMigrations({ connectionString: databaseUrl, logger: silentLogger })
    return applied
  } finally {
    await lock.end()
  }
}

async function applyOwn(databaseUrl: string, folder: string): Promise<string[]> {
  const { engine, close } = await openSchemaEngine(databaseUrl)
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList: readMigrations(folder), filters: noFilters })
    return appliedMigrationNames
  } catch (error) {
    throw await explain(engine, error)
  } finally {
    await close()
  }
}

/**
 * The engine marks a failed migration and refuses every later start until a person clears the mark. A script runs as one
 * transaction here (engine.ts), so nothing of it is left: clear the mark, and the next start tries again.
 */
async function explain(engine: SchemaEngine, error: unknown): Promise<Error> {
  const text = error instanceof Error ? error.message : String(error)
  const name = /migration_name="([^"]+)"/.exec(text)?.[1]
  const reason = (text.split(/\n\s+0: /)[0] ?? text).replace(/^.*external connector error\s*/, '').trim() // without the engine's own stack
  if (name === undefined) return new Error(`The database could not be migrated: ${reason}`, { cause: error })
  await engine.markMigrationRolledBack({ migrationName: name })
  return new Error(`Migration ${name} failed and was rolled back: ${reason}`, { cause: error })
}

/** Resolves when the database answers; rejects with the reason. */
export async function canConnect(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5000 })
  await client.connect()
  await client.end()
}

/** Creates the database named by the address when the server has none of that name. */
export async function createDatabaseIfMissing(databaseUrl: string): Promise<void> {
  const url = new URL(databaseUrl)
  const name = decodeURIComponent(url.pathname.slice(1))
  url.pathname = '/postgres'
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
  } catch (error) {
    if (!isDuplicate(error)) throw error // another process was faster
  } finally {
    await client.end()
  }
}

// 42P04 duplicate_database; two creations at the very same moment end in 23505 on the catalogue's index.
const isDuplicate = (error: unknown) => error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505')

/** The migrations as the engine wants them: every folder with a `migration.sql`, in name order. */
export function readMigrations(folder = migrationsFolder): MigrationList {
  return {
    baseDir: folder,
    // The engine asks for this file to learn the kind of database; there is only one kind here.
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: migrationNames(folder).map((name) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: readFileSync(path.join(folder, name, 'migration.sql'), 'utf8') } },
    })),
  }
}

/** Names of the migrations shipped with this version, oldest first; readiness compares them with the database's. */
export const migrationNames = (folder = migrationsFolder): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .toSorted()
    : []

// graphile-worker prints a line for each of its migrations; a start that goes well says nothing of them.
const silentLogger = new Logger(() => () => undefined)
