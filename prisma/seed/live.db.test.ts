import { beforeAll, describe, expect, test } from 'vitest'
import { launchEmulator } from '#emulator/testing.ts'
import { systemActor } from '#lib/access/actor.ts'
import { listEvents } from '#lib/audit/service.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { create as promote } from '#lib/promotions/ask.ts'
import { view as viewPromotion } from '#lib/promotions/read.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { view as viewRollout } from '#lib/rollouts/service.ts'
import { view as viewTarget } from '#lib/targets/service.ts'
import { actorOf } from '#prisma/seed/people.ts'
import { seedDemo } from '#prisma/seed/seed.ts'
import { freePort } from '#scripts/postgres.ts'
import { sweep, sweptOut } from '../../worker/sweep.ts'

const port = await freePort()
const { dataFolder, url } = await testDatabase({ EMULATOR_PORT: String(port) })
const admin = systemActor('tester')
const place = (application: string, environment: string) => ({ environment: { slug: environment, application: { slug: application } } })
const openOf = (application: string) => db.promotion.findFirstOrThrow({ where: { ...place(application, 'production'), endedAt: null } })

beforeAll(() => seedDemo(), 120_000)

describe('what is going on when the demo starts', () => {
  test('is one release that was agreed to and one that waits; nothing else is open', async () => {
    const open = await db.promotion.findMany({ where: { endedAt: null }, include: { release: true, environment: { include: { application: true } } } })
    expect(open.map((p) => `${p.environment.application.slug} ${p.environment.slug} ${p.state}`).toSorted()).toEqual(['convergence production pending', 'genai-platform production pending'])
    expect(open.every((p) => p.reason !== null && p.release.notes !== null && /^[0-9a-f]{40}$/.test(p.release.commit))).toBe(true)
    expect(await db.rollout.count({ where: { endedAt: null } })).toBe(0)
  })

  test('a manager may approve what waits, against the live state; who asked may not', async () => {
    const emulator = await launchEmulator({ dataDir: dataFolder, env: { EMULATOR_PORT: String(port), DATABASE_URL: url } })
    try {
      const { id } = await openOf('convergence')
      await runPromotion(id)
      const seen = async (who: 'manager' | 'developer') => (await viewPromotion(actorOf(who), { id })).actions.find((a) => a.action === 'approve')
      expect(await seen('manager')).toMatchObject({ allowed: true })
      expect(await seen('developer')).toMatchObject({ allowed: false })
      const view = await viewPromotion(actorOf('manager'), { id })
      expect(view).toMatchObject({ state: 'pending', requestedBy: 'Dev Developer' })
      expect(view.gates.map((g) => [g.kind, g.state])).toEqual(expect.arrayContaining([['approvals', 'unmet'], ['upstream', 'met']]))
      expect(view.plan.targets[0]).toMatchObject({ live: 'live', from: { version: expect.stringMatching(/^0\./) as string } })
      expect(await db.auditEvent.count({ where: { subjectId: id, verb: 'promotion.content_changed' } })).toBe(0)
    } finally {
      await emulator.stop()
    }
  }, 60_000)

  test('the one rolled back the evening before tells why, and its hold refuses it', async () => {
    const rollout = await db.rollout.findFirstOrThrow({ where: { state: 'rolled_back', target: place('haystack', 'production') }, orderBy: { createdAt: 'desc' } })
    const view = await viewRollout(admin, { id: rollout.id })
    const culprit = view.verdicts.find((v) => v.verdict === 'fail')
    expect(culprit).toMatchObject({ rule: 'API error rate', minRequests: 50 })
    expect((culprit?.errors ?? 0) / (culprit?.requests ?? 1)).toBeGreaterThan(0.05)
    const windowMs = Date.parse(culprit?.windowTo ?? '') - Date.parse(culprit?.windowFrom ?? '')
    expect([windowMs % 60_000, windowMs > 0 && windowMs <= 300_000]).toEqual([0, true])
    expect((await listEvents(admin, { subject: `rollout:${rollout.id}`, limit: 50 })).items.map((e) => e.verb)).toEqual(expect.arrayContaining(['rollout.started', 'rollout.rolling_back', 'rollout.rolled_back']))
    const target = await viewTarget(admin, { id: rollout.targetId })
    expect(target.hold).toMatchObject({ reason: rollout.endReason, release: { id: rollout.releaseId } })
    const emulator = await launchEmulator({ dataDir: dataFolder, env: { EMULATOR_PORT: String(port), DATABASE_URL: url } })
    try {
      await expect(promote(actorOf('developer'), { release: rollout.releaseId ?? '', environment: 'production' })).rejects.toMatchObject({ unmet: [expect.objectContaining({ code: 'hold' }) as unknown] })
    } finally {
      await emulator.stop()
    }
  }, 60_000)

  test('a newcomer finds every place of convergence free', async () => {
    const targets = await db.target.findMany({ where: { environment: { application: { slug: 'convergence' } } }, include: { holds: { where: { liftedAt: null } }, rollouts: { where: { endedAt: null } } } })
    expect(targets.length).toBe(2)
    expect(targets.every((t) => t.holds.length === 0 && t.rollouts.length === 0)).toBe(true)
  })

  test('the agreed one is carried out to its end by the worker, through a canary with real counts', async () => {
    const emulator = await launchEmulator({ dataDir: dataFolder, env: { EMULATOR_PORT: String(port), DATABASE_URL: url } })
    try {
      const { id } = await openOf('genai-platform')
      const shares = new Set<number>()
      const counts: number[] = []
      for (let i = 0; i < 120; i++) {
        await sweep('tester')
        await sweptOut()
        const promotion = await viewPromotion(admin, { id })
        if (promotion.endedAt !== null) break
        const rollout = promotion.rollouts[0] === undefined ? null : await viewRollout(admin, { id: promotion.rollouts[0] })
        if (rollout) {
          const share = rollout.split.observed?.[rollout.candidate?.revision ?? '']
          if (share !== undefined) shares.add(share)
          counts.push(...rollout.verdicts.flatMap((v) => (v.requests === null ? [] : [v.requests])))
        }
        await emulator.control('clock', { advanceMs: rollout?.split.observed ? 60_000 : 1_000 })
      }
      expect(await viewPromotion(admin, { id })).toMatchObject({ state: 'succeeded', endReason: null })
      expect([...shares]).toEqual(expect.arrayContaining([10, 100]))
      expect(Math.max(...counts)).toBeGreaterThan(1000)
    } finally {
      await emulator.stop()
    }
  }, 120_000)
})
