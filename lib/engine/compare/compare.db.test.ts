import { expect, test } from 'vitest'
import { run } from '#lib/backtest/service.ts'
import type { BlueprintModel } from '#lib/blueprints/model.ts'
import { runRollout } from '#lib/engine/run.ts'
import { outsider } from '#lib/engine/testing/outside.ts'
import { person } from '#lib/engine/testing/people.ts'
import { compare, withPast } from '#lib/engine/testing/past.ts'
import { canarySteps, drive, ended, makeWorld, startRollout } from '#lib/engine/testing/world.ts'
import { verdicts, view } from '#lib/evidence/service.ts'
import { db } from '#lib/platform/db/client.ts'
import { abort } from '#lib/rollouts/service.ts'

const w = await makeWorld()
const lenient: BlueprintModel = {
  name: w.slug, title: w.slug, owner: 'team', services: [], order: [], suites: [],
  environments: [{ name: 'production', was: null, tier: 'production', strategy: 'lenient', after: [], start: 'manual', onNewer: 'queue', onFreeze: 'hold', approvals: [], targets: [] }],
  strategies: [{ name: 'lenient', steps: [], analysis: { ...compare(), rules: [] } }, { name: 'unused', steps: [], analysis: compare() }],
}
await db.application.update({ where: { id: w.application.id }, data: { blueprint: lenient } })

test('5% more errors are caught against stable, and every look is kept with the evidence after it', async () => {
  const t = await withPast(w, 100)
  const r = await drive(w, await startRollout(w, t, 'v1.2.0-err5', canarySteps, compare()), ended)
  expect(r.state).toBe('rolled_back')
  expect(r.endReason).toMatch(/^against stable: the candidate is worse than stable: [\d,]+ of [\d,]+ \(\d.*\) failed on the candidate, [\d,]+ of [\d,]+ .* on stable/)
  expect(r.verdicts[0]).toMatchObject({ verdict: 'fail', limit: null })
  expect(r.verdicts[0]?.evidence).toBeGreaterThanOrEqual(1)
  const looks = await db.rolloutMeasurement.findMany({ where: { rolloutId: r.id }, orderBy: { toAt: 'asc' } })
  expect(looks.length).toBeGreaterThan(0)
  expect(looks.at(-1)).toMatchObject({ share: 0.1, evidence: { 'against stable': r.verdicts[0]?.evidence } })
  const counted = looks.reduce((n, l) => n + ((l.candidate as { requests: number } | null)?.requests ?? 0), 0)
  expect(counted).toBe(r.verdicts[0]?.requests)

  const viewer = person('viewer')
  const evidence = await view(viewer, { id: r.id })
  expect(evidence).toMatchObject({ state: 'rolled_back', candidate: { requests: counted }, rules: [{ name: 'against stable', alpha: 0.05 }] })
  expect(evidence.rules[0]?.points.at(-1)?.evidence).toBe(r.verdicts[0]?.evidence)
  expect(evidence.latency?.candidate.reduce((a, b) => a + b, 0)).toBe(counted)
  expect((await verdicts(viewer, { id: t.id })).items[0]).toMatchObject({ rollout: r.id, verdicts: [{ rule: 'against stable', verdict: 'fail' }] })

  const replayed = await run(viewer, { id: t.id, rollouts: 5 })
  expect(replayed.rollouts[0]).toMatchObject({ rollout: r.id, agreement: 'caught', looks: looks.length, stop: { rule: 'against stable' } })
  expect(await run(viewer, { id: t.id, rollouts: 5, rules: replayed.rules })).toEqual({ ...replayed, now: expect.any(String) as unknown })
  // It was taken back in seconds: what these would have seen once it was warm never came.
  expect((await run(viewer, { id: t.id, rollouts: 5, rules: 'warmUp: 10m\nrules: [{ name: errors, compare: { metric: error_rate }, mode: rollback }]' })).rollouts[0]).toMatchObject({ agreement: 'unanswered', coldLooks: looks.length, stop: null })
  expect((await run(viewer, { id: t.id, rollouts: 5, rules: 'rules: []' })).rollouts[0]).toMatchObject({ agreement: 'missed', stop: null })
  expect(await run(viewer, { id: t.id, rollouts: 5, strategy: 'lenient' })).toMatchObject({ strategies: ['lenient'], rollouts: [{ agreement: 'missed', stop: null }, {}] })
  await expect(run(viewer, { id: t.id, rollouts: 5, strategy: 'unused' })).rejects.toMatchObject({ code: 'invalid_input', field: 'strategy', message: expect.stringMatching(/allowed: lenient/) })
  await expect(run(viewer, { id: t.id, rollouts: 5, rules: 'rules: 7' })).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringMatching(/^the rules cannot be read: line 1/) })
})

test('40% slower is caught by the latency of both arms', async () => {
  const t = await withPast(w, 100)
  const r = await drive(w, await startRollout(w, t, 'v1.2.1-slow40', canarySteps, compare({ metric: 'latency' })), ended)
  expect(r.state, JSON.stringify([r.hold, r.verdicts])).toBe('rolled_back')
  expect(r.endReason).toMatch(/slower than stable/)
})

test('a release as good as stable goes out: the bake ends on no sign of worse', async () => {
  const t = await withPast(w, 100)
  const r = await drive(w, await startRollout(w, t, 'v1.1.0', canarySteps, compare({ alpha: 0.001 })), ended)
  expect(r.state, JSON.stringify([r.hold, r.verdicts, r.endReason])).toBe('succeeded')
})

test('a handful of requests are not enough: a person is asked, with what would be needed', async () => {
  const t = await withPast(w, 0.08)
  const soon = { ...compare(), notEnoughData: { afterMs: 300_000, then: 'ask' as const } }
  const r = await drive(w, await startRollout(w, t, 'v1.1.0', canarySteps, soon), (x) => x.state === 'held')
  expect(r.hold).toMatchObject({ code: 'not_enough_data' })
  expect(r.hold?.message).toMatch(/\d+ of 200 requests of the candidate: about \d+ more requests, .* at 10%; \d+ of \d+ .* on the candidate/)
  // The question is of the figures by now, wherever it is read; when it was first asked stays.
  await w.cloud.control('clock', { advanceMs: 1_800_000 })
  const later = await drive(w, r.id, (x) => x.hold?.message !== r.hold?.message)
  const counted = (message: string | undefined) => Number(message?.match(/(\d+) of 200/)?.[1])
  expect(counted(later.hold?.message)).toBeGreaterThan(counted(r.hold?.message))
  expect(later).toMatchObject({ state: 'held', version: r.version, hold: { code: 'not_enough_data', at: r.hold?.at } })
  // Taken back by a person while no rule failed: a replay calls it neither caught nor missed.
  await abort(person('release_manager'), { id: r.id, reason: 'too quiet' })
  await drive(w, r.id, ended)
  expect((await run(person('viewer'), { id: t.id, rollouts: 1 })).rollouts[0]).toMatchObject({ state: 'rolled_back', agreement: 'no_rule', stop: null })
})

test('what came while somebody else had moved the traffic is compared by no share', async () => {
  const t = await withPast(w, 100)
  const id = await startRollout(w, t, 'v1.1.0', canarySteps, compare({ alpha: 0.001 }))
  const looks = () => db.rolloutMeasurement.findMany({ where: { rolloutId: id }, orderBy: { toAt: 'asc' }, select: { toAt: true, share: true } })
  const r = await drive(w, id, (x) => x.verdicts[0]?.requests !== null && x.verdicts.length > 0)
  const before = await looks()
  expect(before.map((l) => l.share)).toEqual(before.map(() => 0.1))
  await outsider(w).setSplit(t, { [r.stable?.revision ?? '']: 60, [r.candidate?.revision ?? '']: 40 })
  const held = await drive(w, id, (x) => x.state === 'held')
  expect(held.hold?.code).toBe('outside_change')
  for (let minute = 0; minute < 3; minute++) {
    await w.cloud.control('clock', { advanceMs: 60_000 })
    await runRollout(id, 'test')
  }
  expect(await looks()).toEqual(before)
  expect(held.verdicts[0]).toMatchObject({ rule: 'against stable', verdict: r.verdicts[0]?.verdict })
  // Put back by hand, it goes on, and is compared again.
  await outsider(w).setSplit(t, { [r.stable?.revision ?? '']: 90, [r.candidate?.revision ?? '']: 10 })
  const done = await drive(w, id, ended)
  expect(done.state).toBe('succeeded')
  const after = (await looks()).slice(before.length)
  expect(after.length).toBeGreaterThan(0)
  expect(after.map((l) => l.share)).toEqual(after.map(() => 0.1))
  // What was said last is kept to be read, though at 100% there was nothing to compare with.
  expect(done.verdicts[0]).toMatchObject({ rule: 'against stable', past: true, requests: expect.any(Number) })
})
