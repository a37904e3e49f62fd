import { beforeEach, describe, expect, test } from 'vitest'
import { callRoute, testPerson } from '#lib/access/testing/people.ts'
import { GET as armsRoute } from '#app/api/v1/targets/[id]/arms/route.ts'
import { GET as metricsRoute } from '#app/api/v1/targets/[id]/metrics/route.ts'
import { canarySteps, drive, ended, errorSpike, makeTarget, makeWorld, startRollout, straightSteps, type TestTarget } from '#lib/engine/testing/world.ts'
import { RolloutArms, TargetMetrics } from '#lib/metrics/contract.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'

const w = await makeWorld()
const viewer = await testPerson('viewer', ['viewer'])
const other = await testPerson('other', ['on_call'])
const minuteMs = 60_000
/** A reading of the clock is trusted for half a second; then what is asked here knows of the move. */
async function advance(ms: number): Promise<void> {
  await w.cloud.control('clock', { advanceMs: ms })
  await expect.poll(async () => (await nowMs(db)) - (await nowMs())).toBeLessThan(500)
}
const seriesCalls = async (t: TestTarget) => (await w.cloud.calls({ write: false, rpc: 'ListTimeSeries' })).filter((c) => JSON.stringify(c).includes(t.locator.project)).length

async function metricsOf(t: TestTarget, window = '1h', as = viewer): Promise<TargetMetrics> {
  const answer = await callRoute(metricsRoute, 'GET', { as, params: { id: t.id }, query: `?window=${window}` })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return TargetMetrics.parse(answer.body)
}
async function armsOf(t: TestTarget, rollout: string): Promise<RolloutArms> {
  const answer = await callRoute(armsRoute, 'GET', { as: viewer, params: { id: t.id }, query: `?rollout=${rollout}` })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return RolloutArms.parse(answer.body)
}
/** A target that served its first release for a while. */
async function served(minutes: number): Promise<{ t: TestTarget; first: string }> {
  const t = await makeTarget(w)
  const r = await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  await advance(minutes * minuteMs)
  return { t, first: r.candidate?.revision ?? '' }
}

beforeEach(() => w.cloud.control('metrics', { samplePeriodSeconds: 1, ingestDelaySeconds: 0, fail: null, silent: [] }))

describe('a target’s metrics', () => {
  test('are one reading for all who look, and a new one once it has aged', async () => {
    const { t } = await served(10)
    const answers = await Promise.all([metricsOf(t), metricsOf(t, '1h', other), metricsOf(t), metricsOf(t, '1h', other)])
    expect(new Set(answers.map((a) => a.asOf)).size).toBe(1)
    expect(await seriesCalls(t), 'requests and latencies, once each').toBe(2)
    await metricsOf(t, '6h')
    expect(await seriesCalls(t), 'another window is another reading').toBe(4)
    await advance(minuteMs)
    const later = await metricsOf(t)
    expect(await seriesCalls(t)).toBe(6)
    expect(Date.parse(later.asOf)).toBeGreaterThan(Date.parse(answers[0]?.asOf ?? ''))
  })

  test('are null, not zero, where nothing was reported, and end where the source has not reported yet', async () => {
    const { t, first } = await served(20)
    await w.cloud.control('metrics', 'as on the real thing')
    const m = await metricsOf(t)
    expect(m.source).toEqual({ name: 'Cloud Monitoring', samplePeriodSeconds: 60, ingestDelaySeconds: 180 })
    expect(Date.parse(m.asOf) - Date.parse(m.to)).toBeGreaterThanOrEqual(180_000)
    expect(m.revisions.map((r) => [r.revision, r.version])).toEqual([[first, 'v1.0.0']])
    const buckets = m.revisions[0]?.buckets ?? []
    expect(buckets).toHaveLength(60)
    expect(buckets[0], 'before the service was there').toBeNull()
    expect(buckets.at(-1)).toMatchObject({ requests: 6000, errors: 0, errorRate: 0 })
    expect(buckets.some((b) => b?.requests === 0)).toBe(false)
  })

  test('of a source that refuses are its words, asked again only after a while', async () => {
    const { t } = await served(5)
    await w.cloud.control('metrics', { fail: '503' })
    const [a, b] = [await metricsOf(t), await metricsOf(t, '1h', other)]
    expect(a.error).toMatch(/unavailable/)
    expect([a.revisions, a.source.ingestDelaySeconds]).toEqual([[], null])
    expect(b.asOf).toBe(a.asOf)
    await w.cloud.control('metrics', { fail: null })
    expect((await metricsOf(t)).error).toMatch(/unavailable/)
    await advance(16_000)
    expect((await metricsOf(t)).error).toBeNull()
  })

  test('name the window that is wrong', async () => {
    const { t } = await served(1)
    const answer = await callRoute(metricsRoute, 'GET', { as: viewer, params: { id: t.id }, query: '?window=2h' })
    expect([answer.status, answer.body['field']]).toEqual([400, 'window'])
    expect(answer.body['detail']).toMatch(/1h/)
  })

  test('say what each revision was, mark what rollouts did, and carry the rule as a limit', async () => {
    const { t, first } = await served(10)
    const id = await startRollout(w, t, 'v1.1.0-err5', canarySteps, { ...errorSpike, rules: errorSpike.rules.map((r) => ({ ...r, mode: 'watch' as const })) })
    const baking = await drive(w, id, (r) => r.plan.steps[r.stepIndex]?.kind === 'bake')
    const second = baking.candidate?.revision ?? ''
    await advance(3 * minuteMs)
    const m = await metricsOf(t)
    expect(m.revisions.map((r) => [r.revision, r.arms.at(-1)])).toEqual([[first, 'stable'], [second, 'candidate']])
    expect(m.markers.map((k) => [k.rollout, k.text]).at(-1)).toEqual([id, 'v1.1.0-err5 at 10%'])
    expect(m.limits).toEqual([{ metric: 'error_rate', max: 0.02, mode: 'watch', rule: 'error spike' }])
    await drive(w, id, ended)
    await advance(5 * minuteMs)
    const after = await metricsOf(t)
    expect(after.revisions.find((r) => r.revision === second)?.arms.at(-1), 'it is what serves now').toBe('stable')
    expect(after.markers.at(-1)).toMatchObject({ rollout: id, text: '100%' })
  })
})

describe('the arms of a rollout', () => {
  test('are counted from the step’s traffic write, with latency, and shared', async () => {
    const { t } = await served(5)
    const id = await startRollout(w, t, 'v1.2.0-err5-slow40', canarySteps, { ...errorSpike, rules: [] })
    const r = await drive(w, id, (x) => x.plan.steps[x.stepIndex]?.kind === 'bake')
    await advance(30_000)
    const before = await seriesCalls(t)
    const [a, b] = await Promise.all([armsOf(t, id), armsOf(t, id)])
    expect(b).toEqual({ ...a, now: b.now })
    expect((await seriesCalls(t)) - before).toBe(2)
    expect(Date.parse(a.from ?? '')).toBeGreaterThanOrEqual(Date.parse(r.runs[2]?.trafficAt ?? ''))
    const seconds = (Date.parse(a.to ?? '') - Date.parse(a.from ?? '')) / 1000
    expect([a.stable?.requests, a.candidate?.requests]).toEqual([90 * seconds, 10 * seconds])
    expect(a.stable?.errors).toBe(0)
    expect(a.candidate?.errorRate).toBeGreaterThan(0)
    expect(a.candidate?.p95Ms).toBeGreaterThan(a.stable?.p95Ms ?? Infinity)
  })

  test('are not known before traffic was sent, nor while the source cannot be read', async () => {
    const { t } = await served(5)
    const id = await startRollout(w, t, 'v1.3.0', canarySteps)
    expect(await armsOf(t, id)).toMatchObject({ rollout: id, from: null, stable: null, candidate: null, error: null })
    await drive(w, id, (x) => x.plan.steps[x.stepIndex]?.kind === 'bake')
    await w.cloud.control('metrics', { fail: '429' })
    expect(await armsOf(t, id)).toMatchObject({ error: expect.stringMatching(/quota/), stable: null, candidate: null })
  })

  test('of another target’s rollout are not here', async () => {
    const [{ t }, there] = [await served(1), await makeTarget(w)]
    const id = await startRollout(w, there, 'v1.0.0', straightSteps)
    expect((await callRoute(armsRoute, 'GET', { as: viewer, params: { id: t.id }, query: `?rollout=${id}` })).status).toBe(404)
  })
})
