import { expect, test } from 'vitest'
import { type Actor, can, type Grant } from '#lib/access/actor.ts'
import { seenApplication, seenEnvironment } from '#lib/access/seen.ts'
import { db } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { read } from '#lib/platform/db/read.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const names = ['red', 'blue'] as const
for (const slug of names) {
  await db.application.create({
    data: { slug, title: slug, owner: 'o', yaml: '', blueprint: {}, blueprintHash: '', environments: { create: ['staging', 'production', 'retired'].map((name, position) => ({ slug: name, tier: name, position, retiredAt: name === 'retired' ? new Date() : null })) } },
  })
}
const applications = await db.application.findMany({ include: { environments: true }, orderBy: { slug: 'asc' } })
const environments = applications.flatMap((a) => a.environments)
const idOf = (application: string, environment?: string): Pick<Grant, 'applicationId' | 'environmentId'> => {
  const a = applications.find((x) => x.slug === application)
  return { applicationId: a?.id ?? null, environmentId: a?.environments.find((e) => e.slug === environment)?.id ?? null }
}
const everywhere = { applicationId: null, environmentId: null }
const actor = (grants: readonly Grant[], scopes: Actor['scopes'] = null): Actor => ({ kind: 'person', id: 'p', name: 'p', email: '', grants, scopes, tokenId: null, requestId: null })

test.each<[string, Actor]>([
  ['nobody', actor([])],
  ['a viewer of everything', actor([{ role: 'viewer', ...everywhere }])],
  ['a viewer of one application', actor([{ role: 'viewer', ...idOf('red') }])],
  ['an approver of one environment', actor([{ role: 'release_manager', ...idOf('blue', 'production') }])],
  ['a person with several roles', actor([{ role: 'viewer', ...idOf('red', 'staging') }, { role: 'developer', ...idOf('red', 'staging') }, { role: 'admin', ...idOf('blue') }])],
  ['a role in an environment that is retired', actor([{ role: 'viewer', ...idOf('red', 'retired') }])],
  ['an environment under the wrong application', actor([{ role: 'viewer', applicationId: idOf('red').applicationId, environmentId: idOf('blue', 'staging').environmentId }])],
  ['a token that may not view', actor([{ role: 'admin', ...everywhere }], ['operate'])],
])('%s sees by statement what the rule of access lets them see', async (_, who) => {
  const seen = await read<{ id: string }>(Prisma.sql`select e.id from environment e where ${seenEnvironment(who)}`)
  const may = environments.filter((e) => can(who, 'view', { applicationId: e.applicationId, environmentId: e.id }))
  expect(seen.map((e) => e.id).toSorted()).toEqual(may.map((e) => e.id).toSorted())

  const shown = await read<{ id: string }>(Prisma.sql`select a.id from application a where ${seenApplication(who)}`)
  const shows = applications.filter((a) => can(who, 'view', { applicationId: a.id }) || may.some((e) => e.applicationId === a.id && e.retiredAt === null))
  expect(shown.map((a) => a.id).toSorted()).toEqual(shows.map((a) => a.id).toSorted())
})
