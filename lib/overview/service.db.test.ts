import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Actor, Grant } from '#lib/access/actor.ts'
import { testPerson } from '#lib/access/testing/people.ts'
import { view as viewFrame } from '#lib/frame/service.ts'
import { OverviewView, servicesAtFirst } from '#lib/overview/contract.ts'
import { view } from '#lib/overview/service.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const viewer = (await testPerson('viewer', ['viewer'])).actor
const at = new Date('2026-03-01T10:00:00Z')
const iso = at.toISOString()

/** Sixty applications, each with one service in staging and production, all as intended. */
const slugs = Array.from({ length: 60 }, (_, i) => `app-${String(i).padStart(2, '0')}`)
const approvals = [{ name: 'slow', count: 1, roles: ['admin'], exclude: [], expiresAfterMs: 7_200_000 }, { name: 'quick', count: 1, roles: ['admin'], exclude: [], expiresAfterMs: 3_600_000 }]
for (const slug of slugs) {
  const application = await db.application.create({
    data: {
      slug, title: slug.toUpperCase(), owner: 'o', yaml: '', blueprint: { environments: [{ name: 'production', approvals }] }, blueprintHash: '',
      services: { create: { slug: 'api', kind: 'service', position: 0 } }, environments: { create: ['staging', 'production'].map((name, position) => ({ slug: name, tier: name, position })) },
    },
    include: { services: true, environments: true },
  })
  await db.target.createMany({ data: application.environments.map((e) => ({ environmentId: e.id, serviceId: application.services[0]?.id ?? '', provider: 'cloud-run', locator: { project: slug, region: 'r', service: `api-${e.slug}` }, stableRevision: `${slug}-00001-abc`, snapshotAt: at, snapshot: { split: { [`${slug}-00001-abc`]: 100 }, observation: {}, revisions: [] } })) })
}
const targetOf = async (slug: string, environment: string) => db.target.findFirstOrThrow({ where: { environment: { slug: environment, application: { slug } } }, include: { environment: true } })
const releaseOf = async (slug: string) => db.release.create({ data: { applicationId: (await db.application.findUniqueOrThrow({ where: { slug } })).id, version: '1.0.0', commit: 'abc1234', createdBy: 'dora', createdAt: at } })
const plan = (slug: string) => ({ steps: [{ kind: 'setWeight', percent: 100 }], locator: { project: slug, region: 'r', service: 'api' } })
const rollout = async (slug: string, environment: string, state: 'held' | 'running' | 'rolled_back', more: object = {}) =>
  db.rollout.create({ data: { targetId: (await targetOf(slug, environment)).id, kind: 'promotion', state, plan: plan(slug), contentHash: '', steps: [], verdicts: [], createdBy: 'dora', createdAt: at, ...more } })
const promotion = async (slug: string, state: 'pending' | 'rolling_out', more: object = {}) =>
  db.promotion.create({ data: { releaseId: (await releaseOf(slug)).id, environmentId: (await targetOf(slug, 'production')).environmentId, state, requestedById: 'd', requestedBy: 'dora', start: 'auto', content: {}, contentHash: '', plan: {}, gates: {}, createdAt: at, ...more } })

await rollout('app-59', 'production', 'held', { holdReason: { code: 'rule_failed', message: 'errors', at: iso } })
await db.target.update({ where: { id: (await targetOf('app-58', 'production')).id }, data: { drift: { expected: {}, observed: { x: 100 }, since: iso, actor: 'mel', message: 'moved' } } })
await rollout('app-57', 'staging', 'running')
// It left no hold that is in force: only the one after it did.
await rollout('app-56', 'production', 'rolled_back', { endedAt: new Date(at.getTime() - 86_400_000), endReason: 'long ago' })
const bad = await rollout('app-56', 'production', 'rolled_back', { endedAt: at, endReason: 'errors' })
await db.targetHold.create({ data: { targetId: bad.targetId, rolloutId: bad.id, digests: ['sha256:1'], reason: 'errors', byName: 'mel', at } })
await promotion('app-55', 'pending', { gates: { views: [], unmet: [{ code: 'approvals', message: 'needs one', who: null, opensAt: null }] } })
const reviewed = { by: 'o', byId: 'o', at: iso, reason: 'fire', contentHash: '', expiresAt: iso, gates: [], review: null }
await promotion('app-54', 'rolling_out', { override: { ...reviewed, reviewedAt: null } })
await promotion('app-53', 'rolling_out', { override: { ...reviewed, reviewedAt: iso } })
const events = ['session.started', 'rollout.traffic_asked', 'promotion.created', 'rollout.step_passed', 'rollout.step_passed']
const messages = ['signed in', 'asked', 'dora asked for it', 'step 1: deploy: it is there', 'step 2: setWeight: 100%']
await db.auditEvent.createMany({ data: events.map((verb, i) => ({ chain: 'app-59', seq: i + 1, at: new Date(at.getTime() + i * 1000), actorKind: 'person', actorName: 'dora', verb, subjectKind: 'rollout', subjectId: randomUUID(), message: messages[i] ?? '', previousHash: '', hash: '' })) })

const bound = (grants: Grant[]): Actor => ({ ...viewer, grants })
const services = (v: OverviewView) => v.services.map((s) => s.application.slug)

test('the first services begin with what is held, drifted, moving and on hold, wherever it stands by name', async () => {
  const v = OverviewView.parse(await view(viewer, {}))
  expect(services(v).slice(0, 5)).toEqual(['app-59', 'app-58', 'app-56', 'app-57', 'app-00'])
  expect(v.services).toHaveLength(servicesAtFirst)
  expect(v.counts).toEqual({ applications: 60, services: 60, targets: 120, open: 2, drifted: 1, onHold: 1, unreadable: 0 })
  expect(v.tiers).toEqual(['staging'])
  expect(v.oldestAsOf).toBe(iso)
  expect(v.services[4]).toMatchObject({ service: 'api', development: [], staging: [{ environment: 'staging', split: { 'app-00-00001-abc': 100 } }], production: { environment: 'production', asOf: iso, held: false } })
  expect(services(await view(viewer, { services: 'all' }))).toHaveLength(60)
})

test('what asks somebody comes with what they need to decide', async () => {
  const v = await view(viewer, {})
  expect(v.drifted.map((t) => [t.application, t.drift?.actor])).toEqual([['app-58', 'mel']])
  expect(v.open.map((r) => [r.target.application, r.state, r.headline]).toSorted()).toEqual([['app-57', 'running', 'Sending 100% to nothing'], ['app-59', 'held', 'Held: errors']])
  expect(v.ended.map((r) => [r.target.application, r.hold?.reason])).toEqual([['app-56', 'errors']])
  expect(v.waiting.map((p) => [p.application, p.unmet.map((u) => u.code), p.deniedAt])).toEqual([['app-55', ['approvals'], '2026-03-01T11:00:00.000Z']])
  expect(v.overridden.map((p) => p.application)).toEqual(['app-54'])
  expect(v.activity.filter((e) => e.chain === 'app-59').map((e) => e.message)).toEqual(['step 2: setWeight: 100%', 'dora asked for it'])
})

test('who may view one environment sees that and no more', async () => {
  const { environment } = await targetOf('app-59', 'staging')
  const here = bound([{ role: 'viewer', applicationId: environment.applicationId, environmentId: environment.id }])
  const v = await view(here, {})
  expect(v.services).toMatchObject([{ application: { slug: 'app-59' }, production: null, staging: [{ environment: 'staging' }] }])
  expect(v.counts).toMatchObject({ applications: 1, services: 1, targets: 1 })
  expect([v.open, v.ended, v.drifted, v.waiting, v.overridden, v.activity]).toEqual([[], [], [], [], [], []])
  expect(await viewFrame(here, {})).toMatchObject({ applications: [{ slug: 'app-59', title: 'APP-59', mark: null }], moving: 0, waiting: 0 })
  await expect(view(bound([]), {})).rejects.toMatchObject({ code: 'forbidden' })
})

test('the frame marks every application with the worst that is so in it, and counts over all of them', async () => {
  const frame = await viewFrame(viewer, {})
  expect(frame.applications.map((a) => a.slug)).toEqual(slugs)
  expect(frame.applications.filter((a) => a.mark !== null)).toEqual([
    { slug: 'app-57', title: 'APP-57', mark: 'moving' },
    { slug: 'app-58', title: 'APP-58', mark: 'drifted' },
    { slug: 'app-59', title: 'APP-59', mark: 'held' },
  ])
  expect([frame.moving, frame.waiting]).toEqual([2, 1])
})

test('what waits for a person does not fall out behind fifty newer rollouts, and all are counted', async () => {
  for (let i = 0; i < 50; i += 1) await rollout(`app-${String(i).padStart(2, '0')}`, 'staging', 'running', { createdAt: new Date(at.getTime() + 60_000) })
  const v = await view(viewer, {})
  expect(v.open).toHaveLength(50)
  expect(v.open[0]).toMatchObject({ state: 'held', target: { application: 'app-59' } })
  expect(v.counts.open).toBe(52)
})
