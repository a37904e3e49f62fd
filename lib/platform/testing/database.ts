import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, inject } from 'vitest'
import { backgroundDone } from '#lib/platform/background.ts'
import { disconnect } from '#lib/platform/db/client.ts'
import { stopListening } from '#lib/platform/db/notify.ts'
import { forgetEnv } from '#lib/platform/env.ts'

export type TestDatabase = {
  /** For processes that a test starts, as DATABASE_URL with SLUICE_CLOUD=emulator. */
  url: string
  /** A folder of this test file's own, as SLUICE_DATA_DIR. */
  dataFolder: string
}

/**
 * Gives this test file a real, migrated, empty database of its own, and makes `db`, `pool`, `env()` and everything built
 * on them use it. Call it once at the top of the file:
 *
 *     const database = await testDatabase()
 *
 * Imports may come before, in any order: settings and connections are made at first use. The database is a clone of the
 * template that scripts/test-cluster.ts migrated once per run (about 50 ms) and is dropped after the file. Tests within
 * one file share it: give rows names of their own instead of emptying tables.
 */
export async function testDatabase(settings: Readonly<Record<string, string>> = {}): Promise<TestDatabase> {
  const templateUrl = new URL(inject('templateUrl'))
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  const template = templateUrl.pathname.slice(1)
  await onServer(templateUrl, `create database ${name} template ${template}`)
  const url = withDatabase(templateUrl, name)
  const dataFolder = mkdtempSync(path.join(os.tmpdir(), 'sluice-test-data-'))
  Object.assign(process.env, {
    DATABASE_URL: url,
    SLUICE_CLOUD: 'emulator',
    SLUICE_DEMO: '1',
    SLUICE_DATA_DIR: dataFolder,
    NEXTAUTH_SECRET: 'a-secret-for-tests-only',
    SLUICE_DB_CONNECTIONS: '10',
    ...settings,
  })
  forgetEnv()
  afterAll(async () => {
    // What a press left to be read back would else find its connection gone.
    await backgroundDone()
    await stopListening()
    await disconnect()
    await onServer(templateUrl, `drop database if exists ${name} with (force)`)
    rmSync(dataFolder, { recursive: true, force: true })
  })
  return { url, dataFolder }
}

const withDatabase = (address: URL, database: string) => {
  const other = new URL(address)
  other.pathname = `/${database}`
  return other.href
}

async function onServer(address: URL, statement: string) {
  const client = new pg.Client({ connectionString: withDatabase(address, 'postgres') })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
