import { expect, test } from 'vitest'
import { outsider } from '#lib/engine/testing/outside.ts'
import { person } from '#lib/engine/testing/people.ts'
import { drive, ended, makeTarget, makeWorld, startRollout, straightSteps, type TestTarget } from '#lib/engine/testing/world.ts'
import { runRollout } from '#lib/engine/run.ts'
import { db } from '#lib/platform/db/client.ts'
import type { RuleVerdict, StepPlan } from '#lib/rollouts/schema.ts'
import { abort, adopt, restore, view } from '#lib/rollouts/service.ts'
import { findRollout, type RolloutRow } from '#lib/rollouts/store.ts'
import { rollBack } from '#lib/targets/rollback.ts'
import { view as viewTarget } from '#lib/targets/service.ts'
import { observeQuietly } from '#lib/targets/watch.ts'

const w = await makeWorld()
const cloud = outsider(w)
const manager = person('release_manager')
const onCall = person('on_call')
const lastBakeMs = 4_000
const steps: StepPlan[] = [{ kind: 'deploy', tag: 'blue' }, { kind: 'setWeight', percent: 10 }, { kind: 'bake', durationMs: 1_000, early: false }, { kind: 'setWeight', percent: 100 }, { kind: 'bake', durationMs: lastBakeMs, early: false }]
const liveSplit = async (t: TestTarget) => Object.fromEntries(((await cloud.read(t)).trafficStatuses ?? []).filter((s) => s.percent).map((s) => [s.revision, s.percent]))
const inStep = (index: number) => (r: RolloutRow) => r.stepIndex === index && r.runs[index]?.state === 'running'
const held = (r: RolloutRow) => r.state === 'held'
const nameOf = (r: RolloutRow) => r.candidate?.revision ?? ''

/** Two releases are out; a third is at 100% in its last bake when somebody leaves it 40%, and a person adopts that. */
async function shortOfDone() {
  const t = await makeTarget(w)
  await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  const stable = nameOf(await drive(w, await startRollout(w, t, 'v1.1.0', straightSteps), ended))
  const id = await startRollout(w, t, 'v1.2.0', steps)
  const candidate = nameOf(await drive(w, id, inStep(4)))
  await cloud.setSplit(t, { [stable]: 60, [candidate]: 40 })
  await drive(w, id, held)
  await adopt(manager, { id })
  const asked = await drive(w, id, (r) => r.state === 'held' && r.stepIndex === steps.length)
  return { t, id, stable, candidate, asked, live: { [stable]: 60, [candidate]: 40 } }
}
const proofOf = (t: TestTarget, name: string) => db.targetRevision.findUniqueOrThrow({ where: { targetId_name: { targetId: t.id, name } } })

test('the last bake is over and the candidate has 40%: a person is asked once, and in words', async () => {
  const { id, asked, candidate, live } = await shortOfDone()
  expect(asked.hold).toMatchObject({ code: 'outside_change', message: expect.stringMatching(/v1\.2\.0 serves 40%, not 100%/), details: { atEnd: true, expected: { [candidate]: 100 }, observed: live } })
  await runRollout(id, 'again')
  expect((await findRollout(id))?.version).toBe(asked.version)
  const { actions } = await view(manager, { id })
  expect(actions).toContainEqual(expect.objectContaining({ action: 'restore', allowed: true, towardStable: false, label: expect.stringMatching(/^Send 100% to /), consequence: expect.stringMatching(/last bake runs again/) }))
  expect(actions).toContainEqual(expect.objectContaining({ action: 'adopt', allowed: true, label: expect.stringMatching(/^End here: keep 60% .*, 40% /), consequence: expect.stringMatching(/nothing is written/i) }))
  expect(actions.find((a) => a.action === 'abort')).toMatchObject({ allowed: true })
})

test('sending it 100% is away from stable: who may only go back may not', async () => {
  const { id } = await shortOfDone()
  await expect(restore(onCall, { id })).rejects.toMatchObject({ code: 'forbidden' })
  expect((await view(onCall, { id })).actions.find((a) => a.action === 'restore')).toMatchObject({ allowed: false })
})

test('nor is it sent 100% while a rollback rule fails', async () => {
  const { id } = await shortOfDone()
  const fails: RuleVerdict = { rule: 'errors', mode: 'rollback', verdict: 'fail', message: '5 of 50 requests failed', revision: 'c', stepIndex: 5, value: null, limit: 0, requests: 50, errors: 5, minRequests: 50, windowFrom: null, windowTo: null, lagSeconds: null, stable: null, forecastAt: null, since: '', at: '' }
  await db.rollout.update({ where: { id }, data: { verdicts: [fails] } })
  await expect(restore(manager, { id })).rejects.toMatchObject({ code: 'refused', unmet: [{ code: 'rule_failing' }] })
})

test('restore sends it 100%, and proven only after the last bake ran again', async () => {
  const { t, id, candidate, asked } = await shortOfDone()
  await w.cloud.control('calls', undefined, 'DELETE')
  await restore(manager, { id, reason: 'it was a test' })
  const baking = await drive(w, id, inStep(4))
  expect(baking).toMatchObject({ state: 'running', hold: null })
  expect(await liveSplit(t)).toEqual({ [candidate]: 100 })
  expect(await proofOf(t, candidate)).toMatchObject({ proven: null })
  expect(baking.runs[4]?.tries.length).toBe(asked.runs[4]?.tries.length)
  const bakedAgainSince = Date.parse(baking.runs[4]?.startedAt ?? '')
  expect(bakedAgainSince).toBeGreaterThan(Date.parse(asked.runs[4]?.endedAt ?? ''))
  const done = await drive(w, id, ended)
  expect(done.state).toBe('succeeded')
  expect((done.endedAt?.getTime() ?? 0) - bakedAgainSince).toBeGreaterThanOrEqual(lastBakeMs)
  expect(done.runs[4]?.tries.length).toBe((asked.runs[4]?.tries.length ?? 0) + 1)
  expect(await proofOf(t, candidate)).toMatchObject({ proven: 'proven' })
  expect(await w.cloud.calls({ write: true, service: t.locator.service })).toHaveLength(1)
})

test('adopt ends it there: nothing is written, nothing is proven or held, and nothing drifts', async () => {
  const { t, id, stable, candidate, live } = await shortOfDone()
  await w.cloud.control('calls', undefined, 'DELETE')
  const answer = await adopt(manager, { id, reason: 'both are needed' })
  expect(answer).toMatchObject({ state: 'cancelled', endReason: expect.stringMatching(/^ended by release_manager@example\.test at 60% .*, 40% /) })
  expect(await w.cloud.calls({ write: true })).toEqual([])
  expect(await liveSplit(t)).toEqual(live)
  expect(await proofOf(t, candidate)).toMatchObject({ proven: null, outcome: null })
  await observeQuietly(t.id)
  expect(await viewTarget(manager, { id: t.id })).toMatchObject({ drift: null, hold: null, openRollout: null, stable: { revision: stable }, split: live })
  const row = await db.target.findUniqueOrThrow({ where: { id: t.id } })
  expect(row.intended).toMatchObject({ split: live })
  const before = await findRollout(id)
  await adopt(manager, { id })
  expect(await findRollout(id), 'an end stays').toEqual(before)
})

test('after that, Roll back goes to stable and not before it', async () => {
  const { t, id, stable, candidate } = await shortOfDone()
  await adopt(manager, { id, reason: 'both are needed' })
  expect((await viewTarget(onCall, { id: t.id, fresh: '1' })).rollback).toMatchObject({ ready: true, revision: stable, from: { revision: candidate } })
  const back = await drive(w, (await rollBack(onCall, { id: t.id, reason: 'errors' })).id, ended)
  expect(back).toMatchObject({ state: 'succeeded', desiredSplit: { [stable]: 100 } })
  expect(await liveSplit(t)).toEqual({ [stable]: 100 })
  expect((await viewTarget(onCall, { id: t.id })).hold?.digests).toEqual([(await findRollout(id))?.plan.digest])
})

test('abort there goes back to stable', async () => {
  const { t, id, stable } = await shortOfDone()
  await abort(manager, { id, reason: 'no' })
  expect((await drive(w, id, ended)).state).toBe('rolled_back')
  expect(await liveSplit(t)).toEqual({ [stable]: 100 })
})

test('a split that moved again since it was shown is neither kept nor written over unseen', async () => {
  const { t, id, stable, candidate } = await shortOfDone()
  await cloud.setSplit(t, { [stable]: 20, [candidate]: 80 })
  await expect(adopt(manager, { id })).rejects.toMatchObject({ code: 'plan_changed' })
  await expect(restore(manager, { id })).rejects.toMatchObject({ code: 'plan_changed' })
  await runRollout(id, 'test')
  expect((await findRollout(id))?.hold).toMatchObject({ details: { atEnd: true, observed: { [stable]: 20, [candidate]: 80 } } })
  expect(await adopt(manager, { id })).toMatchObject({ state: 'cancelled' })
})

test('100% by somebody else is not proof: it is asked, and bakes before it counts', async () => {
  const { t, id, candidate } = await shortOfDone()
  await cloud.setSplit(t, { [candidate]: 100 })
  const asked = await drive(w, id, (r) => r.hold?.details?.['observed'] !== undefined && r.observedSplit?.[candidate] === 100)
  expect(asked).toMatchObject({ state: 'held', hold: { details: { atEnd: true } } })
  expect(await proofOf(t, candidate)).toMatchObject({ proven: null })
  await w.cloud.control('calls', undefined, 'DELETE')
  await restore(manager, { id })
  await drive(w, id, inStep(4))
  const done = await drive(w, id, ended)
  expect(done.state).toBe('succeeded')
  expect(await w.cloud.calls({ write: true }), 'it was live already').toEqual([])
})

test('a service that is deleted then has its ways out too', async () => {
  const { t, id } = await shortOfDone()
  const [op] = await cloud.services.deleteService({ name: t.fullName })
  await op.promise()
  expect((await drive(w, id, (r) => r.hold?.message.includes('deleted') === true)).hold).toMatchObject({ details: { atEnd: true } })
  await expect(restore(manager, { id })).rejects.toMatchObject({ code: 'refused', unmet: [{ code: 'service_gone' }] })
  expect(await adopt(manager, { id })).toMatchObject({ state: 'cancelled', endReason: expect.stringMatching(/stays deleted/) })
  expect(await viewTarget(manager, { id: t.id })).toMatchObject({ drift: null, stable: null })
})
