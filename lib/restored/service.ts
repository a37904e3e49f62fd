import 'server-only'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { log } from '#lib/platform/log.ts'
import { stopWhatWasOpen } from '#lib/restored/stop.ts'
import { transact } from '#lib/rollouts/transact.ts'

type Identity = { known: string | null; now: string }

async function identityOf(tx: Pick<Tx, '$queryRaw'>): Promise<Identity> {
  const [row] = await tx.$queryRaw<Identity[]>`select (select identity from database_identity where id = 1) as known, database_identity_now() as now`
  if (!row) throw new Error('the database did not say which one it is')
  return row
}

/**
 * Looks whether this is the database that was worked on before. Where it is not (restored from a backup, moved, taken
 * over by a standby) nobody knows what happened after it was copied: what was open stops and asks a person (ADR 017).
 * One statement where it is. Who drives rollouts asks besides, in the statement that claims them (lib/engine/lease.ts),
 * so that nothing is driven before this was called.
 */
export async function meetDatabase(): Promise<void> {
  const { known, now } = await identityOf(db)
  if (known !== now) await transact(meet)
}

/**
 * As `meetDatabase`, for Roll back, which nothing may stop: where the look itself fails the press goes on, and the
 * workers try again.
 */
export const meetDatabaseIfPossible = (): Promise<void> => meetDatabase().catch((error: unknown) => log.error('What another database has open could not be stopped yet', { error }))

async function meet(tx: Tx): Promise<void> {
  // Of several processes that notice one acts; the others find it done.
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtext('sluice_database_identity'))::text`
  const { known, now } = await identityOf(tx)
  if (known === now) return
  if (known !== null) {
    const stopped = await stopWhatWasOpen(tx)
    log.warning('This is another database than before: restored, moved, or taken over by a standby. What was open waits for a person', { before: known, now, ...stopped })
  }
  await tx.$executeRaw`insert into database_identity (id, identity) values (1, ${now}) on conflict (id) do update set identity = excluded.identity, met_at = now()`
}
