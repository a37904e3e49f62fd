import 'server-only'
import type { Tx } from '#lib/platform/db/client.ts'

/** Kinds of durable work; worker/tasks.ts has one function for each. */
export type JobKind = 'rollout' | 'promotion' | 'target'
/** What a screen may show and re-read. */
export type Topic = JobKind | 'release' | 'application'

/**
 * Adds or moves the one pending wake-up of an object, in the transaction of the state change. `afterMs` is real time from
 * now: product-time waits are swept by the worker when the clock is moved. job_key keeps one; an earlier time wins by
 * replacing, since whoever writes last knows best when to look next.
 */
export async function wake(tx: Tx, kind: JobKind, id: string, afterMs = 0, priority = 0): Promise<void> {
  await tx.$executeRaw`select graphile_worker.add_job(${kind}::text, json_build_object('id', ${id}::text), run_at => clock_timestamp() + ${afterMs} * interval '1 millisecond', job_key => ${`${kind}:${id}`}, max_attempts => 25, priority => ${priority})`
}

/** Tells open screens and waiters in the transaction of the change; they re-read. */
export async function publish(tx: Tx, topic: Topic, id: string, version: number): Promise<void> {
  await tx.$executeRaw`select pg_notify('sluice', ${JSON.stringify({ topic, id, version })})`
}

/** `wake` and `publish` of a new rollout in one round trip: Roll back counts them. */
export async function announceRollout(tx: Tx, r: { id: string; targetId: string; afterMs: number; priority: number }): Promise<void> {
  const changed = [{ topic: 'rollout', id: r.id, version: 0 }, { topic: 'target', id: r.targetId, version: 0 }] satisfies { topic: Topic; id: string; version: number }[]
  await tx.$executeRaw`
    select graphile_worker.add_job('rollout', json_build_object('id', ${r.id}::text), run_at => clock_timestamp() + ${r.afterMs} * interval '1 millisecond', job_key => ${`rollout:${r.id}`}, max_attempts => 25, priority => ${r.priority}),
      pg_notify('sluice', ${JSON.stringify(changed[0])}), pg_notify('sluice', ${JSON.stringify(changed[1])})`
}
