import { afterEach, expect, test } from 'vitest'
import { outsider } from '#lib/engine/testing/outside.ts'
import { person } from '#lib/engine/testing/people.ts'
import { copyDatabase, use } from '#lib/engine/testing/restore.ts'
import { canarySteps, drive, ended, makeTarget, makeWorld, startRollout, straightSteps, type TestTarget } from '#lib/engine/testing/world.ts'
import { runRollout } from '#lib/engine/run.ts'
import { moveClock, nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { meetDatabase } from '#lib/restored/service.ts'
import { unveto, veto } from '#lib/releases/service.ts'
import type { StepPlan } from '#lib/rollouts/schema.ts'
import { abort, adopt, pause } from '#lib/rollouts/service.ts'
import { findRollout } from '#lib/rollouts/store.ts'
import { rollBack } from '#lib/targets/rollback.ts'

const w = await makeWorld()
await meetDatabase()
afterEach(() => use(w.database.url))

const manager = person('release_manager')
const bakeAtNothing: StepPlan[] = [{ kind: 'deploy', tag: 'blue' }, { kind: 'bake', durationMs: 60_000, early: false }, { kind: 'setWeight', percent: 100 }]
const isBaking = (r: { plan: { steps: StepPlan[] }; stepIndex: number }) => r.plan.steps[r.stepIndex]?.kind === 'bake'

let copies = 0
const backUp = () => copyDatabase(w.database.url, `older_${process.pid}_${++copies}`)
const writes = async () => (await w.cloud.calls({ write: true })).length
const live = async (t: TestTarget) => Object.fromEntries((await outsider(w).read(t)).trafficStatuses?.filter((s) => s.percent).map((s) => [s.revision, s.percent]) ?? [])

/** Wakes it a day long, as a worker would. */
async function aDayLater(id: string): Promise<void> {
  for (let hour = 0; hour < 24; hour += 1) {
    await moveClock(3_600_000)
    await runRollout(id, 'later')
  }
}

/** The backup has v1.1.0 baking without traffic; after it was taken, it went out and was rolled back. */
async function rolledBackAfterTheBackup() {
  const t = await makeTarget(w)
  const r1 = (await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)).candidate?.revision ?? ''
  const id = await startRollout(w, t, 'v1.1.0', bakeAtNothing)
  await drive(w, id, isBaking)
  const backup = await backUp()
  await use(w.database.url)
  expect((await drive(w, id, ended)).state).toBe('succeeded')
  expect((await drive(w, (await rollBack(person('on_call'), { id: t.id, reason: 'errors' })).id, ended)).state).toBe('succeeded')
  expect(await live(t)).toEqual({ [r1]: 100 })
  return { t, id, r1, backup, before: await writes() }
}

test('what was rolled back after the backup is not shipped again, although what is live looks as intended', async () => {
  const { t, id, r1, backup, before } = await rolledBackAfterTheBackup()
  await use(backup)
  await meetDatabase()
  expect(await findRollout(id)).toMatchObject({ state: 'held', hold: { code: 'outside_change', details: { restored: true } } })
  await aDayLater(id)
  expect((await findRollout(id))?.state, 'it waits for a person, however long').toBe('held')
  expect(await db.auditEvent.count({ where: { subjectId: id, verb: 'rollout.held' } })).toBe(1)
  expect((await abort(manager, { id, reason: 'it was rolled back' })).state).toBe('cancelled')
  expect([await live(t), await writes()]).toEqual([{ [r1]: 100 }, before])
})

test('what changes and comes back meanwhile does not let it go; adopt does', async () => {
  const { t, id, r1, backup } = await rolledBackAfterTheBackup()
  await use(backup)
  await meetDatabase()
  const candidate = (await findRollout(id))?.candidate?.revision ?? ''
  await outsider(w).setSplit(t, { [r1]: 50, [candidate]: 50 })
  await aDayLater(id)
  expect((await findRollout(id))?.hold?.details).toMatchObject({ restored: true, observed: { [r1]: 50, [candidate]: 50 } })
  await outsider(w).setSplit(t, { [r1]: 100 })
  await aDayLater(id)
  expect((await findRollout(id))?.state).toBe('held')
  await adopt(manager, { id })
  await aDayLater(id)
  expect((await findRollout(id))?.state).toBe('succeeded')
  expect(await live(t)).toEqual({ [candidate]: 100 })
})

test('Roll back is open at once, and is not taken for a memory', async () => {
  const { t, id, backup } = await rolledBackAfterTheBackup()
  await use(backup)
  await outsider(w).setSplit(t, { [(await findRollout(id))?.candidate?.revision ?? '']: 100 })
  const back = await drive(w, (await rollBack(person('on_call'), { id: t.id, reason: 'errors' })).id, ended)
  expect(back.state).toBe('succeeded')
  expect((await findRollout(id))?.state).toBe('superseded')
})

test('a way back of then is not gone again: the split of now stays, and what was judged stays held', async () => {
  const t = await makeTarget(w)
  await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  const id = await startRollout(w, t, 'v1.1.0', canarySteps)
  await drive(w, id, isBaking)
  await abort(manager, { id, reason: 'slow' })
  const backup = await backUp()
  await use(w.database.url)
  await drive(w, id, ended)
  const r3 = (await drive(w, await startRollout(w, t, 'v1.2.0', straightSteps), ended)).candidate?.revision ?? ''
  const before = await writes()

  await use(backup)
  await moveClock(600_000)
  await meetDatabase()
  await aDayLater(id)
  expect(await findRollout(id)).toMatchObject({ state: 'failed', endReason: expect.stringContaining('slow') })
  expect(await db.targetHold.count({ where: { targetId: t.id, liftedAt: null, rolloutId: id } })).toBe(1)
  expect([await live(t), await writes()]).toEqual([{ [r3]: 100 }, before])
})

test('a press of just now goes on after a standby took over, and pressed again it is the same: nobody is sent two versions back', async () => {
  const t = await makeTarget(w)
  await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  const r2 = (await drive(w, await startRollout(w, t, 'v1.1.0', straightSteps), ended)).candidate?.revision ?? ''
  await drive(w, await startRollout(w, t, 'v1.2.0', straightSteps), ended)
  const onCall = person('on_call')
  // The answer to the write is lost; then the database goes, before anybody read back.
  await w.cloud.control('faults', { rpc: 'UpdateService', service: t.locator.service, kind: 'reset', times: 1 })
  await expect(rollBack(onCall, { id: t.id, reason: 'errors' })).rejects.toMatchObject({ code: 'provider_error' })
  const { id } = await db.rollout.findFirstOrThrow({ where: { targetId: t.id, kind: 'rollback' } })
  await use(await backUp())
  await meetDatabase()
  expect((await findRollout(id))?.state).toBe('running')
  expect((await drive(w, id, ended)).state).toBe('succeeded')
  expect((await rollBack(onCall, { id: t.id, reason: 'errors' })).id).toBe(id)
  expect(await live(t)).toEqual({ [r2]: 100 })
})

test('a veto that comes and goes does not let it go', async () => {
  const { id, backup } = await rolledBackAfterTheBackup()
  await use(backup)
  await meetDatabase()
  const { releaseId } = await db.rollout.findUniqueOrThrow({ where: { id } })
  await veto(manager, { id: releaseId ?? '', reason: 'bad' })
  await aDayLater(id)
  expect((await findRollout(id))?.hold).toMatchObject({ code: 'vetoed', details: { restored: true } })
  await unveto(manager, { id: releaseId ?? '', reason: 'it was another' })
  await aDayLater(id)
  expect((await findRollout(id))?.hold).toMatchObject({ code: 'outside_change', details: { restored: true } })
})

test('that a person had paused it is not forgotten', async () => {
  const t = await makeTarget(w)
  await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  const id = await startRollout(w, t, 'v1.1.0', bakeAtNothing)
  await drive(w, id, isBaking)
  await pause(manager, { id })
  await use(await backUp())
  await meetDatabase()
  expect((await findRollout(id))?.hold?.details).toEqual({ restored: true, paused: true })
})

test('the same database is met again and again without a change, and by several at once', async () => {
  const t = await makeTarget(w)
  const id = await startRollout(w, t, 'v1.0.0', straightSteps)
  await Promise.all([1, 2, 3, 4].map(() => meetDatabase()))
  expect((await findRollout(id))?.state).toBe('pending')
  await use(await backUp())
  await Promise.all([1, 2, 3, 4].map(() => meetDatabase()))
  expect((await findRollout(id))?.state).toBe('held')
  expect(await db.auditEvent.count({ where: { subjectId: id, verb: 'rollout.held' } })).toBe(1)
  await adopt(manager, { id })
  await meetDatabase()
  expect((await drive(w, id, ended)).state).toBe('succeeded')
})

test('a role without special rights may ask which database this is', async () => {
  const role = `plain_${await nowMs()}`
  await db.$executeRawUnsafe(`create role ${role}`)
  const [row] = await db.$transaction(async (tx) => {
    await tx.$executeRawUnsafe(`set local role ${role}`)
    return tx.$queryRaw<{ identity: string }[]>`select database_identity_now() as identity`
  })
  expect(row?.identity).toMatch(/^\d+:\d+:\d+:[0-9A-F]{8}$/)
})
