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
      const mayRepeat = error instanceof StaleWrite || (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2034')
      if (!mayRepeat || tries === mostTries) throw error
    }
  }
}
