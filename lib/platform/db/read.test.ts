import { expect, test } from 'vitest'
import { toProblem } from '#lib/http/problem.ts'
import { db, disconnect, pool } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { read } from '#lib/platform/db/read.ts'
import { forgetEnv } from '#lib/platform/env.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

const database = await testDatabase()
const { sql } = Prisma

const numbers = (from: number) => read<{ n: number }>(sql`
  select n::int
    from generate_series(${from}::int, 3) n`)

test('gives rows in plain types, alone and inside a transaction alike', async () => {
  const statement = sql`select 1 as n, 'a' as text, '{"b":[1]}'::jsonb as json, array['x','y'] as list, timestamptz '2026-03-01T10:00:00.120Z' as at, null::uuid as none`
  const [row] = await read(statement)
  expect(row).toEqual({ n: 1, text: 'a', json: { b: [1] }, list: ['x', 'y'], at: new Date('2026-03-01T10:00:00.120Z'), none: null })
  expect(await db.$transaction((tx) => read(statement, tx))).toEqual([row])
})

test('is planned once per connection, whatever the values', async () => {
  const client = await pool.connect()
  client.release()
  expect(await numbers(1)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
  expect(await numbers(3)).toEqual([{ n: 3 }])
  const { rows } = await client.query<{ statement: string }>("select statement from pg_prepared_statements where statement like '%generate_series%'")
  expect(rows).toEqual([{ statement: 'select n::int from generate_series($1::int, 3) n' }])
})

test('a connection that the server ends is told as busy, and the next one serves', async () => {
  const cut = read(sql`select pg_terminate_backend(pg_backend_pid())`).catch((error: unknown) => error)
  expect(toProblem(await cut, 'r1')).toMatchObject({ status: 503, code: 'unavailable' })
  expect(await numbers(2)).toEqual([{ n: 2 }, { n: 3 }])
})

test('a database that nobody can reach is told as busy, a wrong statement is not', async () => {
  expect(toProblem(await read(sql`select no_such_column`).catch((error: unknown) => error), 'r2')).toMatchObject({ status: 500, code: 'internal' })
  await disconnect()
  process.env['DATABASE_URL'] = 'postgresql://nobody:none@127.0.0.1:1/none'
  forgetEnv()
  expect(toProblem(await numbers(1).catch((error: unknown) => error), 'r3')).toMatchObject({ status: 503, code: 'unavailable' })
  await disconnect()
  process.env['DATABASE_URL'] = database.url
  forgetEnv()
  expect(await numbers(3)).toEqual([{ n: 3 }])
})
