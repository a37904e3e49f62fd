import { z } from 'zod'
import type { JobKind } from '#lib/engine/jobs.ts'
import { runRollout } from '#lib/engine/run.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { observeQuietly } from '#lib/targets/watch.ts'

const Payload = z.object({ id: z.string() })

/** One function for each kind of durable work; a forgotten kind does not compile. */
const work = {
  rollout: runRollout,
  promotion: (id: string) => runPromotion(id),
  target: (id: string) => observeQuietly(id),
} satisfies Record<JobKind, (id: string, owner: string, stop?: AbortSignal) => Promise<void>>

/** Task list for graphile-worker; `owner` names this process in leases, `stop` ends long work at its next safe place. */
export const tasksFor = (owner: string, stop: AbortSignal) =>
  Object.fromEntries(Object.entries(work).map(([kind, run]) => [kind, (payload: unknown) => run(Payload.parse(payload).id, owner, stop)]))

export const runNow = (kind: JobKind, id: string, owner: string, stop?: AbortSignal): Promise<void> => work[kind](id, owner, stop)
