import { expect, test } from 'vitest'
import { testPerson } from '#lib/access/testing/people.ts'
import { apply } from '#lib/blueprints/service.ts'
import { list } from '#lib/environments/service.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const admin = await testPerson('admin', ['admin'])
const manager = await testPerson('manager', ['release_manager'])
await testPerson('viewer', ['viewer'])

const yaml = (name: string) => `apiVersion: sluice/v1
kind: Application
metadata: { name: ${name}, title: The ${name}, owner: team }
spec:
  services: [{ name: api, kind: service }]
  environments:
    - { name: staging, tier: staging, strategy: straight, targets: [{ service: api, cloudRun: { project: ${name}-stg, region: us-central1, service: api } }] }
    - name: production
      tier: production
      strategy: canary
      after: [{ environment: staging, soak: 30m }]
      start: manual
      onNewer: supersede
      approvals: [{ name: managers, count: 1, roles: [release_manager], exclude: [requester, author], expiresAfter: 72h }]
      targets: [{ service: api, cloudRun: { project: ${name}-prd, region: us-central1, service: api } }]
  strategies:
    - { name: straight, steps: [{ deploy: {} }, { setWeight: 100 }] }
    - { name: canary, steps: [{ deploy: { tag: next } }, { verify: { suite: smoke } }, { setWeight: 10 }, { bake: 5m }, { setWeight: 100 }] }
  suites: [{ name: smoke, checks: [{ name: health, http: { path: /health, expect: { status: 200 } } }] }]
`
for (const name of ['alpha', 'beta', 'gamma']) await apply(admin.actor, { yaml: yaml(name) })
const idOf = async (slug: string) => (await db.application.findUniqueOrThrow({ where: { slug } })).id
const page = { limit: 50 }

test('tells what feeds which, who approves, how it goes out and what is live', async () => {
  const { items } = await list(admin.actor, { ...page, application: 'alpha' })
  const [staging, production] = items[0]?.environments ?? []
  expect(staging).toMatchObject({ slug: 'staging', feeds: ['production'], after: [], approvals: [], strategy: { name: 'straight' }, targets: [{ service: 'api', stable: null }] })
  expect(production).toMatchObject({
    after: [{ environment: 'staging', soakSeconds: 1800 }], feeds: [], start: 'manual', onNewer: 'supersede', onFreeze: 'hold',
    approvals: [{ name: 'managers', count: 1, roles: ['release_manager'], exclude: ['author', 'requester'], expiresAfterSeconds: 259_200, people: [manager.email] }],
  })
  expect(production?.strategy.steps.map((s) => s.kind)).toEqual(['deploy', 'verify', 'setWeight', 'bake', 'setWeight'])
  expect(production?.strategy.steps[1]).toMatchObject({ suite: 'smoke', checks: [{ name: 'health' }] })
})

test('who is bound to one environment sees that one, and no other application', async () => {
  const beta = await idOf('beta')
  const environment = await db.environment.findFirstOrThrow({ where: { applicationId: beta, slug: 'production' } })
  const someone = await testPerson('someone', ['viewer'], { applicationId: beta, environmentId: environment.id })
  const { items } = await list(someone.actor, page)
  expect(items.map((a) => [a.application, a.environments.map((e) => e.slug)])).toEqual([['beta', ['production']]])
  await expect(list(someone.actor, { ...page, application: 'alpha' })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(list(someone.actor, { ...page, application: 'none' })).rejects.toMatchObject({ code: 'not_found', field: 'application' })
})

test('pages by application, each once', async () => {
  const first = await list(admin.actor, { limit: 2 })
  const second = await list(admin.actor, { limit: 2, ...(first.nextCursor && { cursor: first.nextCursor }) })
  expect([...first.items, ...second.items].map((a) => a.application)).toEqual(['alpha', 'beta', 'gamma'])
  expect(second.nextCursor).toBeNull()
})

test('a person who may not sign in any more approves nothing', async () => {
  const gone = await testPerson('gone', ['release_manager'])
  const peopleNow = async () => (await list(admin.actor, { ...page, application: 'gamma' })).items[0]?.environments[1]?.approvals[0]?.people
  expect(await peopleNow()).toContain(gone.email)
  await db.person.update({ where: { id: gone.id }, data: { disabledAt: new Date() } })
  expect(await peopleNow()).toEqual([manager.email])
})
