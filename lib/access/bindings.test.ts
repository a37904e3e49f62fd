import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { listBindings, replaceBindings } from '#lib/access/bindings.ts'
import { me } from '#lib/access/service.ts'
import { testPerson } from '#lib/access/testing/people.ts'
import { tokenActor } from '#lib/access/current.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const app = async (slug: string) => db.application.create({ data: { slug, title: slug, owner: 'o', yaml: '', blueprint: {}, blueprintHash: '', environments: { create: [{ slug: 'production', tier: 'production', position: 0 }] } } })
const [red, blue] = [await app('red'), await app('blue')]
const admin = await testPerson('ada', ['admin'])
const redAdmin = await testPerson('rob', ['admin'], { applicationId: red.id })
const everywhere = { application: null, environment: null }

test('roles are replaced, a new address becomes a person, and the change is audited', async () => {
  const put = await replaceBindings(admin.actor, { person: 'New.Person@Example.test', bindings: [{ role: 'viewer', ...everywhere }, { role: 'viewer', ...everywhere }, { role: 'developer', application: 'red', environment: 'production' }] })
  expect(put.items.map((b) => [b.person, b.role, b.application, b.environment])).toEqual([['new.person@example.test', 'viewer', null, null], ['new.person@example.test', 'developer', 'red', 'production']])
  const person = await db.person.findUniqueOrThrow({ where: { email: 'new.person@example.test' } })
  const [row] = await db.auditEvent.findMany({ where: { subjects: { has: `person:${person.id}` } } })
  expect(row).toMatchObject({ verb: 'bindings.replace', before: [], after: ['viewer', 'developer in red/production'] })
})

test('the same roles again write nothing', async () => {
  const person = await testPerson('same', ['viewer'])
  const rows = await db.auditEvent.count()
  await replaceBindings(admin.actor, { person: person.email, bindings: [{ role: 'viewer', ...everywhere }] })
  expect(await db.auditEvent.count()).toBe(rows)
})

test('what was not looked at is not replaced', async () => {
  const person = await testPerson('seen', ['viewer'])
  const idsNow = async () => (await db.binding.findMany({ where: { personId: person.id } })).map((b) => b.id)
  const put = (role: 'on_call' | 'developer', seen?: string[]) => replaceBindings(admin.actor, { person: person.email, bindings: [{ role, ...everywhere }], ...(seen && { seen }) })
  const first = await idsNow()
  await put('on_call', first)
  for (const seen of [first, [], [...(await idsNow()), randomUUID()]]) await expect(put('developer', seen)).rejects.toMatchObject({ code: 'conflict', field: 'seen' })
  expect((await db.binding.findMany({ where: { personId: person.id } })).map((b) => b.role)).toEqual(['on_call'])
  await put('on_call', first)
  await put('developer', await idsNow())
  await put('on_call')
  expect((await db.binding.findMany({ where: { personId: person.id } })).map((b) => b.role)).toEqual(['on_call'])
})

test('a change holds at the next request', async () => {
  const person = await testPerson('quick', ['admin'])
  await replaceBindings(admin.actor, { person: person.email, bindings: [] })
  expect((await tokenActor(person.secret, null)).grants).toEqual([])
})

test.each([
  ['an unknown application', [{ role: 'viewer', application: 'green', environment: null }], 'bindings.0.application', /no application green/],
  ['an unknown environment', [{ role: 'viewer', application: 'red', environment: 'qa' }], 'bindings.0.environment', /red has production/],
  ['an environment alone', [{ role: 'viewer', application: null, environment: 'production' }], 'bindings.0.environment', /needs an application/],
] as const)('%s is refused by field, and nothing is written', async (_, bindings, field, detail) => {
  const people = await db.person.count()
  const refusal = replaceBindings(admin.actor, { person: 'bad@example.test', bindings: [...bindings] })
  await expect(refusal).rejects.toMatchObject({ code: 'invalid_input', field })
  await expect(refusal).rejects.toThrow(detail)
  expect(await db.person.count()).toBe(people)
})

test.each(['"a@evil"@example.test', 'a@b.test,c@d.test', 'а@example.test', 'a b@example.test', 'a@example..test', 'a@-x.test'])('the address %s is refused', async (person) => {
  await expect(replaceBindings(admin.actor, { person, bindings: [] })).rejects.toMatchObject({ code: 'invalid_input', field: 'person' })
})

test('two spellings of an address are one person', async () => {
  await replaceBindings(admin.actor, { person: 'one@example.test', bindings: [{ role: 'viewer', ...everywhere }] })
  await replaceBindings(admin.actor, { person: 'ＯＮＥ@Example.TEST', bindings: [{ role: 'developer', ...everywhere }] })
  expect(await db.person.count({ where: { email: { startsWith: 'one@' } } })).toBe(1)
})

test('an admin of one application changes roles there and nowhere else', async () => {
  const person = await testPerson('pat', ['viewer'])
  const keep = { role: 'viewer' as const, ...everywhere }
  await replaceBindings(redAdmin.actor, { person: person.email, bindings: [keep, { role: 'developer', application: 'red', environment: null }] })
  for (const bindings of [[keep, { role: 'developer' as const, application: 'blue', environment: null }], [{ role: 'developer' as const, application: 'red', environment: null }], [keep, { role: 'admin' as const, ...everywhere }]])
    await expect(replaceBindings(redAdmin.actor, { person: person.email, bindings })).rejects.toMatchObject({ code: 'forbidden' })
  expect(await db.binding.count({ where: { personId: person.id } })).toBe(2)
})

test('the last who administers everything stays, also when two admins remove each other at once', async () => {
  await db.binding.deleteMany({ where: { role: 'admin', applicationId: null, personId: { not: admin.id } } })
  await expect(replaceBindings(admin.actor, { person: admin.email, bindings: [] })).rejects.toMatchObject({ code: 'refused', unmet: [{ code: 'last_admin' }] })
  const second = await testPerson('bea', ['admin'])
  const results = await Promise.allSettled([replaceBindings(admin.actor, { person: second.email, bindings: [] }), replaceBindings(second.actor, { person: admin.email, bindings: [] })])
  expect(results.map((r) => r.status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(await db.binding.count({ where: { role: 'admin', applicationId: null } })).toBe(1)
  await db.binding.createMany({ data: [admin, second].map((p) => ({ personId: p.id, role: 'admin' as const })) })
})

test('who views one application sees its bindings and those for everything', async () => {
  await testPerson('bill', ['developer'], { applicationId: blue.id })
  const items = (await listBindings(redAdmin.actor, { limit: 200 })).items
  expect(new Set(items.map((b) => b.application))).toEqual(new Set([null, 'red']))
})

test('who views everything sees the bindings of every application, also those of one environment', async () => {
  const production = await db.environment.findFirstOrThrow({ where: { applicationId: blue.id } })
  const person = await testPerson('here', ['developer'], { applicationId: blue.id, environmentId: production.id })
  const items = (await listBindings(admin.actor, { limit: 200 })).items
  expect(items.find((b) => b.person === person.email)).toMatchObject({ role: 'developer', application: 'blue', environment: 'production' })
  expect(new Set(items.map((b) => b.application))).toEqual(new Set([null, 'red', 'blue']))
})

test('me names roles by slug and the token that asked', async () => {
  expect(await me(redAdmin.actor, {})).toMatchObject({ email: redAdmin.email, token: 'test', roles: [{ role: 'admin', application: 'red', environment: null }] })
})
