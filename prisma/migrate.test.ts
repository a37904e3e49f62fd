import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { createDatabaseIfMissing, migrateDatabase, migrationNames } from '#prisma/migrate.ts'

test('an empty database gets every migration and the job queue; a second time does nothing', async () => {
  const url = await emptyDatabase()
  expect(await migrateDatabase(url)).toEqual(migrationNames())
  expect(await migrateDatabase(url)).toEqual([])
  expect(await rows(url, `select to_regclass('graphile_worker.jobs') is not null as ok, to_regclass('rollout') is not null as own`)).toEqual([{ ok: true, own: true }])
})

test('several processes at once: one applies, the others find nothing to do', async () => {
  const url = await emptyDatabase()
  const applied = await Promise.all([1, 2, 3].map(() => migrateDatabase(url)))
  expect(applied.flat()).toEqual(migrationNames())
})

test('a migration that fails names itself, leaves nothing behind, and is tried again once corrected', async () => {
  const url = await emptyDatabase()
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-migrations-'))
  mkdirSync(path.join(folder, '1_wrong'))
  writeFileSync(path.join(folder, '1_wrong', 'migration.sql'), 'create table half (id int); select no_such_function();')
  await expect(migrateDatabase(url, folder)).rejects.toThrow(/^Migration 1_wrong failed and was rolled back: [^]*function no_such_function\(\) does not exist/)
  expect(await rows(url, `select to_regclass('half') as half`)).toEqual([{ half: null }])
  writeFileSync(path.join(folder, '1_wrong', 'migration.sql'), 'create table half (id int);')
  expect(await migrateDatabase(url, folder)).toEqual(['1_wrong'])
})

test('creating a database that exists, or twice at once, is no error', async () => {
  const url = address(name())
  await Promise.all([createDatabaseIfMissing(url), createDatabaseIfMissing(url)])
  await createDatabaseIfMissing(url)
})

const name = () => `migrate_${crypto.randomUUID().slice(0, 8)}`

function address(database: string) {
  const url = new URL(inject('templateUrl'))
  url.pathname = `/${database}`
  return url.href
}

async function emptyDatabase() {
  const url = address(name())
  await createDatabaseIfMissing(url)
  return url
}

async function rows(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}
