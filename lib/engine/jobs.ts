import 'server-only'
import type { Tx } from '#lib/platform/db/client.ts'

/** Kinds of durable work; worker/tasks.ts has one function for each. */
export type JobKind = 'rollout' | 'promotion' | 'target'

/**
 * Adds or moves the one pending wake-up of an object, in the transaction of the state change. `afterMs` is real time from
 * now: product-time waits are swept by the worker when the clock is moved. job_key keeps one; an earlier time wins by
 * replacing, since whoever writes last knows best when to look next.
 */
export async function wake(tx: Tx, kind: JobKind, id: string, afterMs = 0, priority = 0): Promise<void> {
  await tx.$executeRaw`select graphile_worker.add_job(${kind}::text, json_build_object('id', ${id}::text), run_at => clock_timestamp() + ${afterMs} * interval '1 millisecond', job_key => ${`${kind}:${id}`}, max_attempts => 25, priority => ${priority})`
}

/** Tells open screens and waiters in the transaction of the change; they re-read. */
export async function publish(tx: Tx, topic: 'rollout' | 'promotion' | 'target' | 'release' | 'application', id: string, version: number): Promise<void> {
  await tx.$executeRaw`select pg_notify('sluice', ${JSON.stringify({ topic, id, version })})`
}
