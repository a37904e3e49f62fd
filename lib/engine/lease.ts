import 'server-only'
import { db } from '#lib/platform/db/client.ts'
import { env } from '#lib/platform/env.ts'
import { log } from '#lib/platform/log.ts'

/** The right to drive one rollout for a while. `lost` turns true when it was not renewed in time; then nothing more may be written. */
export type Lease = { rolloutId: string; epoch: number; owner: string; lost: boolean; stop: () => void }

/**
 * Takes the rollout if nobody drives it: raises the target's epoch and gives it to this rollout, in one statement.
 * The target's row is locked first, as by Roll back: the other way round the two would wait for each other.
 * Null when it is at an end or another worker's lease runs, or where the database is another one than before and nobody
 * has met it yet (lib/restored). Leases run on the database's own clock, which no test moves.
 */
export async function claim(rolloutId: string, owner: string): Promise<Lease | null> {
  const leaseMs = env().SLUICE_LEASE_MS
  const rows = await db.$queryRaw<{ epoch: number }[]>`
    with place as materialized (
      select id from target where id = (select target_id from rollout where id = ${rolloutId}::uuid) for update
    ), free as (
      select r.id, r.target_id from place join rollout r on r.target_id = place.id
      where r.id = ${rolloutId}::uuid and r.state in ('pending', 'running', 'paused', 'held', 'rolling_back')
        and (r.lease_until is null or r.lease_until < clock_timestamp())
        and not exists (select 1 from database_identity i where i.id = 1 and i.identity <> database_identity_now())
      for update of r skip locked
    ), raised as (
      update target t set epoch = t.epoch + 1 from free where t.id = free.target_id returning t.id, t.epoch
    )
    update rollout r set epoch = raised.epoch, lease_owner = ${owner}, lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    from raised, free where r.id = free.id and raised.id = r.target_id
    returning r.epoch`
  const row = rows[0]
  return row ? keep({ rolloutId, epoch: row.epoch, owner, lost: false, stop: () => undefined }, leaseMs) : null
}

/** Renews a third of the way in; one missed beat is survived, the lease's end is not. */
function keep(lease: Lease, leaseMs: number): Lease {
  const beat = async () => {
    try {
      const n = await db.$executeRaw`update rollout set lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
        where id = ${lease.rolloutId}::uuid and epoch = ${lease.epoch} and lease_owner = ${lease.owner} and lease_until > clock_timestamp()`
      if (n !== 1) lease.lost = true
    } catch (error) {
      log.warning('The lease could not be renewed', { rollout_id: lease.rolloutId, error })
    }
  }
  const timer = setInterval(() => void beat(), Math.max(50, Math.floor(leaseMs / 3)))
  timer.unref()
  lease.stop = () => clearInterval(timer)
  return lease
}
