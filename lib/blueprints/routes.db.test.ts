import { expect, test } from 'vitest'
import { GET as exported } from '#app/api/v1/applications/[app]/blueprint/route.ts'
import { GET as stored } from '#app/api/v1/applications/[app]/blueprint/stored/route.ts'
import { GET as viewed } from '#app/api/v1/applications/[app]/route.ts'
import { GET as listed } from '#app/api/v1/applications/route.ts'
import { POST as applied } from '#app/api/v1/blueprints/apply/route.ts'
import { POST as planned } from '#app/api/v1/blueprints/plan/route.ts'
import { callRoute, testPerson } from '#lib/access/testing/people.ts'
import { readBlueprint } from '#lib/blueprints/read.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const admin = await testPerson('admin', ['admin'])
const viewer = await testPerson('viewer', ['viewer'])

const yaml = `apiVersion: sluice/v1
kind: Application
metadata: { name: shop, title: Shop, owner: team }
spec:
  services: [{ name: api, kind: service }]
  environments: [{ name: staging, tier: staging, strategy: straight, targets: [{ service: api, cloudRun: { project: shop, region: us-central1, service: api } }] }]
  strategies: [{ name: straight, steps: [{ deploy: {} }, { setWeight: 100 }] }]
`

test('a blueprint goes from text to an application and back to text over HTTP', async () => {
  const plan = await callRoute(planned, 'POST', { as: viewer, body: { yaml } })
  expect(plan).toMatchObject({ status: 200, body: { application: 'shop', applied: false } })
  expect(await callRoute(applied, 'POST', { as: viewer, body: { yaml, planHash: plan.body['planHash'] } })).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  expect(await callRoute(applied, 'POST', { as: admin, body: { yaml, planHash: plan.body['planHash'] } })).toMatchObject({ status: 200, body: { applied: true } })

  expect(await callRoute(viewed, 'GET', { as: viewer, params: { app: 'shop' } })).toMatchObject({ status: 200, body: { slug: 'shop', title: 'Shop', services: [{ slug: 'api' }], environments: [{ slug: 'staging', targets: [{ id: expect.any(String) as string, service: 'api' }] }] } })
  expect(await callRoute(listed, 'GET', { as: viewer })).toMatchObject({ status: 200, body: { items: [{ slug: 'shop' }], nextCursor: null } })
  const text = await callRoute(exported, 'GET', { as: viewer, params: { app: 'shop' } })
  expect(text.headers.get('content-type')).toBe('text/yaml; charset=utf-8')
  expect(readBlueprint(String(text.body['text']))).toMatchObject({ ok: true, model: { name: 'shop' } })
})

test('the stored text comes back letter by letter, with its hash, and when and by whom it was applied', async () => {
  const text = `# kept\n${yaml.replaceAll('shop', 'books')}`
  await callRoute(applied, 'POST', { as: admin, body: { yaml: text } })
  const answer = await callRoute(stored, 'GET', { as: viewer, params: { app: 'books' } })
  expect(answer).toMatchObject({ status: 200, body: { application: 'books', yaml: text, version: 1, applied: { by: admin.actor.name, message: expect.stringContaining('added the application') as unknown } } })
  expect(answer.body['hash']).toBe((await db.application.findUniqueOrThrow({ where: { slug: 'books' } })).blueprintHash)
  expect(await callRoute(stored, 'GET', { as: viewer, params: { app: 'nothing' } })).toMatchObject({ status: 404, body: { field: 'app' } })
})

test('a typo answers 400 with the field, its line and column, and what is allowed; nothing is written', async () => {
  const answer = await callRoute(applied, 'POST', { as: admin, body: { yaml: yaml.replace('name: shop,', 'name: typo,').replace('strategy: straight', 'stratgey: straight') } })
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input', field: 'spec.environments[0].stratgey', detail: expect.stringMatching(/line 6, column 50.*nearest is "strategy".*allowed: name, was, tier, strategy/) as unknown, unmet: [{ code: 'blueprint', at: { line: 6, column: 50 } }] } })
  expect(await db.application.count({ where: { slug: 'typo' } })).toBe(0)
})

test('another hash than the plan had answers 409', async () => {
  expect(await callRoute(applied, 'POST', { as: admin, body: { yaml: yaml.replace('title: Shop', 'title: Other'), planHash: 'x' } })).toMatchObject({ status: 409, body: { code: 'plan_changed', field: 'planHash' } })
})

test('too long a text answers 400 by the name of the field', async () => {
  expect(await callRoute(planned, 'POST', { as: admin, body: { yaml: `# ${'x'.repeat(200_000)}` } })).toMatchObject({ status: 400, body: { code: 'invalid_input', field: 'yaml' } })
})
