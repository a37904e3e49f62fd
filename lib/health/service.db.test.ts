import { beforeEach, expect, test } from 'vitest'
import { testPerson } from '#lib/access/testing/people.ts'
import { apply } from '#lib/blueprints/service.ts'
import { imageRegistry, runtimeFor } from '#lib/drivers/registry.ts'
import { makeWorld } from '#lib/engine/testing/world.ts'
import { readHealth } from '#lib/health/service.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { CloudRunLocator } from '#lib/rollouts/schema.ts'
import { listTargets } from '#lib/targets/contract.ts'
import { list } from '#lib/targets/service.ts'

const w = await makeWorld()
const admin = await testPerson('admin', ['admin'])
const viewer = await testPerson('vera', ['viewer'])
const at = (service: string, project: string, measured: boolean) => `        - { service: ${service}, cloudRun: { project: ${project}, region: us-central1, service: ${service}-prd }${measured ? ', metrics: { source: cloud-monitoring }' : ''} }`
await apply(admin.actor, {
  yaml: `apiVersion: sluice/v1
kind: Application
metadata: { name: red, title: Red, owner: team }
spec:
  services: [{ name: api, kind: service }, { name: web, kind: service }, { name: jobs, kind: service }, { name: far, kind: service }]
  environments:
    - name: production
      tier: production
      strategy: straight
      targets:
${[at('api', 'red-prd', true), at('web', 'red-prd', true), at('jobs', 'red-prd', false), at('far', 'red-far', true)].join('\n')}
  strategies: [{ name: straight, steps: [{ deploy: {} }, { setWeight: 100 }] }]
`,
})
const locatorOf = async (service: string) => CloudRunLocator.parse((await db.target.findFirstOrThrow({ where: { service: { slug: service }, environment: { application: { slug: 'red' } } } })).locator)
async function serve(service: string, tag: string): Promise<void> {
  const digest = await imageRegistry().resolve({ host: 'us-docker.pkg.dev', path: 'red/api', repository: 'us-docker.pkg.dev/red/api', tag, digest: null })
  await runtimeFor('cloud-run').create(await locatorOf(service), { image: `us-docker.pkg.dev/red/api@${digest}`, config: {}, labels: {} }, { reason: 'test', timeoutMs: 10_000, priority: 'ordinary' })
}
await serve('api', 'v1-err5')
await serve('jobs', 'v1')
await serve('far', 'v1')

/** A reading of the clock is trusted for half a second; then what is asked here knows of the move. */
async function advance(ms: number): Promise<void> {
  await w.cloud.control('clock', { advanceMs: ms })
  await expect.poll(async () => Math.abs((await nowMs(db)) - (await nowMs()))).toBeLessThan(500)
}
const health = async () => {
  const { items } = await list(viewer.actor, listTargets.input.parse({ application: 'red' }))
  return Object.fromEntries(items.map((t) => [t.service, t.health]))
}
const asked = async (project: string) => (await w.cloud.calls({ write: false, rpc: 'ListTimeSeries' })).filter((c) => JSON.stringify(c).includes(`projects/${project}/`)).length

beforeEach(async () => {
  await w.cloud.control('metrics', { samplePeriodSeconds: 1, ingestDelaySeconds: 0, fail: null, silent: [] })
  await advance(400_000)
  await w.cloud.control('calls', undefined, 'DELETE')
})

test('before the first look nothing is claimed', async () => {
  expect(await health()).toEqual({ api: null, web: null, jobs: null, far: null })
})

test('one question for requests and one for latencies serve all services of a project, whoever looks and however many workers there are', async () => {
  await Promise.all([readHealth(), readHealth(), readHealth()])
  await Promise.all(Array.from({ length: 5 }, health))
  await readHealth()
  expect([await asked('red-prd'), await asked('red-far')]).toEqual([2, 2])
  await advance(61_000)
  await readHealth()
  expect([await asked('red-prd'), await asked('red-far')]).toEqual([4, 4])
})

test('what answered is told with its failures and latency over five minutes; what did not, what is not measured, by word', async () => {
  await readHealth()
  const { api, web, jobs, far } = await health()
  expect(api).toMatchObject({ state: 'measured', requests: 30_000, error: null })
  expect((api?.errors ?? 0) / (api?.requests ?? 1)).toBeCloseTo(0.05, 2)
  expect(api?.p95Ms).toBeGreaterThan(100)
  expect(web).toMatchObject({ state: 'no_requests', requests: 0, p95Ms: null })
  expect(jobs).toMatchObject({ state: 'not_measured', until: null })
  expect(far).toMatchObject({ state: 'measured', errors: 0 })
})

test('the window ends before what the source has not shown yet', async () => {
  await w.cloud.control('metrics', 'as on the real thing')
  // What the source declares of itself is asked for once in ten minutes.
  await advance(601_000)
  await readHealth()
  const { api } = await health()
  expect(Date.parse(api?.asOf ?? '') - Date.parse(api?.until ?? '')).toBeGreaterThanOrEqual(180_000)
  expect(api?.requests).toBe(30_000)
})

test('a source that does not answer is what its targets are said to have, in its words, and heals by itself', async () => {
  await advance(601_000)
  await readHealth()
  await w.cloud.control('metrics', { fail: '503' })
  await advance(61_000)
  await readHealth()
  const { api, jobs } = await health()
  expect(api).toMatchObject({ state: 'cannot_measure', error: expect.stringMatching(/unavailable/) as unknown })
  expect(jobs).toMatchObject({ state: 'not_measured' })
  await w.cloud.control('metrics', { fail: null })
  await advance(61_000)
  await readHealth()
  expect((await health())['api']).toMatchObject({ state: 'measured', error: null })
})

test('a clock that was set back does not stop the looks', async () => {
  await readHealth()
  await advance(-3_600_000)
  await w.cloud.control('calls', undefined, 'DELETE')
  await readHealth()
  expect(await asked('red-prd')).toBe(2)
})
