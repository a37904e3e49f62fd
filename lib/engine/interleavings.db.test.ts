import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DriverError } from '#lib/drivers/errors.ts'
import { outsider } from '#lib/engine/testing/outside.ts'
import { person } from '#lib/engine/testing/people.ts'
import { drive, ended, makeTarget, makeWorld, startRollout, straightSteps, type TestTarget } from '#lib/engine/testing/world.ts'
import { runRollout } from '#lib/engine/run.ts'
import { db } from '#lib/platform/db/client.ts'
import { AppError } from '#lib/platform/errors.ts'
import type { StepPlan } from '#lib/rollouts/schema.ts'
import * as act from '#lib/rollouts/service.ts'
import { isEnd } from '#lib/rollouts/state.ts'
import { rollBack } from '#lib/targets/rollback.ts'

const w = await makeWorld()
const cloud = outsider(w)
const manager = person('release_manager')
const steps: StepPlan[] = [{ kind: 'deploy', tag: 'blue' }, { kind: 'setWeight', percent: 10 }, { kind: 'bake', durationMs: 1_000, early: false }, { kind: 'setWeight', percent: 50 }, { kind: 'setWeight', percent: 100 }]

type Run = { t: TestTarget; tags: number }
const openIds = async ({ t }: Run) => (await db.rollout.findMany({ where: { targetId: t.id, endedAt: null }, select: { id: true } })).map((r) => r.id)
/** Refusals and provider faults are answers; anything else is a bug. */
const expected = (e: unknown) => {
  if (!(e instanceof AppError || e instanceof DriverError)) throw e
}
const onOpen = async (run: Run, f: (id: string) => Promise<unknown>) => void (await Promise.all((await openIds(run)).map((id) => f(id).catch(expected))))
const fault = (kind: string, status?: number) => ({ t }: Run) => w.cloud.control('faults', { service: t.locator.service, rpc: 'UpdateService', kind, times: 1, ...(status && { status }) })

const moves = {
  promote: async (run: Run) => void (await startRollout(w, run.t, `v2.${++run.tags}.0`, steps).catch(expected)),
  turn: (run: Run) => onOpen(run, (id) => runRollout(id, 'one')),
  twoWorkers: (run: Run) => onOpen(run, (id) => Promise.all([runRollout(id, 'one'), runRollout(id, 'two')])),
  turnWhileAborted: (run: Run) => onOpen(run, (id) => Promise.all([runRollout(id, 'one'), act.abort(manager, { id, reason: 'race' })])),
  pause: (run: Run) => onOpen(run, (id) => act.pause(manager, { id })),
  resume: (run: Run) => onOpen(run, (id) => act.resume(manager, { id })),
  adopt: (run: Run) => onOpen(run, (id) => act.adopt(manager, { id })),
  restore: (run: Run) => onOpen(run, (id) => act.restore(manager, { id })),
  abort: (run: Run) => onOpen(run, (id) => act.abort(manager, { id, reason: 'stop' })),
  rollBack: async ({ t }: Run) => void (await rollBack(manager, { id: t.id, reason: 'stop' }).catch(expected)),
  outside: async (run: Run) => {
    const s = await cloud.read(run.t)
    const names = [...new Set((s.traffic ?? []).map((x) => x.revision ?? ''))].filter(Boolean)
    // A fault may hit the outsider's own call: then nothing moved.
    if (names.length > 1) await cloud.setSplit(run.t, { [names[0] ?? '']: 30, [names[1] ?? '']: 70 }).catch((e: { code?: unknown }) => expect(e.code).toBeTypeOf('number'))
  },
  later: () => w.cloud.control('clock', { advanceMs: 1_500 }),
  fault503: fault('error', 503),
  fault429: fault('error', 429),
  fault403: fault('error', 403),
  etagConflict: fault('etag_conflict'),
  appliedUnanswered: fault('reset'),
} satisfies Record<string, (run: Run) => Promise<unknown>>

async function invariants(run: Run, after: string) {
  const rows = await db.rollout.findMany({ where: { targetId: run.t.id } })
  expect(rows.filter((r) => !isEnd(r.state)).length, `I2 at most one open rollout after ${after}`).toBeLessThanOrEqual(1)
  const s = await cloud.read(run.t)
  const shares = (s.trafficStatuses ?? []).filter((x) => (x.percent ?? 0) > 0)
  expect(shares.reduce((sum, x) => sum + (x.percent ?? 0), 0), `I1 traffic sums to 100 after ${after}`).toBe(100)
}

async function endsWell(run: Run) {
  await w.cloud.control('faults', undefined, 'DELETE')
  for (const id of await openIds(run)) await act.abort(manager, { id, reason: 'end of schedule' }).catch(expected)
  for (const id of await openIds(run)) await drive(w, id, ended)
  const s = await cloud.read(run.t)
  expect((s.traffic ?? []).some((x) => x.type === 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST'), 'I1 never latest').toBe(false)
  expect(await db.rollout.count({ where: { targetId: run.t.id, endedAt: null } }), 'I6 no zombie').toBe(0)
  const epochs = await w.cloud.calls({ write: true, service: run.t.locator.service })
  const used = epochs.filter((c) => c.status === 200).map((c) => Number(/epoch=(\d+)/.exec(c.requestReason ?? '')?.[1] ?? Number.NaN)).filter(Number.isFinite)
  expect(used, 'I9 a lower epoch never writes after a higher one').toEqual(used.toSorted((a, b) => a - b))
}

test('random interleavings keep the invariants and reach an end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...(Object.keys(moves) as (keyof typeof moves)[])), { minLength: 4, maxLength: 12 }), async (schedule) => {
      const t = await makeTarget(w)
      await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
      await drive(w, await startRollout(w, t, 'v1.1.0', straightSteps), ended)
      const run: Run = { t, tags: 0 }
      await startRollout(w, t, 'v2.0.0', steps)
      for (const move of schedule) {
        await moves[move](run)
        await invariants(run, move)
      }
      await endsWell(run)
    }),
    { numRuns: Number(process.env['SCHEDULES'] ?? 25), seed: Number(process.env['SEED'] ?? 20261120), endOnFailure: true },
  )
}, 240_000)
