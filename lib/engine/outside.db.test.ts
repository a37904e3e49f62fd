import { expect, test } from 'vitest'
import { type Actor, systemActor } from '#lib/access/actor.ts'
import { outsider } from '#lib/engine/testing/outside.ts'
import { canarySteps, drive, ended, makeTarget, makeWorld, startRollout, straightSteps, type TestTarget } from '#lib/engine/testing/world.ts'
import { abort, adopt, restore } from '#lib/rollouts/service.ts'

const w = await makeWorld()
const cloud = outsider(w)
const manager: Actor = { ...systemActor('manager@example.test'), kind: 'person', grants: [{ role: 'release_manager', applicationId: null, environmentId: null }] }
const liveSplit = async (t: TestTarget) => Object.fromEntries(((await cloud.read(t)).trafficStatuses ?? []).filter((s) => s.percent).map((s) => [s.revision, s.percent]))

/** A canary at 10% whose traffic somebody then moves to 60/40. */
async function disturbed() {
  const t = await makeTarget(w)
  const first = await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  const id = await startRollout(w, t, 'v1.1.0', canarySteps)
  const baking = await drive(w, id, (r) => r.plan.steps[r.stepIndex]?.kind === 'bake')
  const [stable, candidate] = [first.candidate?.revision ?? '', baking.candidate?.revision ?? '']
  await cloud.setSplit(t, { [stable]: 60, [candidate]: 40 })
  const held = await drive(w, id, (r) => r.state === 'held')
  return { t, id, stable, candidate, held }
}

test('a change from outside is held with what was expected and what is live', async () => {
  const { held, stable, candidate } = await disturbed()
  expect(held.hold).toMatchObject({ code: 'outside_change', details: { expected: { [stable]: 90, [candidate]: 10 }, observed: { [stable]: 60, [candidate]: 40 } } })
})

test('adopt goes on from the live split without a write', async () => {
  const { t, id, candidate } = await disturbed()
  await w.cloud.control('calls', undefined, 'DELETE')
  const adopted = await adopt(manager, { id })
  expect(adopted.state).toBe('running')
  expect(await w.cloud.calls({ write: true })).toEqual([])
  expect((await drive(w, id, ended)).state).toBe('succeeded')
  expect(await liveSplit(t)).toEqual({ [candidate]: 100 })
})

test('restore writes the intended split once, then goes on', async () => {
  const { id, t, stable, candidate } = await disturbed()
  await restore(manager, { id })
  await drive(w, id, (r) => r.intent === null && r.observedSplit?.[candidate] === 10)
  expect(await liveSplit(t)).toEqual({ [stable]: 90, [candidate]: 10 })
  expect((await drive(w, id, ended)).state).toBe('succeeded')
})

test('abort goes back to stable', async () => {
  const { id, t, stable } = await disturbed()
  await abort(manager, { id })
  expect((await drive(w, id, ended)).state).toBe('rolled_back')
  expect(await liveSplit(t)).toEqual({ [stable]: 100 })
})

test('put back by hand, the rollout goes on by itself', async () => {
  const { id, t, stable, candidate } = await disturbed()
  await cloud.setSplit(t, { [stable]: 90, [candidate]: 10 })
  expect((await drive(w, id, ended)).state).toBe('succeeded')
})

/** Most of the bake at 10% is over when somebody moves the split; what was watched so far says nothing of what comes. */
async function disturbedLate() {
  const t = await makeTarget(w)
  const first = await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  const id = await startRollout(w, t, 'v1.1.0', canarySteps)
  const baking = await drive(w, id, (r) => r.plan.steps[r.stepIndex]?.kind === 'bake')
  const startedAt = baking.runs[baking.stepIndex]?.startedAt ?? ''
  await w.cloud.control('clock', { advanceMs: 50_000 })
  const [stable, candidate] = [first.candidate?.revision ?? '', baking.candidate?.revision ?? '']
  await cloud.setSplit(t, { [stable]: 60, [candidate]: 40 })
  await drive(w, id, (r) => r.state === 'held')
  return { t, id, bake: baking.stepIndex, startedAt, stable, candidate }
}

test.each([
  ['adopted', (d: { id: string }) => adopt(manager, d), /adopted/],
  ['restored', (d: { id: string }) => restore(manager, d), /restored/],
  ['put back by hand', (d: Awaited<ReturnType<typeof disturbedLate>>) => cloud.setSplit(d.t, { [d.stable]: 90, [d.candidate]: 10 }), /intended one again/],
] as const)('the bake it happened in begins again, its time and its samples, once it is %s', async (_, settle, why) => {
  const d = await disturbedLate()
  await settle(d)
  const again = await drive(w, d.id, (r) => r.state === 'running' && r.intent === null && r.runs[d.bake]?.startedAt !== d.startedAt)
  const run = again.runs[d.bake]
  expect(run).toMatchObject({ state: 'running', trafficAt: null, measuredFrom: run?.startedAt, tries: [{ startedAt: d.startedAt, outcome: expect.stringMatching(why) }] })
  const done = await drive(w, d.id, ended)
  expect(done.state).toBe('succeeded')
  expect(Date.parse(done.runs[d.bake]?.endedAt ?? '') - Date.parse(run?.startedAt ?? '')).toBeGreaterThanOrEqual(60_000)
})

test('a step that waits for people goes on, and what is measured begins anew', async () => {
  const t = await makeTarget(w)
  await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  const [deploy, weight] = [{ kind: 'deploy', tag: null } as const, { kind: 'setWeight', percent: 10 } as const]
  const id = await startRollout(w, t, 'v1.1.0', [deploy, weight, { kind: 'approve', rule: { name: 'qa', count: 1, roles: ['release_manager'], exclude: [], expiresAfterMs: null } }, { kind: 'setWeight', percent: 100 }])
  const waiting = await drive(w, id, (r) => r.stepIndex === 2 && r.runs[2]?.state === 'running')
  expect(waiting.runs[2]?.trafficAt).toBeNull()
  await w.cloud.control('clock', { advanceMs: 50_000 })
  await cloud.setSplit(t, { [waiting.stable?.revision ?? '']: 60, [waiting.candidate?.revision ?? '']: 40 })
  await drive(w, id, (r) => r.state === 'held' && r.hold?.code === 'outside_change')
  const adopted = await adopt(manager, { id })
  const run = adopted.steps[2]?.run
  expect(run).toMatchObject({ state: 'running', startedAt: waiting.runs[2]?.startedAt, trafficAt: null, measuredFrom: expect.any(String), tries: [] })
})

test('a whole rollout changes only traffic and the deployed template fields', async () => {
  const t = await makeTarget(w)
  const parent = `projects/${t.locator.project}/locations/${t.locator.region}`
  const [made] = await cloud.services.createService({ parent, serviceId: t.locator.service, service: { annotations: { 'example.com/unknown': 'kept' }, labels: { team: 'a' }, scaling: { minInstanceCount: 3 }, template: { annotations: { 'example.com/t': 'kept' }, containers: [{ image: 'europe-docker.pkg.dev/test/api/api:v0.9.0', env: [{ name: 'A', value: '1' }] }] } } })
  await made.promise()
  const revision = (await cloud.read(t)).latestReadyRevision?.split('/').at(-1) ?? ''
  const REVISION = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION' as const
  const tags = Array.from({ length: 20 }, (_, i) => ({ type: REVISION, revision, tag: `t-${i}` }))
  const [tagged] = await cloud.services.updateService({ service: { name: t.fullName, traffic: [{ type: REVISION, revision, percent: 100 }, ...tags] }, updateMask: { paths: ['traffic'] } })
  await tagged.promise()
  const before = await cloud.read(t)
  const r = await drive(w, await startRollout(w, t, 'v1.1.0', canarySteps), ended)
  expect(r.state, JSON.stringify(r.hold)).toBe('succeeded')
  const after = await cloud.read(t)
  for (const field of ['annotations', 'labels', 'scaling', 'ingress', 'invokerIamDisabled', 'description', 'binaryAuthorization'] as const) expect(after[field], field).toEqual(before[field])
  expect(after.template?.annotations).toEqual(before.template?.annotations)
  expect(after.template?.containers?.[0]?.env).toEqual(before.template?.containers?.[0]?.env)
  expect(after.traffic?.filter((e) => e.tag?.startsWith('t-')).map((e) => [e.tag, e.revision]).toSorted()).toEqual(tags.map((e) => [e.tag, e.revision]).toSorted())
  expect(after.traffic?.some((e) => e.type === 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST')).toBe(false)
})

test('a deploy from outside in the middle copies our label, and is still not the candidate', async () => {
  const t = await makeTarget(w)
  await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  const id = await startRollout(w, t, 'v1.1.0', canarySteps)
  const baking = await drive(w, id, (r) => r.plan.steps[r.stepIndex]?.kind === 'bake')
  const s = await cloud.read(t)
  const template = { ...s.template, revision: '', containers: [{ ...s.template?.containers?.[0], image: 'europe-docker.pkg.dev/test/api/api:v6.6.6' }] }
  const [op] = await cloud.services.updateService({ service: { name: t.fullName, template }, updateMask: { paths: ['template'] } })
  await op.promise()
  const r = await drive(w, id, ended)
  expect(r).toMatchObject({ state: 'succeeded', candidate: { revision: baking.candidate?.revision } })
  expect(await liveSplit(t)).toEqual({ [`${baking.candidate?.revision}`]: 100 })
})

test('a stable older than the newest hundred revisions is still where it goes back to', async () => {
  const t = await makeTarget(w)
  const first = await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  await w.cloud.control('quota', { readsPerMinute: 100_000, writesPerMinute: 100_000 })
  for (let i = 0; i < 105; i++) {
    const [op] = await cloud.services.updateService({ service: { name: t.fullName, template: { containers: [{ image: `europe-docker.pkg.dev/test/api/api:p${i}` }] } }, updateMask: { paths: ['template'] } })
    await op.promise()
  }
  const id = await startRollout(w, t, 'v1.1.0', canarySteps)
  await drive(w, id, (r) => r.plan.steps[r.stepIndex]?.kind === 'bake')
  await abort(manager, { id })
  expect((await drive(w, id, ended)).state).toBe('rolled_back')
  expect(await liveSplit(t)).toEqual({ [`${first.candidate?.revision}`]: 100 })
})
