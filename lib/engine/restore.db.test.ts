import { expect, test } from 'vitest'
import { outsider } from '#lib/engine/testing/outside.ts'
import { copyDatabase, use } from '#lib/engine/testing/restore.ts'
import { person } from '#lib/engine/testing/people.ts'
import { canarySteps, drive, ended, makeTarget, makeWorld, startRollout, straightSteps } from '#lib/engine/testing/world.ts'
import { runRollout } from '#lib/engine/run.ts'
import { moveClock } from '#lib/platform/clock.ts'
import { meetDatabase } from '#lib/restored/service.ts'
import { adopt } from '#lib/rollouts/service.ts'
import { findRollout } from '#lib/rollouts/store.ts'
import { plan, shift } from '#lib/targets/shift.ts'

const w = await makeWorld()

const copy = (name: string) => copyDatabase(w.database.url, `${name}_${Date.now()}`)
// The one that is copied was worked on.
await meetDatabase()

test('after a restore of an older database the live world is adopted and nothing is replayed', async () => {
  const t = await makeTarget(w)
  await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  const id = await startRollout(w, t, 'v1.1.0', canarySteps)
  const before = await drive(w, id, (r) => r.plan.steps[r.stepIndex]?.kind === 'bake')
  const backup = await copy('restored')
  const done = await drive(w, id, ended)
  expect(done.state).toBe('succeeded')

  await use(backup)
  await w.cloud.control('calls', undefined, 'DELETE')
  await runRollout(id, 'too early')
  expect((await findRollout(id))?.version, 'nothing is driven before the database was met').toBe(before.version)
  await meetDatabase()
  const held = await drive(w, id, (r) => r.hold?.details?.['observed'] !== undefined)
  expect(held.hold).toMatchObject({ code: 'outside_change', details: { restored: true, observed: { [`${done.candidate?.revision}`]: 100 } } })
  await runRollout(id, 'again')
  expect(await w.cloud.calls({ write: true }), 'nothing is written for the past').toEqual([])

  await adopt(person('release_manager'), { id })
  // The emulated cloud keeps the time of the database it was started with: the restored one is moved here.
  await moveClock(600_000)
  const adopted = await drive(w, id, ended)
  expect(adopted.state).toBe('succeeded')
  expect(await w.cloud.calls({ write: true }), 'the live world was right already').toEqual([])
  expect((await outsider(w).read(t)).trafficStatuses?.filter((s) => s.percent)).toHaveLength(1)
  await use(w.database.url)
})

test('a split by hand that was open then is finished if it is live, else it ends; neither writes', async () => {
  const t = await makeTarget(w)
  const ship = async (tag: string) => (await drive(w, await startRollout(w, t, tag, straightSteps), ended)).candidate?.revision ?? ''
  const [r1, r2] = [await ship('v1.0.0'), await ship('v1.1.0')]
  const manager = person('release_manager')
  const input = { id: t.id, split: { [r1]: 30, [r2]: 70 } }
  const { id } = await shift(manager, { ...input, planHash: (await plan(manager, input)).planHash, reason: 'slow' })
  const [one, other] = [await copy('restored_one'), await copy('restored_other')]
  await use(w.database.url)
  expect((await drive(w, id, ended)).state).toBe('succeeded')
  await w.cloud.control('calls', undefined, 'DELETE')

  await use(one)
  await meetDatabase()
  expect((await drive(w, id, ended)).state, 'live already').toBe('succeeded')
  await outsider(w).setSplit(t, { [r1]: 80, [r2]: 20 })
  await use(other)
  await meetDatabase()
  expect((await drive(w, id, ended)).state, 'changed since').toBe('cancelled')
  expect((await w.cloud.calls({ write: true })).filter((c) => c.requestReason?.startsWith('sluice')), 'nothing is written for the past').toEqual([])
  await use(w.database.url)
})
