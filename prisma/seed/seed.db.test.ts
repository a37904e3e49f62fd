import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { launchEmulator } from '#emulator/testing.ts'
import { verifyPassword } from '#lib/access/password.ts'
import { systemActor } from '#lib/access/actor.ts'
import { listEvents, verifyEvents } from '#lib/audit/service.ts'
import { run } from '#lib/backtest/service.ts'
import { view as viewApplication } from '#lib/applications/service.ts'
import { exportYaml, plan } from '#lib/blueprints/service.ts'
import { db } from '#lib/platform/db/client.ts'
import { freePort } from '#scripts/postgres.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { view as viewPromotion } from '#lib/promotions/read.ts'
import { view as viewEvidence } from '#lib/evidence/service.ts'
import { view as viewRelease } from '#lib/releases/service.ts'
import { view as viewRollout } from '#lib/rollouts/service.ts'
import { view as viewTarget } from '#lib/targets/service.ts'
import { observeQuietly } from '#lib/targets/watch.ts'
import { readShipped, scenesOf } from '#prisma/seed/history.ts'
import { blueprintFolder, seedDemo } from '#prisma/seed/seed.ts'

const port = await freePort()
const { dataFolder, url } = await testDatabase({ EMULATOR_PORT: String(port) })
const admin = systemActor('tester')
const counts = () => Promise.all([db.person.count(), db.application.count(), db.release.count(), db.promotion.count(), db.rollout.count(), db.targetRevision.count(), db.auditEvent.count()])

beforeAll(() => seedDemo(), 120_000)

describe('the demo', () => {
  test('has the six accounts with their roles everywhere', async () => {
    const people = await db.person.findMany({ include: { bindings: true }, orderBy: { email: 'asc' } })
    expect(people.map((p) => [p.email, p.bindings.map((b) => [b.role, b.applicationId])])).toEqual([
      ['admin@example.test', [['admin', null]]], ['developer@example.test', [['developer', null]]], ['manager2@example.test', [['release_manager', null]]],
      ['manager@example.test', [['release_manager', null]]], ['oncall@example.test', [['on_call', null]]], ['viewer@example.test', [['viewer', null]]],
    ])
    expect(await verifyPassword('demo', people[0]?.passwordHash ?? '')).toBe(true)
  })

  test.each(readdirSync(blueprintFolder))('%s is applied as shipped, and its export plans no change', async (file) => {
    const app = path.basename(file, '.yaml')
    expect((await plan(admin, { yaml: readFileSync(path.join(blueprintFolder, file), 'utf8') })).changes).toEqual([])
    expect((await plan(admin, { yaml: await exportYaml(admin, { app }) })).changes).toEqual([])
    expect((await viewApplication(admin, { app })).environments.every((e) => e.targets.length > 0)).toBe(true)
  })

  test('has 25 to 40 releases each, in 90 days up to the start of today, all of them 0.x', async () => {
    const today = Math.floor(Date.now() / 86_400_000) * 86_400_000
    for (const { id } of await db.application.findMany()) {
      const releases = await db.release.findMany({ where: { applicationId: id }, orderBy: { createdAt: 'asc' } })
      expect(releases.length).toBeGreaterThanOrEqual(25)
      expect(releases.length).toBeLessThanOrEqual(40)
      expect(releases.every((r) => r.version.startsWith('0.') && r.createdAt.getTime() < today && r.createdAt.getTime() > today - 91 * 86_400_000)).toBe(true)
    }
    // What is going on at the start is told by live.db.test.ts; everything that ended did so before today.
    expect(await db.promotion.count({ where: { endedAt: { gte: new Date(today) } } })).toBe(0)
    expect(await db.auditEvent.count({ where: { at: { gte: new Date(today) }, verb: { notIn: ['promotion.create', 'promotion.approve'] } } })).toBe(0)
  })

  test('tells of every way that a promotion ends, and of a person who rolled back', async () => {
    const states = new Set((await db.promotion.findMany({ select: { state: true } })).map((p) => p.state))
    expect([...states].toSorted()).toEqual(['cancelled', 'failed', 'pending', 'rejected', 'rolled_back', 'succeeded'])
    expect(await db.rollout.count({ where: { kind: 'rollback', state: 'succeeded' } })).toBe(3)
    expect(await db.release.count({ where: { state: 'vetoed' } })).toBe(3)
    const rolledBack = await db.rollout.findFirstOrThrow({ where: { state: 'rolled_back', endReason: { startsWith: 'error spike' } } })
    expect((await viewRollout(admin, { id: rolledBack.id })).headline).toMatch(/Rolled back to \d{5}-\w{3}: error spike: [\d,]+ of [\d,]+ requests failed, [\d.]+%; limit 1%/)
  })

  test('what was measured agrees with what came of it: the same rules, replayed, stop the same rollouts', async () => {
    for (const [application, service, taken] of [['convergence', 'api', 2], ['genai-platform', 'backend', 2], ['haystack', 'api', 2]] as const) {
      const target = await db.target.findFirstOrThrow({ where: { service: { slug: service }, environment: { slug: 'production', application: { slug: application } } } })
      const { rollouts } = await run(admin, { id: target.id, rollouts: 50 })
      const of = (agreement: string) => rollouts.filter((r) => r.agreement === agreement)
      expect(rollouts.length).toBeGreaterThan(10)
      // The first release had nothing beside it; what failed its checks never had traffic.
      expect(of('no_record').filter((r) => r.state !== 'failed').map((r) => r.version)).toEqual([rollouts.at(-1)?.version])
      expect(rollouts.filter((r) => !['agrees', 'caught', 'no_record'].includes(r.agreement)).map((r) => [r.endReason, r.stop])).toEqual(application === 'genai-platform' ? [] : [[expect.stringMatching(/^aborted by/), null]])
      expect(of('caught').length).toBe(taken)
      expect(of('caught').map((r) => r.stop?.earlierSeconds)).toEqual(of('caught').map(() => 0))
    }
    const compared = await db.rollout.findFirstOrThrow({ where: { state: 'rolled_back', target: { service: { slug: 'backend' } } } })
    expect((await viewEvidence(admin, { id: compared.id })).latency?.candidate.length).toBeGreaterThan(60)
  })

  test('every row can be shown', async () => {
    for (const { id } of await db.rollout.findMany({ select: { id: true } })) expect((await viewRollout(admin, { id })).id).toBe(id)
    for (const { id } of await db.promotion.findMany({ select: { id: true } })) expect((await viewPromotion(admin, { id })).plan.targets.length).toBeGreaterThan(0)
    for (const { id } of await db.release.findMany({ select: { id: true }, take: 20 })) expect((await viewRelease(admin, { id })).artifacts.length).toBeGreaterThan(0)
  }, 60_000)

  test('the audit log has whole chains in the order of time', async () => {
    expect(await verifyEvents(admin, {})).toMatchObject({ ok: true, chains: 3, firstBad: null })
    const newest = await listEvents(admin, { limit: 200, application: 'convergence' })
    expect(newest.items.map((e) => e.at)).toEqual(newest.items.map((e) => e.at).toSorted().toReversed())
  })

  test('the emulated cloud says the same: no drift, and a way back to a proven revision on every target', async () => {
    const emulator = await launchEmulator({ dataDir: dataFolder, env: { EMULATOR_PORT: String(port), DATABASE_URL: url } })
    try {
      expect(await emulator.calls()).toEqual([])
      const targets = await db.target.findMany({ include: { revisions: true } })
      for (const target of targets) {
        await observeQuietly(target.id)
        const shown = await viewTarget(admin, { id: target.id })
        expect(shown).toMatchObject({ drift: null, error: null, split: { [target.stableRevision ?? '']: 100 }, rollback: { ready: true, proven: 'proven' } })
        expect(shown.live?.revisions.map((r) => r.name).toSorted()).toEqual(target.revisions.map((r) => r.name).toSorted())
        expect(shown.live?.revisions.every((r) => r.release !== null && r.ready)).toBe(true)
      }
    } finally {
      await emulator.stop()
    }
  }, 60_000)

  test('a second start writes nothing, and leaves what people changed', async () => {
    await db.person.update({ where: { email: 'viewer@example.test' }, data: { disabledAt: new Date(), bindings: { deleteMany: {} } } })
    const before = await counts()
    await seedDemo()
    expect(await counts()).toEqual(before)
    expect(await db.person.findUnique({ where: { email: 'viewer@example.test' }, include: { bindings: true } })).toMatchObject({ disabledAt: expect.any(Date) as Date, bindings: [] })
  })
})

test('the story follows from the slug alone, day by day', () => {
  const end = Date.UTC(2026, 10, 20)
  for (const file of readdirSync(blueprintFolder)) {
    const shipped = readShipped(readFileSync(path.join(blueprintFolder, file), 'utf8'))
    const scenes = scenesOf(shipped, end)
    expect(scenesOf(shipped, end)).toEqual(scenes)
    expect(scenesOf(shipped, end + 86_400_000).releases.map((r) => r.version)).toEqual(scenes.releases.map((r) => r.version))
    const times = scenes.releases.map((r) => r.atMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(scenes.promotions.every((p) => p.requestedMs < p.endMs && p.endMs < end)).toBe(true)
  }
})

test('rollouts of one target never overlap, on whatever day the demo starts', () => {
  for (const file of readdirSync(blueprintFolder)) {
    const shipped = readShipped(readFileSync(path.join(blueprintFolder, file), 'utf8'))
    for (let offset = 0; offset < 14; offset++) {
      const scenes = scenesOf(shipped, Date.UTC(2026, 10, 20 + offset))
      const all = [...scenes.promotions.flatMap((p) => p.rollouts.map((r) => ({ key: r.targetId, from: r.startMs, to: r.story.endMs }))), ...scenes.presses.map((p) => ({ key: p.from.targetId, from: p.atMs, to: p.atMs + 3000 }))]
      for (const key of new Set(all.map((r) => r.key))) {
        const own = all.filter((r) => r.key === key).toSorted((a, b) => a.from - b.from)
        own.forEach((r, i) => expect(r.from, `${shipped.read.model.name} ${new Date(r.from).toISOString()}`).toBeGreaterThan(own[i - 1]?.to ?? 0))
      }
    }
  }
})
