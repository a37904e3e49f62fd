import { expect, test } from 'vitest'
import { outsider } from '#lib/engine/testing/outside.ts'
import { person } from '#lib/engine/testing/people.ts'
import { drive, ended, makeTarget, makeWorld, startRollout, straightSteps, type TestTarget } from '#lib/engine/testing/world.ts'
import { runRollout } from '#lib/engine/run.ts'
import { db } from '#lib/platform/db/client.ts'
import { abort, pause, resume, retry } from '#lib/rollouts/service.ts'
import { findRollout } from '#lib/rollouts/store.ts'
import { rollBack } from '#lib/targets/rollback.ts'
import { restore, view } from '#lib/targets/service.ts'
import { plan, shift } from '#lib/targets/shift.ts'
import { observeQuietly } from '#lib/targets/watch.ts'

const w = await makeWorld()
const cloud = outsider(w)
const manager = person('release_manager')
const reason = 'slow queries'
const liveSplit = async (t: TestTarget) => Object.fromEntries(((await cloud.read(t)).trafficStatuses ?? []).filter((s) => s.percent).map((s) => [s.revision, s.percent]))
const ours = async (t: TestTarget) => (await w.cloud.calls({ write: true, service: t.locator.service, rpc: 'UpdateService' })).filter((c) => c.requestReason?.startsWith('sluice'))
const fault = (t: TestTarget, kind: string, more: Record<string, unknown> = {}) => w.cloud.control('faults', { rpc: 'UpdateService', service: t.locator.service, kind, times: 1, ...more })

/** Two releases are out, and a split of 30/70 has been planned and asked. */
async function asked(before: (t: TestTarget) => Promise<unknown> = () => Promise.resolve()) {
  const t = await makeTarget(w)
  const [r1 = '', r2 = ''] = [await ship(t, 'v1.0.0'), await ship(t, 'v1.1.0')]
  await before(t)
  const input = { id: t.id, split: { [r1]: 30, [r2]: 70 } }
  const { planHash } = await plan(manager, input)
  await w.cloud.control('calls', undefined, 'DELETE')
  const { id } = await shift(manager, { ...input, planHash, reason })
  return { t, id, r1, r2, planned: input.split }
}
const ship = async (t: TestTarget, tag: string) => (await drive(w, await startRollout(w, t, tag, straightSteps), ended)).candidate?.revision

test('a change between the press and the write is not written over, and the rollout says so', async () => {
  const { t, id, r1, r2 } = await asked()
  await cloud.setSplit(t, { [r1]: 80, [r2]: 20 })
  const r = await drive(w, id, ended)
  expect(r).toMatchObject({ state: 'cancelled', endReason: expect.stringMatching(/the live service changed after the plan was made, it is at 80% .*: nothing was written; plan again/) })
  expect(await ours(t)).toEqual([])
  expect(await liveSplit(t)).toEqual({ [r1]: 80, [r2]: 20 })
  await w.cloud.control('clock', { advanceMs: 60_000 })
  await observeQuietly(t.id)
  expect((await view(manager, { id: t.id })).drift, 'what was intended stays, so the change shows').toMatchObject({ expected: { [r2]: 100 }, observed: { [r1]: 80, [r2]: 20 } })
})

test('a change that leaves the traffic alone was not in the plan either', async () => {
  const { t, id, r2 } = await asked()
  const [op] = await cloud.services.updateService({ service: { name: t.fullName, labels: { team: 'b' } }, updateMask: { paths: ['labels'] } })
  await op.promise()
  expect(await drive(w, id, ended)).toMatchObject({ state: 'cancelled', endReason: expect.stringMatching(/nothing was written/) })
  expect(await liveSplit(t)).toEqual({ [r2]: 100 })
})

test('a change that arrives with the write itself is refused by the etag', async () => {
  const { t, id, r1, r2 } = await asked()
  await w.cloud.control('faults', { rpc: 'UpdateService', service: t.locator.service, kind: 'delay', delayMs: 2_500, times: 1 })
  const turn = runRollout(id, 'test')
  await expect.poll(async () => (await ours(t)).length).toBe(1)
  await cloud.setSplit(t, { [r1]: 80, [r2]: 20 })
  await turn
  const r = await drive(w, id, ended)
  const writes = await ours(t)
  expect(writes.map((c) => c.status)).toEqual([409])
  expect(r).toMatchObject({ state: 'cancelled', endReason: expect.stringMatching(/nothing was written/) })
  expect(await liveSplit(t)).toEqual({ [r1]: 80, [r2]: 20 })
})

test.each([
  ['a conflict that nobody caused', 'etag_conflict', {}],
  ['a quota', 'error', { status: 429 }],
  ['a bad moment of the provider', 'error', { status: 503 }],
  ['a call that never arrived', 'reset', {}],
] as const)('%s: tried again on the same plan, and written once', async (_what, kind, more) => {
  const { t, id, planned } = await asked()
  await fault(t, kind, more)
  const r = await drive(w, id, ended)
  expect(r.state, r.endReason ?? '').toBe('succeeded')
  expect(await liveSplit(t)).toEqual(planned)
  expect((await ours(t)).map((c) => c.status === 200)).toEqual([false, true])
})

/** A worker says what it writes and is not heard of again; its call may have arrived at the provider, or arrives later. */
async function vanishes(t: TestTarget, id: string) {
  const before = (await findRollout(id))?.intent
  await fault(t, 'reset')
  await runRollout(id, 'killed')
  const said = (await findRollout(id))?.intent
  expect(said).toMatchObject({ purpose: 'shift', etag: before && 'etag' in before ? before.etag : '' })
  expect(said).not.toMatchObject({ called: false })
  await w.cloud.control('calls', undefined, 'DELETE')
}

test('killed between the write and the read-back: it is found done, and not written again', async () => {
  const { t, id, planned } = await asked()
  await vanishes(t, id)
  await cloud.setSplit(t, planned)
  expect((await drive(w, id, ended)).state).toBe('succeeded')
  expect(await ours(t)).toEqual([])
  expect((await db.target.findUniqueOrThrow({ where: { id: t.id } })).intended).toMatchObject({ split: planned })
})

test('killed after it was said and before it was written: written once', async () => {
  const { t, id, planned } = await asked()
  await vanishes(t, id)
  expect((await drive(w, id, ended)).state).toBe('succeeded')
  expect((await ours(t)).map((c) => c.status)).toEqual([200])
  expect(await liveSplit(t)).toEqual(planned)
})

test('a write that settles slowly is waited for, not repeated', async () => {
  const { t, id, planned } = await asked(() => w.cloud.control('operations', { delayMs: 20_000 }))
  const r = await drive(w, id, ended)
  await w.cloud.control('operations', {})
  expect(r.state).toBe('succeeded')
  expect(await ours(t)).toHaveLength(1)
  expect(await liveSplit(t)).toEqual(planned)
})

test('not known whether it was written, then changed by somebody else: that is said, and nothing is written', async () => {
  const { t, id, r1, r2 } = await asked()
  await vanishes(t, id)
  await cloud.setSplit(t, { [r1]: 80, [r2]: 20 })
  expect(await drive(w, id, ended)).toMatchObject({ state: 'cancelled', endReason: expect.stringMatching(/whether the planned split was live in between is not known/) })
  expect(await ours(t)).toEqual([])
  expect(await liveSplit(t)).toEqual({ [r1]: 80, [r2]: 20 })
})

test('refused by the provider and cured: tried again on the same plan, or not at all', async () => {
  const { t, id, planned } = await asked()
  await fault(t, 'error', { status: 403 })
  expect(await drive(w, id, (r) => r.state === 'held')).toMatchObject({ hold: { code: 'provider_error' } })
  await runRollout(id, 'again')
  expect(await ours(t), 'nothing is written while it waits').toHaveLength(1)
  await retry(manager, { id })
  expect((await drive(w, id, ended)).state).toBe('succeeded')
  expect(await liveSplit(t)).toEqual(planned)

  const other = await asked()
  await pause(manager, { id: other.id })
  await cloud.setSplit(other.t, { [other.r1]: 80, [other.r2]: 20 })
  await runRollout(other.id, 'again')
  expect(await findRollout(other.id)).toMatchObject({ state: 'paused' })
  await resume(manager, { id: other.id })
  expect((await drive(w, other.id, ended)).state).toBe('cancelled')
  expect(await ours(other.t)).toEqual([])
})

test('abort and Roll back find their way from a shift that was not written yet', async () => {
  const a = await asked()
  await abort(manager, { id: a.id, reason })
  expect((await drive(w, a.id, ended)).state).toBe('cancelled')
  expect(await ours(a.t), 'nothing is taken back that was never written').toEqual([])
  expect(await liveSplit(a.t)).toEqual({ [a.r2]: 100 })
  const b = await asked()
  await drive(w, (await rollBack(manager, { id: b.t.id, reason })).id, ended)
  expect(await findRollout(b.id)).toMatchObject({ state: 'superseded' })
  expect(await liveSplit(b.t)).toEqual({ [b.r1]: 100 })
})

/** r2 serves all and carries our tag; somebody moves 40% and the tag to r1, and it is seen. */
async function drifted() {
  const t = await makeTarget(w)
  const r1 = (await ship(t, 'v1.0.0')) ?? ''
  const r2 = (await drive(w, await startRollout(w, t, 'v1.1.0', [{ kind: 'deploy', tag: 'blue' }, { kind: 'setWeight', percent: 100 }]), ended)).candidate?.revision ?? ''
  const type = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION' as const
  const [op] = await cloud.services.updateService({ service: { name: t.fullName, traffic: [{ type, revision: r1, percent: 40 }, { type, revision: r2, percent: 60 }, { type, revision: r1, tag: 'blue' }, { type, revision: r1, tag: 'theirs' }] }, updateMask: { paths: ['traffic'] } })
  await op.promise()
  await observeQuietly(t.id)
  return { t, r1, r2 }
}

test('restoring drift puts back shares and our tags, and leaves the tags of others', async () => {
  const { t, r1, r2 } = await drifted()
  const { openRollout } = await restore(manager, { id: t.id, reason })
  expect((await drive(w, openRollout ?? '', ended)).state).toBe('succeeded')
  expect(await liveSplit(t)).toEqual({ [r2]: 100 })
  expect(Object.fromEntries(((await cloud.read(t)).traffic ?? []).filter((e) => e.tag).map((e) => [e.tag, e.revision]))).toEqual({ blue: r2, theirs: r1 })
})

test('restoring drift does not write over what came after it was looked at', async () => {
  const { t, r1, r2 } = await drifted()
  const { openRollout } = await restore(manager, { id: t.id, reason })
  await cloud.setSplit(t, { [r1]: 5, [r2]: 95 })
  await w.cloud.control('calls', undefined, 'DELETE')
  expect((await drive(w, openRollout ?? '', ended)).state).toBe('cancelled')
  expect(await ours(t)).toEqual([])
  expect(await liveSplit(t)).toEqual({ [r1]: 5, [r2]: 95 })
  expect((await db.target.findUniqueOrThrow({ where: { id: t.id } })).intended).toMatchObject({ split: { [r2]: 100 } })
})
