import { expect, test } from 'vitest'
import { person } from '#lib/engine/testing/people.ts'
import { drive, ended, makeTarget, makeWorld, startRollout, straightSteps } from '#lib/engine/testing/world.ts'
import { rollBack } from '#lib/targets/rollback.ts'
import { plan, shift } from '#lib/targets/shift.ts'
import { view } from '#lib/targets/service.ts'

const w = await makeWorld()
const manager = person('release_manager')

test('after a split by hand, Roll back of the next release goes to what it was shipped from', async () => {
  const t = await makeTarget(w)
  const ship = async (tag: string) => (await drive(w, await startRollout(w, t, tag, straightSteps), ended)).candidate?.revision ?? ''
  const [r1, r2] = [await ship('v1.0.0'), await ship('v2.0.0')]
  const split = { [r1]: 100 }
  const { planHash } = await plan(manager, { id: t.id, split })
  await drive(w, (await shift(manager, { id: t.id, split, planHash, reason: 'v2 is slow' })).id, ended)
  const r3 = await ship('v3.0.0')
  const { rollback } = await view(manager, { id: t.id, fresh: '1' })
  expect(rollback).toMatchObject({ ready: true, revision: r1, from: { revision: r3 }, skipped: [{ revision: r2, reason: `${r1} is what served before` }] })
  expect((await rollBack(manager, { id: t.id, reason: 'errors' })).split.desired).toEqual(split)
})
