import { expect, test } from 'vitest'
import { replay } from '#lib/backtest/replay.ts'
import { findRecord } from '#lib/engine/compare/store.ts'
import { runRollout } from '#lib/engine/run.ts'
import { outsider } from '#lib/engine/testing/outside.ts'
import { person } from '#lib/engine/testing/people.ts'
import { compare, withPast } from '#lib/engine/testing/past.ts'
import { canarySteps, drive, ended, makeWorld, startRollout, straightSteps } from '#lib/engine/testing/world.ts'
import { view } from '#lib/evidence/service.ts'
import { db } from '#lib/platform/db/client.ts'
import type { ThresholdRule } from '#lib/rollouts/schema.ts'
import { findRollout } from '#lib/rollouts/store.ts'

const w = await makeWorld()
const viewer = person('viewer')
const noPast = { innerMs: [], counts: [], minutes: { requests: [], errors: [] } }
const bake = { kind: 'bake' as const, durationMs: 300_000, early: false }
const looksOf = (id: string) => db.rolloutMeasurement.findMany({ where: { rolloutId: id }, orderBy: { toAt: 'asc' } })

test('at 100% the looks go on without stable, and other limits can be tried on them', async () => {
  const t = await withPast(w, 100)
  const [deploy, , weight, , all] = canarySteps
  const steps = [deploy, weight, { kind: 'bake' as const, durationMs: 60_000, early: false }, all, { kind: 'bake' as const, durationMs: 300_000, early: false }].filter((s) => s !== undefined)
  const id = await startRollout(w, t, 'v1.1.0', steps, compare({ alpha: 0.001 }))
  await drive(w, id, (x) => x.stepIndex === 4)
  // A source that fails there says nothing against a comparison that is over.
  await w.cloud.control('metrics', { fail: '503' })
  await w.cloud.control('clock', { advanceMs: 30_000 })
  await runRollout(id, 'test')
  await w.cloud.control('metrics', { fail: null })
  const done = await drive(w, id, ended)
  expect(done).toMatchObject({ state: 'succeeded', verdicts: [{ rule: 'against stable', past: true, verdict: 'inconclusive' }] })
  const looks = await looksOf(id)
  const alone = looks.filter((l) => l.share === 1)
  expect(alone.length).toBeGreaterThan(3)
  expect(alone.map((l) => [l.stable, l.evidence, l.stepIndex])).toEqual(alone.map(() => [null, {}, 4]))
  expect(looks.slice(1).every((l, i) => l.fromAt >= (looks[i]?.toAt ?? l.fromAt))).toBe(true)
  expect(alone.slice(1).every((l, i) => l.fromAt.getTime() === alone[i]?.toAt.getTime())).toBe(true)
  expect((await view(viewer, { id })).rules[0]?.points.length).toBe(looks.length - alone.length)
  const record = await findRecord(id)
  const slow: ThresholdRule = { name: 'slow', kind: 'threshold', mode: 'rollback', metric: 'latency_p95', max: 1, overMs: 60_000, minRequests: 5000 }
  const { stop } = replay({ ...compare(), rules: [slow] }, record?.past ?? noPast, record?.looks ?? [])
  // Too few in a minute at 10%, enough at 100%.
  expect(stop).toMatchObject({ rule: 'slow', requests: expect.any(Number) })
  expect(stop?.atMs).toBeGreaterThan(alone[0]?.fromAt.getTime() ?? 0)
})

test('somebody else sends all of it: what was looked at is not looked at again, at whatever share', async () => {
  await w.cloud.control('metrics', { samplePeriodSeconds: 60, ingestDelaySeconds: 180 })
  try {
    const t = await withPast(w, 100)
    const id = await startRollout(w, t, 'v1.1.0', canarySteps.map((s) => (s.kind === 'bake' ? { ...s, durationMs: 1_800_000 } : s)), compare({ alpha: 0.001 }))
    const r = await drive(w, id, (x) => x.verdicts[0]?.requests !== undefined && (x.verdicts[0]?.requests ?? 0) > 1000)
    const before = await looksOf(id)
    await outsider(w).setSplit(t, { [r.candidate?.revision ?? '']: 100 })
    await drive(w, id, (x) => x.state === 'held')
    for (let i = 0; i < 4; i++) {
      await w.cloud.control('clock', { advanceMs: 30_000 })
      await runRollout(id, 'test')
    }
    expect(await looksOf(id)).toEqual(before)
    expect(await findRollout(id)).toMatchObject({ state: 'held', errors: 0, hold: { code: 'outside_change' } })
  } finally {
    await w.cloud.control('metrics', { samplePeriodSeconds: 1, ingestDelaySeconds: 0 })
  }
})

test('what fails inside at 100% says nothing against a comparison that is over', async () => {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.1.0', [...canarySteps, bake], { ...compare({ alpha: 0.001 }), cannotMeasure: { afterMs: 60_000, then: 'ask' } })
  const r = await drive(w, id, (x) => x.stepIndex === 5 && x.runs[5]?.state === 'running')
  const { state } = await db.rolloutEvidence.findUniqueOrThrow({ where: { rolloutId: id } })
  await db.rolloutEvidence.update({ where: { rolloutId: id }, data: { state: { broken: true } } })
  for (let i = 0; i < 3; i++) {
    await w.cloud.control('clock', { advanceMs: 40_000 })
    await runRollout(id, 'test')
  }
  expect(await findRollout(id)).toMatchObject({ state: 'running', verdicts: [{ past: true, message: r.verdicts[0]?.message }] })
  await db.rolloutEvidence.update({ where: { rolloutId: id }, data: { state: state as object } })
  expect((await drive(w, id, ended)).state).toBe('succeeded')
})

test('what went to 100% at once has a record and no evidence', async () => {
  const t = await withPast(w, 100)
  const r = await drive(w, await startRollout(w, t, 'v1.1.0', [...straightSteps, bake], compare()), ended)
  expect((await looksOf(r.id)).length).toBeGreaterThan(3)
  expect(await view(viewer, { id: r.id })).toMatchObject({ from: null, to: null, candidate: null, rules: [{ points: [] }] })
})
