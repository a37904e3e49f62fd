import { expect, test } from 'vitest'
import { systemActor } from '#lib/access/actor.ts'
import { applyIn } from '#lib/blueprints/service.ts'
import { readBlueprint } from '#lib/blueprints/read.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { openHold } from '#lib/targets/holds.ts'

await testDatabase()
const atMs = 1_700_000_000_000

/** Applies an application whose production has these services at these places. */
async function apply(name: string, places: Record<string, string>): Promise<void> {
  const services = Object.keys(places).map((s) => `{ name: ${s}, kind: service }`)
  const targets = Object.entries(places).map(([service, place]) => `{ service: ${service}, cloudRun: { project: ${name}, region: us-central1, service: ${place} } }`)
  const read = readBlueprint(`
apiVersion: sluice/v1
kind: Application
metadata: { name: ${name}, title: ${name}, owner: team }
spec:
  services: [${services.join(', ')}]
  environments:
    - { name: production, tier: staging, strategy: straight, targets: [${targets.join(', ')}] }
  strategies: [{ name: straight, steps: [{ deploy: {} }, { setWeight: 100 }] }]
`)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  await db.$transaction((tx) => applyIn(tx, systemActor('tester'), read, { yaml: '' }))
}
const targetOf = (name: string, service: string) => db.target.findFirstOrThrow({ where: { service: { slug: service }, environment: { application: { slug: name } } } })
const hold = async (name: string, service: string, digest: string) => {
  const { id: targetId } = await targetOf(name, service)
  await db.$transaction((tx) => openHold(tx, { targetId, digests: [digest], releaseId: null, rolloutId: null, reason: 'errors at night', byName: 'olga', atMs }))
}
const heldAt = async (name: string, service: string) => (await db.targetHold.findMany({ where: { targetId: (await targetOf(name, service)).id, liftedAt: null } })).map(({ digests, reason, byName, at }) => ({ digests, reason, byName, atMs: at.getTime() }))
const theHold = (digest: string) => ({ digests: [digest], reason: 'errors at night', byName: 'olga', atMs })

test('a hold goes over to the target that stands for the same service under another name', async () => {
  await apply('renamed', { api: 'place', web: 'other' })
  await hold('renamed', 'api', 'sha256:bad')
  await apply('renamed', { backend: 'place', web: 'other' })
  expect(await heldAt('renamed', 'backend')).toEqual([theHold('sha256:bad')])
  expect([await heldAt('renamed', 'api'), await heldAt('renamed', 'web')]).toEqual([[], []])
  const backend = await targetOf('renamed', 'backend')
  expect(await db.auditEvent.findFirst({ where: { verb: 'target.hold_carried' } })).toMatchObject({ subjectId: backend.id, subjects: expect.arrayContaining([`target:${(await targetOf('renamed', 'api')).id}`]) as unknown })
})

test('also when its old name went an apply earlier, and back again', async () => {
  await apply('later', { api: 'place', web: 'other' })
  await hold('later', 'api', 'sha256:bad')
  await apply('later', { web: 'other' })
  await apply('later', { backend: 'place', web: 'other' })
  expect(await heldAt('later', 'backend')).toEqual([theHold('sha256:bad')])
  await apply('later', { api: 'place', web: 'other' })
  expect([await heldAt('later', 'api'), await heldAt('later', 'backend')]).toEqual([[theHold('sha256:bad')], []])
})

test('places that change hands are each held as before, and what moved keeps its own hold', async () => {
  await apply('swapped', { api: 'one', web: 'two' })
  await hold('swapped', 'api', 'sha256:bad')
  await apply('swapped', { api: 'two', web: 'one' })
  expect([await heldAt('swapped', 'api'), await heldAt('swapped', 'web')]).toEqual([[theHold('sha256:bad')], [theHold('sha256:bad')]])
})

test('a hold that was lifted, or is on another place, goes nowhere', async () => {
  await apply('apart', { api: 'place', web: 'other' })
  await hold('apart', 'api', 'sha256:bad')
  await apply('apart', { backend: 'third', web: 'other' })
  expect(await heldAt('apart', 'backend')).toEqual([])
  await db.targetHold.updateMany({ where: { liftedAt: null }, data: { liftedAt: new Date(atMs) } })
  await apply('apart', { backend: 'place', web: 'other' })
  expect(await heldAt('apart', 'backend')).toEqual([])
})
