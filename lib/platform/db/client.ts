import 'server-only'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '#lib/platform/db/generated/client.ts'
import { env } from '#lib/platform/env.ts'

type Shared = typeof globalThis & { sluiceDatabase?: { pool: pg.Pool; db: PrismaClient } }

// One pool per process. Next builds each route into its own module graph, so a module-level constant would open a
// pool per bundle; globalThis is shared by all of them. Made at first use, because `next build` loads modules
// where no database is.
const shared = globalThis as Shared
const connection = () => (shared.sluiceDatabase ??= open())

/**
 * How long a transaction waits for a connection, and how long it may take. Prisma's own 2 s and 5 s turn a slow second
 * (a failover, fifty presses at once) into refusals; a person who waits a few seconds more has what they asked for.
 */
const transactionOptions = { maxWait: 15_000, timeout: 15_000 }

function open() {
  const { DATABASE_URL: connectionString, SLUICE_DB_CONNECTIONS: max, SLUICE_LEASE_MS: leaseMs } = env()
  // A process that freezes inside a transaction keeps its rows locked; the server ends it after a lease, so that another can take over.
  const pool = new pg.Pool({ connectionString, max, application_name: 'sluice', idle_in_transaction_session_timeout: leaseMs })
  // pg emits the loss of an idle connection here; unheard it would end the process, and the next query reconnects anyway.
  pool.on('error', () => undefined)
  // The same for one that is lent out but between queries.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const db = new PrismaClient({ adapter: new PrismaPg(pool), transactionOptions })
  return { pool, db }
}

/** `target()`, opened when a property is first read. */
const lazy = <T extends object>(target: () => T): T =>
  new Proxy({} as T, {
    get(_, key) {
      const value = Reflect.get(target(), key) as unknown
      return typeof value === 'function' ? (value.bind(target()) as unknown) : value
    },
  })

/** The database. Opens its pool at the first use; the address comes from `env()`. */
export const db: PrismaClient = lazy(() => connection().db)

/** The same connections without Prisma, for statements that need their own session. */
export const pool: pg.Pool = lazy(() => connection().pool)

/** A transaction of `db.$transaction(async (tx) => …)`; functions that take part in one accept this. */
export type Tx = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0]

/** Closes every connection of this process; the next use opens new ones. For shutdown and tests. */
export async function disconnect(): Promise<void> {
  const open = shared.sluiceDatabase
  if (!open) return
  delete shared.sluiceDatabase
  await open.db.$disconnect()
  await open.pool.end()
}
