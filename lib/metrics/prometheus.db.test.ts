import { afterAll, expect, test } from 'vitest'
import { testPerson } from '#lib/access/testing/people.ts'
import { apply } from '#lib/blueprints/service.ts'
import { check } from '#lib/connections/service.ts'
import { launchPrometheus } from '#lib/drivers/testing/prometheus.ts'
import { imageRegistry, metricsFor, runtimeFor } from '#lib/drivers/registry.ts'
import { prometheusDefaults } from '#lib/drivers/prometheus/schema.ts'
import { runRollout } from '#lib/engine/run.ts'
import { makeRelease, makeWorld } from '#lib/engine/testing/world.ts'
import { readHealth } from '#lib/health/service.ts'
import { viewArms } from '#lib/metrics/service.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { createRollout } from '#lib/rollouts/create.ts'
import type { RolloutPlan } from '#lib/rollouts/schema.ts'
import { findRollout } from '#lib/rollouts/store.ts'
import { locatorOfRow } from '#lib/targets/store.ts'
import { waitFor } from '#scripts/steps.ts'

// A real Prometheus scrapes the emulated router each second; product time is the machine's.
const w = await makeWorld({ SLUICE_ALLOWED_HOSTS: '127.0.0.1' })
const prometheus = await launchPrometheus({ scrapes: [`127.0.0.1:${w.cloud.port}`] })
afterAll(() => prometheus.stop())
const admin = await testPerson('admin', ['admin'])
const source = { source: 'prometheus' as const, url: prometheus.url, ...prometheusDefaults, scrapeMs: 1000 }

await apply(admin.actor, {
  yaml: `apiVersion: sluice/v1
kind: Application
metadata: { name: fast, title: Fast, owner: team }
spec:
  services: [{ name: api, kind: service }, { name: slow, kind: service }]
  environments:
    - name: production
      tier: production
      strategy: straight
      targets:
        - { service: api, cloudRun: { project: fast-prd, region: us-central1, service: fast-api }, metrics: { source: prometheus, url: ${prometheus.url}, scrape: 1s } }
        - { service: slow, cloudRun: { project: fast-prd, region: us-central1, service: fast-slow }, metrics: { source: cloud-monitoring } }
  strategies: [{ name: straight, steps: [{ deploy: {} }, { setWeight: 100 }] }]
`,
})
const targetOf = async (slug: string) => db.target.findFirstOrThrow({ where: { service: { slug }, environment: { application: { slug: 'fast' } } }, include: { service: true } })
const target = await targetOf('api')
const digest = await imageRegistry().resolve({ host: 'europe-docker.pkg.dev', path: 'test/api/api', repository: 'europe-docker.pkg.dev/test/api/api', tag: 'v1', digest: null })
for (const slug of ['api', 'slow']) await runtimeFor('cloud-run').create(locatorOfRow(await targetOf(slug)), { image: `europe-docker.pkg.dev/test/api/api@${digest}`, config: {}, labels: {} }, { reason: 'test', timeoutMs: 10_000, priority: 'ordinary' })

async function startRollout(tag: string): Promise<string> {
  const release = await makeRelease(w, tag)
  const plan: RolloutPlan = {
    service: 'api', provider: 'cloud-run', locator: locatorOfRow(target), metrics: source, strategy: 'test', config: {}, image: release.image, digest: release.digest,
    steps: [{ kind: 'deploy', tag: 'blue' }, { kind: 'setWeight', percent: 20 }, { kind: 'bake', durationMs: 600_000, early: false }, { kind: 'setWeight', percent: 100 }],
    analysis: { notEnoughData: { afterMs: 600_000, then: 'ask' }, cannotMeasure: { afterMs: 600_000, then: 'ask' }, rules: [{ name: 'errors', kind: 'threshold', mode: 'rollback', metric: 'error_rate', max: 0.02, overMs: 5_000, minRequests: 40 }] },
  }
  const candidate = { revision: '', digest: release.digest, image: release.image, releaseId: release.id, version: tag }
  const now = await nowMs()
  return db.$transaction((tx) => createRollout(tx, { targetId: target.id, kind: 'promotion', promotionId: null, releaseId: release.id, groupIndex: 0, plan, contentHash: 'hash', candidate, createdBy: 'test', createdById: null, nowMs: now }))
}

test('a target measured by Prometheus is judged, shown and watched by it, seconds after its traffic', { timeout: 90_000 }, async () => {
  const id = await startRollout('v2-err50')
  await waitFor('the end of the rollout', 60_000, async () => {
    await runRollout(id, 'test')
    return (await findRollout(id))?.endedAt instanceof Date
  })
  const rollout = await findRollout(id)
  const verdict = rollout?.verdicts.find((v) => v.rule === 'errors')
  expect([rollout?.state, verdict?.verdict]).toEqual(['rolled_back', 'fail'])
  expect(verdict?.message).toMatch(/of [\d,]+ requests failed, \d\d(\.\d)?%; limit 2%/)
  expect(verdict?.stable).toMatchObject({ errors: 0 })
  const trafficAt = Date.parse(rollout?.runs[1]?.trafficAt ?? '')
  expect(Date.parse(verdict?.at ?? '') - trafficAt, 'milliseconds from traffic to verdict').toBeLessThan(20_000)

  const arms = await viewArms(admin.actor, { id: target.id, rollout: id })
  expect(arms.source).toEqual({ name: `Prometheus at ${new URL(prometheus.url).host}`, samplePeriodSeconds: 1, ingestDelaySeconds: 6 })
  expect([arms.error, arms.candidate?.errorRate ?? 0]).toEqual([null, expect.closeTo(0.5, 0)])

  await readHealth()
  const health = await db.targetHealth.findUniqueOrThrow({ where: { targetId: target.id } })
  expect(health.reading).toMatchObject({ state: 'measured', error: null })
  const other = await db.targetHealth.findUniqueOrThrow({ where: { targetId: (await targetOf('slow')).id } })
  expect(other.reading, 'the other source of the project is asked too').toMatchObject({ state: 'measured', error: null })

  const { items } = await check(admin.actor, { application: 'fast' })
  expect(items[0]?.targets[0]?.checked?.findings.find((f) => f.kind === 'metrics')).toMatchObject({ state: 'ok', message: expect.stringMatching(/^Read run_requests_total of fast-api from Prometheus at 127\.0\.0\.1:\d+: 2 revisions/) as unknown })
})

test('an address that the operator did not list is not read, and says so', async () => {
  await expect(metricsFor({ ...source, url: 'http://10.9.9.9:9090' }).counts(locatorOfRow(target), { fromMs: 0, toMs: 1000 })).rejects.toMatchObject({ kind: 'denied', message: expect.stringMatching(/SLUICE_ALLOWED_HOSTS/) as unknown })
})
