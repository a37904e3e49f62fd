import { expect, test } from 'vitest'
import { DriverError } from '#lib/drivers/errors.ts'
import { metricsFor } from '#lib/drivers/registry.ts'
import { compare as compareNow } from '#lib/engine/compare/measure.ts'
import { runRollout } from '#lib/engine/run.ts'
import { outsider } from '#lib/engine/testing/outside.ts'
import { person } from '#lib/engine/testing/people.ts'
import { compare, withPast } from '#lib/engine/testing/past.ts'
import { canarySteps, drive, ended, errorSpike, makeWorld, startRollout } from '#lib/engine/testing/world.ts'
import { view as evidence } from '#lib/evidence/service.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import type { Analysis, StepPlan } from '#lib/rollouts/schema.ts'
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
  expect((await looksOf(id)).map((l) => [l.isCold, l.evidence])).toEqual([[true, {}]])
  expect(await evidence(person('viewer'), { id })).toMatchObject({ from: null, to: null, rules: [{ points: [] }] })
  await w.cloud.control('behaviour', { revision, errorPercent: 0 })
  const done = await drive(w, id, ended)
  expect(done.state, JSON.stringify([done.hold, done.endReason])).toBe('succeeded')
  const all = await looksOf(id)
  const first = all.find((l) => !l.isCold)
  expect((await evidence(person('viewer'), { id })).from).toBe(first?.fromAt.toISOString())
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

const twice: StepPlan[] = [...canarySteps.slice(0, 3), { kind: 'bake', durationMs: 60_000, early: false }, { kind: 'setWeight', percent: 50 }, { kind: 'bake', durationMs: 60_000, early: false }, { kind: 'setWeight', percent: 100 }]
const isAt = (index: number) => (r: { stepIndex: number; runs: { state: string }[] }) => r.stepIndex === index && r.runs[index]?.state === 'running'

test('at the next split each rule waits again, and what was seen before is said to be of before', async () => {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.1.0', twice, { ...analysis, warmUpMs: 600_000 })
  const cold = await drive(w, id, isAt(5), 600)
  await w.cloud.control('behaviour', { revision: cold.candidate?.revision, errorPercent: 100 })
  for (const left of [9, 8]) {
    await w.cloud.control('clock', { advanceMs: 60_000 })
    await runRollout(id, 'test')
    const { verdicts = [] } = (await findRollout(id)) ?? {}
    expect(verdicts.map((v) => [v.verdict, v.forecastAt, v.standing])).toEqual([['inconclusive', null, undefined], ['inconclusive', null, undefined]])
    expect(verdicts[0]?.message).toMatch(new RegExp(`^warms up for another ${left} min: until then no request counts; at the split before: 0 of [\\d,]+ \\(0%\\) failed on the candidate[^;]*$`))
    expect(verdicts[1]?.message).toMatch(new RegExp(`^warms up for another ${left} min: until then no request counts$`))
  }
  expect((await drive(w, id, ended, 600)).endReason).toMatch(/(error spike|against stable)/)
})

test('a source that failed at the split before is not held against this one', async () => {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.1.0', twice, { ...compare({ alpha: 0.001 }), warmUpMs: 300_000, cannotMeasure: { afterMs: 600_000, then: 'rollback' } })
  const before = await drive(w, id, isAt(3), 600)
  expect(before.state).toBe('running')
  await w.cloud.control('clock', { advanceMs: 340_000 })
  await drive(w, id, isAt(5), 600)
  // As a person leaves it who went on from a hold that asked about the split.
  const since = new Date(Date.parse(before.createdAt.toISOString())).toISOString()
  await db.rollout.update({ where: { id }, data: { verdicts: ((await findRollout(id))?.verdicts ?? []).map((v) => ({ ...v, verdict: 'error', stepIndex: 3, since, message: 'traffic split: not as configured' })) } })
  await w.cloud.control('clock', { advanceMs: 280_000 })
  await runRollout(id, 'test')
  expect(await findRollout(id)).toMatchObject({ state: 'running', hold: null, verdicts: [{ verdict: 'inconclusive', message: expect.stringMatching(/^warms up for another/) }] })
  expect((await drive(w, id, ended, 600)).state).toBe('succeeded')
})

/** Warm at 10%, with half an hour to go, when somebody else changes the split. */
async function changedBySomebody(share: number, analysis: Analysis) {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.1.0', [...canarySteps.slice(0, 3), { kind: 'bake', durationMs: 1_800_000, early: false }], analysis)
  const warm = await drive(w, id, (r) => r.verdicts.some((v) => v.verdict === 'pass' || v.standing === 'not_worse'))
  const [stable, candidate] = [warm.stable?.revision ?? '', warm.candidate?.revision ?? '']
  await outsider(w).setSplit(t, { [stable]: 100 - share, [candidate]: share })
  await w.cloud.control('behaviour', { revision: candidate, errorPercent: 60 })
  await runRollout(id, 'test')
  return { t, id }
}

test('what somebody else sends to it makes it cold as well', async () => {
  const { id } = await changedBySomebody(60, { ...analysis, warmUpMs: 60_000 })
  await w.cloud.control('clock', { advanceMs: 50_000 })
  await runRollout(id, 'test')
  expect(await findRollout(id)).toMatchObject({
    state: 'held',
    hold: { code: 'outside_change' },
    verdicts: [{ verdict: 'inconclusive', message: expect.stringMatching(/^nothing is compared until the split is settled; at the split before: 0 of /) }, { verdict: 'inconclusive', message: expect.stringMatching(/^warms up for another/) }],
  })
  await w.cloud.control('clock', { advanceMs: 20_000 })
  expect((await drive(w, id, ended)).endReason).toMatch(/error spike/)
})

test('what they take from it, or leave with it, does not', async () => {
  const { id } = await changedBySomebody(5, { ...errorSpike, warmUpMs: 60_000 })
  await w.cloud.control('clock', { advanceMs: 30_000 })
  expect((await drive(w, id, ended, 3)).endReason).toMatch(/error spike/)
})

test('what they gave and took again leaves it cold', async () => {
  const { t, id } = await changedBySomebody(60, { ...errorSpike, warmUpMs: 60_000 })
  const r = await findRollout(id)
  await outsider(w).setSplit(t, { [r?.stable?.revision ?? '']: 95, [r?.candidate?.revision ?? '']: 5 })
  await w.cloud.control('clock', { advanceMs: 30_000 })
  await runRollout(id, 'test')
  expect(await findRollout(id)).toMatchObject({ state: 'held', hold: { details: { observed: { [r?.candidate?.revision ?? '']: 5 }, coldSince: r?.hold?.at } }, verdicts: [{ message: expect.stringMatching(/^warms up/) }] })
})

test('a source that fails while it is cold is asked again, and nothing is left out of the record', async () => {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.1.0', canarySteps, analysis)
  await drive(w, id, (r) => r.plan.steps[r.stepIndex]?.kind === 'bake')
  await w.cloud.control('clock', { advanceMs: 10_000 })
  await runRollout(id, 'test')
  await w.cloud.control('metrics', { fail: '503' })
  for (const advanceMs of [10_000, 25_000]) {
    await w.cloud.control('clock', { advanceMs })
    await runRollout(id, 'test')
  }
  expect((await findRollout(id))?.verdicts.map((v) => v.verdict)).toEqual(['error', 'error'])
  await w.cloud.control('metrics', { fail: null })
  expect((await drive(w, id, ended)).state).toBe('succeeded')
  const at10 = (await looksOf(id)).filter((l) => l.share < 1)
  expect(at10.map((l) => l.isCold)).toEqual([...at10.filter((l) => l.isCold), ...at10.filter((l) => !l.isCold)].map((l) => l.isCold))
  expect(at10.slice(1).every((l, i) => l.fromAt.getTime() === at10[i]?.toAt.getTime())).toBe(true)
})

test('what is broken for good in a warm-up does not keep what counts from being judged; what heals is asked again', async () => {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.1.0', canarySteps, analysis)
  const r = await drive(w, id, (x) => x.plan.steps[x.stepIndex]?.kind === 'bake')
  const movedMs = Date.parse(r.runs[2]?.trafficAt ?? '')
  const sinceMs = movedMs + warmUpMs
  await w.cloud.control('clock', { advanceMs: warmUpMs + 20_000 })
  const real = metricsFor({ source: 'cloud-monitoring' })
  const at = { timing: await real.timing(r.plan.locator.project), movedMs, sinceMs, nowMs: await nowMs(db), isOurSplit: true }
  /** The real source, but for what it has of the warm-up. */
  const lacking = (kind: DriverError['kind']) => compareNow(r, { ...at, source: { ...real, counts: (place, window) => (window.toMs <= sinceMs + 1_000 && window.fromMs >= movedMs ? Promise.reject(new DriverError({ provider: 'p', operation: 'o', kind, message: 'broken', retriable: true, outcome: 'none' })) : real.counts(place, window)) } })
  const { verdicts, added } = await lacking('failed')
  expect([verdicts.map((v) => v.verdict), added.map((n) => n.isCold ?? false)]).toEqual([['inconclusive'], [false]])
  expect(verdicts[0]?.requests).toBeGreaterThan(100)
  await expect(lacking('unavailable')).rejects.toMatchObject({ kind: 'unavailable' })
})

test('what a comparison said last stays to be read at 100%, without the wait for what never came', async () => {
  const t = await withPast(w, 100)
  const rules = compare().rules.map((r) => ({ ...r, mode: 'watch' as const }))
  const steps: StepPlan[] = [...canarySteps.slice(0, 3), { kind: 'bake', durationMs: 60_000, early: false }, { kind: 'setWeight', percent: 50 }, { kind: 'bake', durationMs: 10_000, early: false }, { kind: 'setWeight', percent: 100 }, { kind: 'bake', durationMs: 10_000, early: false }]
  const done = await drive(w, await startRollout(w, t, 'v1.1.0', steps, { ...compare(), warmUpMs: 30_000, rules }), ended, 600)
  expect(done).toMatchObject({ state: 'succeeded', verdicts: [{ past: true, message: expect.stringMatching(/^0 of [\d,]+ \(0%\) failed on the candidate/) }] })
})
