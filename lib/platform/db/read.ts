import 'server-only'
import type pg from 'pg'
import { db, pool, type Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'

type Prepared = { name: string; text: string }
/** As many as the code has forms of statements: each connection keeps the plans of those that it ran. */
const shared = globalThis as typeof globalThis & { sluiceStatements?: Map<string, Prepared> }
const known = () => (shared.sluiceStatements ??= new Map<string, Prepared>())

/** On one line, as it stands in the database's log. */
function prepared(written: string): Prepared {
  const statement = known().get(written) ?? { name: `read_${known().size}`, text: written.replace(/\s+/g, ' ').trim() }
  known().set(written, statement)
  return statement
}

/**
 * Reads rows by one statement written by hand, planned once per connection: for lists and pages that are read all the
 * time. Its text may vary only in a few fixed ways; what varies with the caller goes in as a parameter, lists as arrays.
 * In a transaction it runs there, as Prisma runs it.
 */
export async function read<R extends pg.QueryResultRow>(statement: Prisma.Sql, tx: Tx = db): Promise<R[]> {
  if (tx !== db) return tx.$queryRaw<R[]>(statement)
  try {
    return (await pool.query<R>({ ...prepared(statement.text), values: statement.values })).rows
  } catch (error) {
    throw isUnanswered(error) ? new DatabaseUnanswered(error) : error
  }
}

/** A limit that the code has as a number: one more parameter would keep Postgres from planning the statement but once. Never a caller's number. */
export const atMost = (rows: number): Prisma.Sql => Prisma.sql`limit ${Prisma.raw(String(rows))}`

/** The database could not be reached, went away or was too busy: the same may work in a moment. */
export class DatabaseUnanswered extends Error {
  override readonly name = 'DatabaseUnanswered'
  constructor(cause: unknown) {
    super('The database did not answer', { cause })
  }
}

/** Of the network, and of Postgres: connection lost, out of connections, shutting down or starting up, conflict. */
const passing = /^(E(CONN|PIPE|TIMEDOUT|NOTFOUND|AI_AGAIN|HOSTUNREACH)|08|53|57P|40)/
/** The driver gives these no code. */
const endings = /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/

function isUnanswered(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isUnanswered)
  return error instanceof Error && (('code' in error && typeof error.code === 'string' && passing.test(error.code)) || endings.test(error.message))
}
