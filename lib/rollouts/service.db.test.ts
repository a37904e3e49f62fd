import { expect, test } from 'vitest'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { makePerson, makeWorld } from '#lib/promotions/testing/world.ts'
import { createRollout } from '#lib/rollouts/create.ts'
import { CloudRunLocator } from '#lib/rollouts/schema.ts'
import { summaries } from '#lib/rollouts/service.ts'

await testDatabase()

test('summaries are of those rollouts that the actor may see', async () => {
  const world = await makeWorld()
  const ids: Record<string, string> = {}
  for (const [environment, targets] of Object.entries(world.targets)) {
    const target = await db.target.findUniqueOrThrow({ where: { id: targets['api'] ?? '' } })
    const plan = { service: 'api', provider: 'cloud-run' as const, locator: CloudRunLocator.parse(target.locator), metrics: null, strategy: 'straight', steps: [], analysis: { notEnoughData: { afterMs: 1, then: 'ask' as const }, cannotMeasure: { afterMs: 1, then: 'ask' as const }, rules: [] }, config: {}, image: '', digest: '' }
    ids[environment] = await db.$transaction((tx) => createRollout(tx, { targetId: target.id, kind: 'shift', promotionId: null, releaseId: null, groupIndex: 0, plan, contentHash: '', candidate: null, createdBy: 'tester', createdById: null, nowMs: 0 }))
  }
  const bound = await makePerson('viewer', { grants: [{ role: 'viewer', applicationId: world.applicationId, environmentId: world.environments['staging'] ?? '' }] })
  expect((await summaries(bound, Object.values(ids))).map((r) => r.id)).toEqual([ids['staging']])
  const everywhere = await makePerson('viewer')
  expect((await summaries(everywhere, Object.values(ids))).map((r) => r.id).toSorted()).toEqual(Object.values(ids).toSorted())
  const nobody = { ...everywhere, grants: [] }
  expect(await summaries(nobody, Object.values(ids))).toEqual([])
})
