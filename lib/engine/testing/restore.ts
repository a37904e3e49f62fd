import pg from 'pg'
import { disconnect } from '#lib/platform/db/client.ts'
import { forgetEnv } from '#lib/platform/env.ts'

/** What a restore from a backup does: the product finds the database as it was then, and the cloud as it is now. */
export async function copyDatabase(of: string, name: string): Promise<string> {
  const url = new URL(of)
  const original = url.pathname.slice(1)
  await disconnect()
  const admin = new URL(url)
  admin.pathname = '/postgres'
  const client = new pg.Client({ connectionString: admin.href })
  await client.connect()
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [original])
  await client.query(`create database ${name} template ${original}`)
  await client.end()
  url.pathname = `/${name}`
  return url.href
}

export async function use(url: string): Promise<void> {
  await disconnect()
  process.env['DATABASE_URL'] = url
  forgetEnv()
}
