import { expect, test } from 'vitest'
import { run } from '#lib/backtest/service.ts'
import { runRollout } from '#lib/engine/run.ts'
import { outsider } from '#lib/engine/testing/outside.ts'
import { withPast } from '#lib/engine/testing/past.ts'
import { person } from '#lib/engine/testing/people.ts'
import { canarySteps, drive, ended, errorSpike, makeWorld, startRollout, type TestTarget } from '#lib/engine/testing/world.ts'
import { db } from '#lib/platform/db/client.ts'
import type { StepPlan } from '#lib/rollouts/schema.ts'
import { abort } from '#lib/rollouts/service.ts'

const w = await makeWorld()
await db.application.update({ where: { id: w.application.id }, data: { blueprint: { name: w.slug, title: w.slug, owner: 'team', services: [], order: [], suites: [], environments: [], strategies: [] } } })
const toCanary = canarySteps.slice(0, 3)
const [bake, all]: StepPlan[] = [{ kind: 'bake', durationMs: 600_000, early: false }, { kind: 'setWeight', percent: 100 }]
const long = [...toCanary, ...(bake && all ? [bake, all] : [])]
const isBaking = (r: { plan: { steps: StepPlan[] }; stepIndex: number }) => r.plan.steps[r.stepIndex]?.kind === 'bake'
const fails = (revision: string | undefined, errorPercent: number) => w.cloud.control('behaviour', { revision, errorPercent })
const later = async (id: string, ms: number, times = 1) => {
  for (let i = 0; i < times; i++) {
    await w.cloud.control('clock', { advanceMs: ms })
    await runRollout(id, 'test')
  }
}

/** What a limit on errors says of the newest rollout. */
async function tried(t: TestTarget, limit: string, warmUp?: string) {
  const rules = `${warmUp === undefined ? '' : `warmUp: ${warmUp}\n`}rules: [{ name: limit, threshold: { metric: error_rate, max: ${limit}, over: 30s, minRequests: 50 }, mode: rollback }]`
  const [r] = (await run(person('viewer'), { id: t.id, rollouts: 1, rules })).rollouts
  if (!r) throw new Error('nothing was replayed')
  return r
}

test('what was taken back long after it was warm is missed by a limit that is too high, with a warm-up or without', async () => {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.1.0', long, errorSpike)
  const { candidate } = await drive(w, id, isBaking)
  await later(id, 30_000, 6)
  await fails(candidate?.revision, 60)
  expect((await drive(w, id, ended)).state).toBe('rolled_back')
  expect((await tried(t, '99%')).agreement).toBe('missed')
  expect(await tried(t, '99%', '5s')).toMatchObject({ agreement: 'missed', coldLooks: 1 })
  // It was taken back before these would have looked at it.
  expect(await tried(t, '99%', '10m')).toMatchObject({ agreement: 'unanswered' })
})

test('what came in a warm-up is recorded, so that a shorter one can be tried on it; what could not be is not let go', async () => {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.1.0', canarySteps, { ...errorSpike, warmUpMs: 60_000 })
  const { candidate } = await drive(w, id, isBaking)
  await fails(candidate?.revision, 60)
  await later(id, 10_000, 3)
  await fails(candidate?.revision, 0)
  expect((await drive(w, id, ended)).state).toBe('succeeded')
  const looks = await db.rolloutMeasurement.findMany({ where: { rolloutId: id }, orderBy: { toAt: 'asc' } })
  expect(looks.slice(1).every((l, i) => l.fromAt.getTime() >= (looks[i]?.toAt.getTime() ?? 0))).toBe(true)
  expect(looks.findLastIndex((l) => l.isCold && l.share < 1)).toBe(looks.findIndex((l) => !l.isCold) - 1)
  expect(await tried(t, '2%')).toMatchObject({ agreement: 'false_alarm', unrecordedSeconds: 0, coldLooks: 0 })
  expect(await tried(t, '2%', '15s')).toMatchObject({ agreement: 'false_alarm' })
  expect(await tried(t, '2%', '1m')).toMatchObject({ agreement: 'agrees', stop: null })
  expect(await tried(t, '2%', '1h')).toMatchObject({ agreement: 'unanswered', stop: null })
  await db.rolloutMeasurement.deleteMany({ where: { rolloutId: id, isCold: true } })
  for (const [warmUp, seconds] of [[undefined, 60], ['40s', 20]] as const) {
    const lacking = await tried(t, '2%', warmUp)
    expect(lacking).toMatchObject({ agreement: 'unanswered', stop: null })
    // To the first whole second that counted.
    expect([seconds, seconds + 1]).toContain(lacking.unrecordedSeconds)
  }
})

test('what was taken back soon after it was warm is missed by rules that saw as much, and by those that saw more', async () => {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.2.0-err5', long, { ...errorSpike, warmUpMs: 60_000 })
  expect((await drive(w, id, ended)).state).toBe('rolled_back')
  for (const warmUp of ['1m', '45s', undefined]) expect(await tried(t, '99%', warmUp)).toMatchObject({ agreement: 'missed', unrecordedSeconds: 0 })
  expect(await tried(t, '99%', '5m')).toMatchObject({ agreement: 'unanswered', judgedLooks: 0 })
  expect((await tried(t, '2%')).agreement).toBe('caught')
})

test('one that has not ended has no outcome, and one that no rule took back none that rules agree with', async () => {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.1.0', long, { ...errorSpike, warmUpMs: 60_000 })
  await drive(w, id, isBaking)
  await later(id, 10_000)
  expect(await tried(t, '2%', '1m')).toMatchObject({ agreement: 'open', judgedLooks: 0, coldLooks: 1 })
  await abort(person('release_manager'), { id, reason: 'not today' })
  expect((await drive(w, id, ended)).state).toBe('rolled_back')
  expect((await tried(t, '2%', '1m')).agreement).toBe('no_rule')
})

test('each time that traffic was put back in a bake is a move, not the last alone', async () => {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.1.0', long, { ...errorSpike, rules: errorSpike.rules.map((r) => ({ ...r, mode: 'watch' as const })) })
  const { stable, candidate } = await drive(w, id, isBaking)
  const [before, next] = [stable?.revision ?? '', candidate?.revision ?? '']
  for (const errorPercent of [60, 0]) {
    await later(id, 60_000)
    for (const split of [{ [before]: 40, [next]: 60 }, { [before]: 90, [next]: 10 }]) {
      await outsider(w).setSplit(t, split)
      await runRollout(id, 'test')
    }
    await fails(next, errorPercent)
    await later(id, 5_000, 4)
    await fails(next, 0)
  }
  expect((await drive(w, id, ended)).state).toBe('succeeded')
  expect((await tried(t, '2%')).agreement).toBe('false_alarm')
  expect((await tried(t, '2%', '30s')).agreement).toBe('agrees')
})
