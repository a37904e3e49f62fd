import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { placeOf } from '#lib/access/places.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const application = await db.application.create({ data: { slug: 'red', title: 'Red', owner: 'o', yaml: '', blueprint: {}, blueprintHash: '' } })
const environment = await db.environment.create({ data: { applicationId: application.id, slug: 'production', tier: 'production', position: 0 } })
const service = await db.service.create({ data: { applicationId: application.id, slug: 'api', kind: 'service', position: 0 } })
const target = await db.target.create({ data: { environmentId: environment.id, serviceId: service.id, provider: 'cloud-run', locator: {} } })
const release = await db.release.create({ data: { applicationId: application.id, version: '1.0.0', commit: '9d12ce8', createdBy: 'dora', createdAt: new Date() } })
const promotion = await db.promotion.create({ data: { releaseId: release.id, environmentId: environment.id, requestedById: 'd', requestedBy: 'dora', start: 'auto', content: {}, contentHash: '', plan: {}, gates: {}, createdAt: new Date() } })
const rollout = await db.rollout.create({ data: { targetId: target.id, kind: 'promotion', plan: {}, contentHash: '', steps: [], verdicts: [], createdBy: 'dora', createdAt: new Date() } })

const inEnvironment = { applicationId: application.id, environmentId: environment.id }
test.each([
  ['application', application.id, { applicationId: application.id }],
  ['application', 'red', { applicationId: application.id }],
  ['release', release.id, { applicationId: application.id }],
  ['target', target.id, inEnvironment],
  ['promotion', promotion.id, inEnvironment],
  ['rollout', rollout.id, inEnvironment],
  ['rollout', randomUUID(), null],
  ['rollout', 'no id at all', null],
  ['weather', rollout.id, null],
])('%s %s is where its environment is', async (topic, id, place) => {
  expect(await placeOf(topic, id)).toEqual(place)
})
