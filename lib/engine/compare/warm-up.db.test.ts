import { expect, test } from 'vitest'
import { runRollout } from '#lib/engine/run.ts'
import { compare, withPast } from '#lib/engine/testing/past.ts'
import { canarySteps, drive, ended, errorSpike, makeWorld, startRollout } from '#lib/engine/testing/world.ts'
import { db } from '#lib/platform/db/client.ts'
import type { Analysis } from '#lib/rollouts/schema.ts'
import { findRollout } from '#lib/rollouts/store.ts'

const w = await makeWorld()
const warmUpMs = 30_000
const analysis: Analysis = { ...compare({ alpha: 0.001 }), warmUpMs, rules: [...compare().rules, ...errorSpike.rules] }
const looksOf = (id: string) => db.rolloutMeasurement.findMany({ where: { rolloutId: id }, orderBy: { toAt: 'asc' } })

test('what fails only while it is cold goes out; each rule says for how long it waits', async () => {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.1.0', canarySteps, analysis)
  const cold = await drive(w, id, (r) => r.plan.steps[r.stepIndex]?.kind === 'bake')
  const revision = cold.candidate?.revision
  await w.cloud.control('behaviour', { revision, errorPercent: 60 })
  await w.cloud.control('clock', { advanceMs: 20_000 })
  await runRollout(id, 'test')
  expect((await findRollout(id))?.verdicts.map((v) => [v.rule, v.verdict, v.message])).toEqual(['against stable', 'error spike'].map((rule) => [rule, 'inconclusive', expect.stringMatching(/^warms up for another (10|9|8) s: until then no request counts$/)]))
  expect(await looksOf(id)).toEqual([])
  await w.cloud.control('behaviour', { revision, errorPercent: 0 })
  const done = await drive(w, id, ended)
  expect(done.state, JSON.stringify([done.hold, done.endReason])).toBe('succeeded')
  const [first] = await looksOf(id)
  expect((first?.fromAt.getTime() ?? 0) - Date.parse(cold.runs[2]?.trafficAt ?? '')).toBeGreaterThanOrEqual(warmUpMs)
})

test('what goes on failing is taken back once it has warmed up', async () => {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.2.0-err5', canarySteps, analysis)
  const cold = await drive(w, id, (r) => r.plan.steps[r.stepIndex]?.kind === 'bake')
  const done = await drive(w, id, ended)
  expect(done.state).toBe('rolled_back')
  expect((done.endedAt?.getTime() ?? 0) - Date.parse(cold.runs[2]?.trafficAt ?? '')).toBeGreaterThan(warmUpMs)
  expect((done.endedAt?.getTime() ?? 0) - Date.parse(cold.runs[2]?.trafficAt ?? '')).toBeLessThan(warmUpMs + 30_000)
})
