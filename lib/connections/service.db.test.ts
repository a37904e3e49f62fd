import { beforeEach, expect, test } from 'vitest'
import { testPerson } from '#lib/access/testing/people.ts'
import { apply } from '#lib/blueprints/service.ts'
import { check, list } from '#lib/connections/service.ts'
import { imageRegistry, runtimeFor } from '#lib/drivers/registry.ts'
import { makeWorld } from '#lib/engine/testing/world.ts'
import { moveClock } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { CloudRunLocator } from '#lib/rollouts/schema.ts'

const w = await makeWorld()
const yaml = (name: string) => `apiVersion: sluice/v1
kind: Application
metadata: { name: ${name}, title: ${name}, owner: team }
spec:
  services: [{ name: api, kind: service }, { name: web, kind: service }]
  environments:
    - name: production
      tier: production
      strategy: straight
      targets:
        - { service: api, cloudRun: { project: ${name}-prd, region: us-central1, service: ${name}-api }, metrics: { source: cloud-monitoring } }
        - { service: web, cloudRun: { project: ${name}-web, region: us-central1, service: ${name}-web } }
  strategies: [{ name: straight, steps: [{ deploy: {} }, { setWeight: 100 }] }]
`
const admin = await testPerson('admin', ['admin'])
for (const name of ['red', 'blue']) await apply(admin.actor, { yaml: yaml(name) })
const red = await db.application.findUniqueOrThrow({ where: { slug: 'red' } })
const redAdmin = await testPerson('rob', ['admin'], { applicationId: red.id })
const viewer = await testPerson('vera', ['viewer'])
const page = { limit: 50 }

type Call = { rpc?: string; method?: string }
const reads = async (): Promise<number> => ((await w.cloud.control('calls')) as { calls: Call[] }).calls.length

// Each test asks anew: a check younger than ten seconds would be answered from before.
beforeEach(async () => {
  await w.cloud.control('faults', undefined, 'DELETE')
  await moveClock(11_000)
})

test('before the first check every target stands there unchecked, by project', async () => {
  const { items } = await list(viewer.actor, { ...page, application: 'blue' })
  expect(items.map((p) => [p.project, p.targets.map((t) => [t.service, t.checked])])).toEqual([['blue-prd', [['api', null]]], ['blue-web', [['web', null]]]])
})

test('a check says what was read and is kept for all, with who and when', async () => {
  await check(admin.actor, { application: 'red' })
  const seen = await list(viewer.actor, { ...page, application: 'red' })
  expect(seen.items[0]?.targets[0]?.checked).toMatchObject({
    by: expect.stringMatching(/^admin/) as unknown,
    findings: [
      { kind: 'run', state: 'ok', message: 'Reading works; red-api is not there yet, its first release makes it' },
      { kind: 'metrics', state: 'ok', message: expect.stringContaining('red-prd') as unknown },
      { kind: 'images', state: 'not_needed' },
      { kind: 'write', state: 'not_needed', message: expect.stringContaining('red-api is not yet') as unknown },
    ],
  })
  expect(seen.items[1]?.targets[0]?.checked?.findings[1]).toMatchObject({ kind: 'metrics', state: 'not_needed' })
})

test('what is missing is said in words with the command that gives it, and the other projects are tried all the same', async () => {
  await w.cloud.control('faults', { rpc: 'GetService', service: 'red-api', kind: 'error', status: 403 })
  const { items } = await check(admin.actor, { application: 'red' })
  const found = (project: string) => items.find((p) => p.project === project)?.targets[0]?.checked?.findings[0]
  expect(found('red-prd')).toMatchObject({ state: 'missing', message: expect.stringMatching(/may not read Cloud Run in red-prd/) as unknown, fix: expect.stringContaining('roles/run.developer') as unknown })
  expect(items.find((p) => p.project === 'red-prd')?.targets[0]?.checked?.findings[2]).toMatchObject({ kind: 'images', message: 'Not tried, since the service could not be read' })
  expect(found('red-web')).toMatchObject({ state: 'ok' })
})

test('what releases will write is asked without writing, and a missing permission is named', async () => {
  const blue = await db.target.findFirstOrThrow({ where: { environment: { application: { slug: 'blue' } }, service: { slug: 'api' } } })
  const digest = await imageRegistry().resolve({ host: 'europe-docker.pkg.dev', path: 'test/api/api', repository: 'europe-docker.pkg.dev/test/api/api', tag: 'v1', digest: null })
  await runtimeFor('cloud-run').create(CloudRunLocator.parse(blue.locator), { image: `europe-docker.pkg.dev/test/api/api@${digest}`, config: {}, labels: {} }, { reason: 'test', timeoutMs: 10_000, priority: 'ordinary' })
  const written = async () => ((await w.cloud.control('calls?write=1')) as { calls: Call[] }).calls.length
  const before = await written()
  const writing = async () => (await check(admin.actor, { application: 'blue' })).items[0]?.targets[0]?.checked?.findings[3]
  expect(await writing()).toMatchObject({ kind: 'write', state: 'ok', message: 'May write blue-api: run.services.update, run.services.create' })
  await moveClock(11_000)
  await w.cloud.control('iam', { withheld: ['run.services.update'] })
  expect(await writing()).toMatchObject({ state: 'missing', message: expect.stringMatching(/lacks run\.services\.update, which releases need; roles\/run\.developer has it/) as unknown, fix: expect.stringContaining('roles/run.developer') as unknown })
  await w.cloud.control('iam', { withheld: [] })
  expect(await written(), 'nothing was written to find that out').toBe(before)
})

test('a provider that does not answer is not taken for a missing permission', async () => {
  await w.cloud.control('faults', { rpc: 'GetService', service: 'red-api', kind: 'error', status: 503 })
  const { items } = await check(admin.actor, { application: 'red' })
  expect(items[0]?.targets[0]?.checked?.findings[0]).toMatchObject({ state: 'cannot_tell', fix: null })
})

test('looking asks the provider nothing, and presses within ten seconds share one check', async () => {
  await check(admin.actor, {})
  const before = await reads()
  await list(viewer.actor, page)
  await check(admin.actor, {})
  expect(await reads()).toBe(before)
  await moveClock(11_000)
  await check(admin.actor, {})
  expect(await reads()).toBeGreaterThan(before)
})

test('an admin of one application checks its targets and sees no others', async () => {
  const { items } = await check(redAdmin.actor, {})
  expect(new Set(items.flatMap((p) => p.targets.map((t) => t.application)))).toEqual(new Set(['red']))
  await expect(check(redAdmin.actor, { application: 'blue' })).rejects.toMatchObject({ code: 'not_found' })
  await expect(check(viewer.actor, { application: 'red' })).rejects.toMatchObject({ code: 'forbidden' })
})
