import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchEmulator } from '#emulator/testing.ts'
import type { Actor } from '#lib/access/actor.ts'
import { moveClock } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { cancel, list, override, reviewOverride, view } from '#lib/promotions/service.ts'
import { approve, ask, onlyApprovals } from '#lib/promotions/testing/asked.ts'
import { changeModel, makePerson, stateOf } from '#lib/promotions/testing/world.ts'

// Targets read as absent: no test here goes as far as a rollout's first call.
const cloud = await launchEmulator()
await testDatabase({ EMULATOR_PORT: String(cloud.port) })
afterAll(() => cloud.stop())

let developer: Actor
let ada: Actor
let onCall: Actor
beforeAll(async () => {
  developer = await makePerson('developer')
  ada = await makePerson('release_manager')
  onCall = await makePerson('on_call')
})

describe('break-glass', () => {
  test('passes open gates with a reason, and is written down', async () => {
    const p = await ask(await onlyApprovals(), developer)
    await expect(override(onCall, { id: p.id })).rejects.toMatchObject({ code: 'invalid_input', field: 'reason' })
    const overridden = await override(onCall, { id: p.id, reason: 'site is down' })
    expect(overridden.override).toMatchObject({ by: onCall.name, reason: 'site is down' })
    expect(overridden.gates).toMatchObject([{ kind: 'approvals', state: 'overridden' }])
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('rolling_out')
    expect((await view(ada, { id: p.id })).override?.use).toBe('used')
    const audit = await db.auditEvent.findFirstOrThrow({ where: { subjectId: p.id, verb: 'promotion.override' } })
    expect(audit.after).toMatchObject({ gates: ['approvals: release managers'], reviewedAt: null })
  })

  test('is listed until somebody else has looked at it', async () => {
    const p = await ask(await onlyApprovals(), developer)
    await override(onCall, { id: p.id, reason: 'site is down' })
    const listed = async () => (await list(ada, { limit: 50, override: 'unreviewed' })).items.map((i) => i.id)
    expect(await listed()).toContain(p.id)
    await expect(reviewOverride(developer, { id: p.id })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(reviewOverride({ ...onCall, grants: ada.grants }, { id: p.id })).rejects.toMatchObject({ code: 'refused', unmet: [expect.objectContaining({ code: 'own_override' })] })
    const reviewed = await reviewOverride(ada, { id: p.id, comment: 'right call' })
    expect(reviewed.override?.reviewed).toMatchObject({ by: ada.name, comment: 'right call' })
    expect(await listed()).not.toContain(p.id)
  })

  test('that came to nothing is listed until reviewed too, and says that nothing shipped by it', async () => {
    const world = await onlyApprovals()
    const [changed, cancelled] = [await ask(world, developer), await ask(world, developer)]
    for (const p of [changed, cancelled]) await override(onCall, { id: p.id, reason: 'site is down' })
    expect((await view(ada, { id: changed.id })).override?.use).toBe('in_force')
    await cancel(ada, { id: cancelled.id, reason: 'up again' })
    await changeModel(world, (m) => { m.environments[1]!.onFreeze = 'return' })
    await runPromotion(changed.id)
    await changeModel(world, (m) => { m.environments[1]!.onFreeze = 'hold' })
    await runPromotion(changed.id)
    expect(await stateOf(changed.id), 'void for good, although the content is what it was').toBe('pending')
    const voided = await db.auditEvent.findMany({ where: { subjectId: changed.id, verb: 'promotion.content_changed' }, orderBy: { seq: 'asc' } })
    expect(voided.map((e) => e.message.includes(`No longer counts: the break-glass of ${onCall.name}`))).toEqual([true, false])
    const listed = async () => (await list(ada, { limit: 50, override: 'unreviewed' })).items.map((i) => i.id)
    for (const [p, use] of [[changed, 'void'], [cancelled, 'ended_before']] as const) {
      expect(await listed()).toContain(p.id)
      expect((await view(ada, { id: p.id })).override).toMatchObject({ use, reviewed: null, mayReview: true })
      await reviewOverride(ada, { id: p.id })
      expect(await listed()).not.toContain(p.id)
    }
  })

  test('does not pass a hold', async () => {
    const world = await onlyApprovals()
    const p = await ask(world, developer)
    const artifact = await db.artifact.findFirstOrThrow({ where: { releaseId: p.release.id } })
    await db.targetHold.create({ data: { targetId: world.targets['production']?.['api'] ?? '', digests: [artifact.digest], reason: 'rolled back', byName: 'x', at: new Date() } })
    await expect(override(onCall, { id: p.id, reason: 'now' })).rejects.toMatchObject({ code: 'refused', unmet: [expect.objectContaining({ code: 'hold' })] })
    await approve(ada, p)
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('pending')
  })

  test('of other content is void, and lapses after an hour', async () => {
    const world = await onlyApprovals(1, (m) => { for (const rule of m.environments[1]!.approvals) rule.expiresAfterMs = null })
    const [changed, late] = [await ask(world, developer), await ask(world, developer)]
    await override(onCall, { id: late.id, reason: 'r' })
    await moveClock(3_600_001)
    await runPromotion(late.id)
    expect(await stateOf(late.id)).toBe('pending')
    await override(onCall, { id: changed.id, reason: 'r' })
    await changeModel(world, (m) => { m.environments[1]!.onFreeze = 'return' })
    await runPromotion(changed.id)
    expect(await stateOf(changed.id)).toBe('pending')
  })

  test('of content that was not looked at is refused with what changed', async () => {
    const world = await onlyApprovals()
    const p = await ask(world, developer)
    await changeModel(world, (m) => { m.environments[1]!.targets[0]!.config.env = { LOG_LEVEL: 'DEBUG' } })
    const now = await view(onCall, { id: p.id })
    await expect(override(onCall, { id: p.id, contentHash: p.contentHash, reason: 'r' })).rejects.toMatchObject({ code: 'content_changed', message: expect.stringContaining('LOG_LEVEL') })
    expect(await override(onCall, { id: p.id, contentHash: now.contentHash, reason: 'r' })).toMatchObject({ override: { reason: 'r' } })
  })

  test('is not for who may only approve', async () => {
    const p = await ask(await onlyApprovals(), developer)
    await expect(override(ada, { id: p.id, reason: 'r' })).rejects.toMatchObject({ code: 'forbidden' })
  })
})
