import 'server-only'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { StaleWrite } from '#lib/rollouts/store.ts'

const mostTries = 6
/** Fifty requests may queue on one environment; each holds its lock for milliseconds. */
const waits = { maxWait: 30_000, timeout: 30_000 }

/**
 * A transaction that writes rollouts it does not drive. When the engine wrote one of them meanwhile (StaleWrite), or
 * Postgres chose it to end a deadlock (P2034), nothing was written and it starts again with what is there now.
 */
export async function transact<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await db.$transaction(work, waits)
    } catch (error) {
      if (tries === mostTries || !(error instanceof StaleWrite || isDeadlock(error))) throw error
    }
  }
}

/** P2034 from a model query; a raw query carries the SQLSTATE 40P01 (deadlock detected). */
const isDeadlock = (error: unknown): boolean => error instanceof Prisma.PrismaClientKnownRequestError && (error.code === 'P2034' || JSON.stringify(error.meta ?? {}).includes('40P01'))
