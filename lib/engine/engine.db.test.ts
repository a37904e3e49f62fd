import { expect, test } from 'vitest'
import { canarySteps, drive, ended, errorSpike, makeTarget, makeWorld, startRollout, straightSteps } from '#lib/engine/testing/world.ts'
import { db } from '#lib/platform/db/client.ts'

const w = await makeWorld()

test('a first release creates the service, pins it by name and is proven', async () => {
  const t = await makeTarget(w)
  const r = await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  expect(r).toMatchObject({ state: 'succeeded', observedSplit: { [`${r.candidate?.revision}`]: 100 } })
  expect(await db.targetRevision.findFirst({ where: { targetId: t.id } })).toMatchObject({ proven: 'proven' })
})

test('a canary goes by 10 to 100, each write once, and only traffic is written', async () => {
  const t = await makeTarget(w)
  await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  await w.cloud.control('calls', undefined, 'DELETE')
  const r = await drive(w, await startRollout(w, t, 'v1.1.0', canarySteps, errorSpike), ended)
  expect(r.state, JSON.stringify([r.hold, r.endReason])).toBe('succeeded')
  const writes = await w.cloud.calls({ write: true, service: t.locator.service })
  expect(writes.map((c) => c.updateMask)).toEqual(['template', 'traffic', 'traffic', 'traffic'])
  // However often turns decide on one reading: before each write there is one of its own, and after the last as well.
  const reads = (await w.cloud.calls({ write: false, rpc: 'GetService', service: t.locator.service })).map((c) => c.seq)
  const bounds = [0, ...writes.map((c) => c.seq), Infinity]
  for (const [i, from] of bounds.slice(0, -1).entries()) expect(reads.some((seq) => seq > from && seq < (bounds[i + 1] ?? Infinity)), `a read before write ${i + 1}`).toBe(true)
})

test('a release that fails 5% of requests is rolled back by itself at 10%', async () => {
  const t = await makeTarget(w)
  const first = await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  const r = await drive(w, await startRollout(w, t, 'v1.2.0-err5', canarySteps, errorSpike), ended)
  expect(r.state).toBe('rolled_back')
  expect(r.observedSplit).toEqual({ [`${first.candidate?.revision}`]: 100 })
  expect(r.endReason).toMatch(/error spike: \d+ of [\d,]+ requests failed, \d/)
  expect(await db.targetHold.findFirst({ where: { targetId: t.id } })).toMatchObject({ digests: [r.plan.digest], liftedAt: null })
})

test('a revision that never becomes ready fails without a traffic write', async () => {
  const t = await makeTarget(w)
  await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  await w.cloud.control('calls', undefined, 'DELETE')
  const r = await drive(w, await startRollout(w, t, 'v1.3.0-crash', canarySteps), ended)
  expect(r.state).toBe('failed')
  expect(await w.cloud.calls({ write: true, service: t.locator.service })).toHaveLength(1)
})
