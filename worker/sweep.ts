import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { env } from '#lib/platform/env.ts'
import { log } from '#lib/platform/log.ts'
import { runNow } from './tasks.ts'

/** Most objects driven from here at once; a later look takes more. */
const atOnce = 50

/** Nothing waits so long without being looked at, but for a lease of whoever writes now: a later time was written before the clock was set back. */
const longestWaitMs = () => Math.max(60_000, 2 * env().SLUICE_LEASE_MS)

/** Driven by this process from here now. A look does not wait for them: one slow provider would delay every other take-over. */
const underWay = new Map<string, Promise<void>>()

/**
 * What is due by product time (a moved clock, a job lost with its worker) and what lost its driver. Reads two small
 * indexes; claims settle who drives, so several workers may look at once.
 */
export async function sweep(owner: string, stop?: AbortSignal): Promise<void> {
  const limit = atOnce - underWay.size
  if (limit <= 0 || stop?.aborted) return
  const busy = [...underWay.keys()]
  const now = new Date(await nowMs(db))
  const never = new Date(now.getTime() + longestWaitMs())
  const rollouts = await db.$queryRaw<{ id: string }[]>`
    select id from rollout where state in ('pending', 'running', 'paused', 'held', 'rolling_back')
      and ((lease_until is not null and lease_until < clock_timestamp()) or (lease_until is null and (wake_at is null or wake_at <= ${now} or wake_at > ${never})))
      and id <> all(${busy}::uuid[])
    order by wake_at nulls first limit ${limit}`
  const promotions = await db.$queryRaw<{ id: string }[]>`
    select id from promotion where state in ('pending', 'ready', 'rolling_out') and wake_at is not null and (wake_at <= ${now} or wake_at > ${never})
      and id <> all(${busy}::uuid[]) order by wake_at limit ${limit}`
  for (const { id } of rollouts) drive('rollout', id, owner, stop)
  for (const { id } of promotions) drive('promotion', id, owner, stop)
}

function drive(kind: 'rollout' | 'promotion', id: string, owner: string, stop?: AbortSignal): void {
  const work = runNow(kind, id, owner, stop)
    .catch((error: unknown) => log.error('A due object could not be driven', { kind, id, error }))
    .finally(() => underWay.delete(id))
  underWay.set(id, work)
}

/** Resolves when nothing is driven from here any more. */
export const sweptOut = (): Promise<unknown> => Promise.all(underWay.values())

/** Marks this worker alive, forgets the long dead, and frees the jobs that died with a worker (their lock would last 4 h). */
export async function beat(ids: readonly string[]): Promise<void> {
  await db.$executeRaw`insert into worker_heartbeat (id, started_at, beat_at) select id, clock_timestamp(), clock_timestamp() from unnest(${[...ids]}::text[]) as id
    on conflict (id) do update set beat_at = clock_timestamp()`
  await db.$executeRaw`delete from worker_heartbeat where beat_at < clock_timestamp() - interval '1 hour'`
  const dead = await db.$queryRaw<{ id: string }[]>`
    select distinct locked_by as id from graphile_worker._private_jobs j where locked_by is not null
      and not exists (select 1 from worker_heartbeat h where h.id = j.locked_by and h.beat_at > clock_timestamp() - interval '30 seconds')
      and locked_at < clock_timestamp() - interval '30 seconds'`
  if (dead.length > 0) await db.$executeRaw`select graphile_worker.force_unlock_workers(${dead.map((d) => d.id)}::text[])`
}
