import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchEmulator } from '#emulator/testing.ts'
import type { Actor } from '#lib/access/actor.ts'
import { moveClock } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { cancel, create, decide, list, override, reviewOverride, start, view } from '#lib/promotions/service.ts'
import { acmeModel } from '#lib/promotions/testing/model.ts'
import { changeModel, makePerson, makeRelease, makeWorld, rolloutsIn, stateOf, type World } from '#lib/promotions/testing/world.ts'

// Targets read as absent: no test here goes as far as a rollout's first call.
const cloud = await launchEmulator()
await testDatabase({ EMULATOR_PORT: String(cloud.port) })
afterAll(() => cloud.stop())

let developer: Actor
let ada: Actor
let bob: Actor
let onCall: Actor
beforeAll(async () => {
  developer = await makePerson('developer')
  ada = await makePerson('release_manager')
  bob = await makePerson('release_manager')
  onCall = await makePerson('on_call')
})

/** Production asks for approvals and nothing else, so that these tests are about people. */
const onlyApprovals = (count = 1, change: (m: ReturnType<typeof acmeModel>) => void = () => undefined) => {
  const model = acmeModel()
  for (const e of model.environments) {
    e.after = []
    for (const rule of e.approvals) rule.count = count
  }
  change(model)
  return makeWorld(model)
}
const ask = async (world: World, by: Actor, over: Parameters<typeof makeRelease>[2] = {}) => create(by, { release: (await makeRelease(world, ['api'], over)).id, environment: 'production' })
const approve = (by: Actor, p: { id: string; contentHash: string }) => decide(by, { id: p.id, decision: 'approve', contentHash: p.contentHash })
const tokenOf = (person: Actor): Actor => ({ ...person, kind: 'token', tokenId: crypto.randomUUID(), scopes: ['view', 'propose', 'approve'] })

describe('four eyes', () => {
  test('an approval by another person starts it', async () => {
    const p = await ask(await onlyApprovals(), developer)
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('pending')
    const approved = await approve(ada, p)
    expect(approved.approvals).toMatchObject([{ person: ada.name, decision: 'approve', voided: null }])
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('rolling_out')
  })

  test.each<[string, () => Promise<[Actor, Actor]>, object, string]>([
    ['the requester', async () => [ada, ada], {}, 'excluded_requester'],
    ['a token of the requester', async () => [ada, tokenOf(ada)], {}, 'excluded_requester'],
    ['the author of the release, by address', async () => [developer, ada], { author: 'ada' }, 'excluded_author'],
  ])('%s is refused', async (_, people, over, code) => {
    const [requester, approver] = await people()
    const author = 'author' in over ? { author: `A <${ada.email.toUpperCase()}>` } : {}
    const p = await ask(await onlyApprovals(), requester, author)
    await expect(approve(approver, p)).rejects.toMatchObject({ code: 'refused', unmet: expect.arrayContaining([expect.objectContaining({ code })]) })
    expect(await db.approval.count({ where: { promotionId: p.id } })).toBe(0)
  })

  test('one person counts once, with a session and a token', async () => {
    const p = await ask(await onlyApprovals(2), developer)
    await approve(ada, p)
    await expect(approve(ada, p)).rejects.toMatchObject({ code: 'refused', unmet: [expect.objectContaining({ code: 'already_approved' })] })
    await expect(approve(tokenOf(ada), p)).rejects.toMatchObject({ code: 'refused' })
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('pending')
    await approve(bob, p)
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('rolling_out')
  })

  test('two approvals of one person at once are one', async () => {
    const p = await ask(await onlyApprovals(2), developer)
    const both = await Promise.allSettled([approve(ada, p), approve(tokenOf(ada), p)])
    expect(both.map((r) => r.status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  test.each<[string, () => Actor, string]>([
    ['who may not approve', () => developer, 'role'],
    ['a token without the scope', () => ({ ...tokenOf(ada), scopes: ['view'] }), 'role'],
    ['on call', () => onCall, 'role'],
  ])('%s is forbidden', async (_, by, code) => {
    const p = await ask(await onlyApprovals(), developer)
    await expect(approve(by(), p)).rejects.toMatchObject({ code: 'forbidden', unmet: expect.arrayContaining([expect.objectContaining({ code })]) })
  })

  test('a role lost before the start does not count any more', async () => {
    const leaver = await makePerson('release_manager')
    const p = await ask(await onlyApprovals(1, (m) => { for (const e of m.environments) e.start = 'manual' }), developer)
    await approve(leaver, p)
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('ready')
    await db.binding.updateMany({ where: { personId: leaver.id }, data: { role: 'viewer' } })
    await expect(start(ada, { id: p.id })).rejects.toMatchObject({ code: 'refused', unmet: [expect.objectContaining({ code: 'approvals', message: expect.stringContaining('does not count') })] })
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('pending')
    expect(await rolloutsIn(p.id)).toHaveLength(0)
  })

  test('a disabled account does not count any more', async () => {
    const leaver = await makePerson('release_manager')
    const p = await ask(await onlyApprovals(), developer)
    await approve(leaver, p)
    await db.person.update({ where: { id: leaver.id }, data: { disabledAt: new Date() } })
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('pending')
  })

  test('expiry is denial, and an approval after it is refused', async () => {
    const p = await ask(await onlyApprovals(), developer)
    await moveClock(3_600_000)
    await expect(approve(ada, p)).rejects.toMatchObject({ code: 'refused', unmet: expect.arrayContaining([expect.objectContaining({ code: 'expired' })]) })
    await runPromotion(p.id)
    const ended = await view(developer, { id: p.id })
    expect(ended).toMatchObject({ state: 'expired', endReason: expect.stringContaining('0 of 1 approvals within 1 h') })
  })

  test('a rejection ends it, with who and why', async () => {
    const p = await ask(await onlyApprovals(), developer)
    const rejected = await decide(bob, { id: p.id, decision: 'reject', contentHash: p.contentHash, comment: 'not on a Friday' })
    expect(rejected).toMatchObject({ state: 'rejected', endReason: `by ${bob.name}: not on a Friday` })
    await expect(approve(ada, p)).rejects.toMatchObject({ code: 'refused', unmet: expect.arrayContaining([expect.objectContaining({ code: 'state' })]) })
  })
})

describe('an approval binds to content', () => {
  test('a change of policy voids it, says which path and which approval, and the old hash is refused', async () => {
    const world = await onlyApprovals(2)
    const p = await ask(world, developer)
    await approve(ada, p)
    await changeModel(world, (m) => { m.environments[1]!.approvals[0]!.exclude = [] })
    await expect(approve(bob, p)).rejects.toMatchObject({ code: 'content_changed', message: expect.stringContaining('policy.approvals.release managers.exclude') })
    const now = await view(bob, { id: p.id })
    expect(now.contentHash).not.toBe(p.contentHash)
    expect(now.approvals).toMatchObject([{ person: ada.name, voided: { reason: expect.stringContaining('policy.approvals.release managers.exclude') } }])
    await expect(approve(bob, p)).rejects.toMatchObject({ code: 'content_changed', message: expect.stringContaining('exclude') })
    const audit = await db.auditEvent.findFirstOrThrow({ where: { subjectId: p.id, verb: 'promotion.content_changed' } })
    expect(audit.message).toContain(`No longer counts: the approval of ${ada.name}`)
  })

  test('a change between approval and start stops the start', async () => {
    const world = await onlyApprovals()
    const p = await ask(world, developer)
    await approve(ada, p)
    await changeModel(world, (m) => { m.environments[1]!.targets[0]!.config.env = { LOG_LEVEL: 'DEBUG' } })
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('pending')
    expect(await rolloutsIn(p.id)).toHaveLength(0)
    const again = await view(ada, { id: p.id })
    await approve(ada, again)
    await runPromotion(p.id)
    const [rollout] = await rolloutsIn(p.id)
    expect(rollout?.contentHash).toBe(again.contentHash)
    expect(rollout?.plan).toMatchObject({ config: { env: { LOG_LEVEL: 'DEBUG' } } })
  })

  test('a change that ships nothing else voids nothing', async () => {
    const world = await onlyApprovals()
    const p = await ask(world, developer)
    await approve(ada, p)
    await changeModel(world, (m) => { m.title = 'Renamed' })
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('rolling_out')
  })
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

  test('is not for who may only approve', async () => {
    const p = await ask(await onlyApprovals(), developer)
    await expect(override(ada, { id: p.id, reason: 'r' })).rejects.toMatchObject({ code: 'forbidden' })
  })
})

describe('cancel', () => {
  test('by who asked, twice without a second write; not by another developer', async () => {
    const p = await ask(await onlyApprovals(), developer)
    await expect(cancel(await makePerson('developer'), { id: p.id })).rejects.toMatchObject({ code: 'forbidden' })
    const cancelled = await cancel(developer, { id: p.id, reason: 'wrong one' })
    expect(cancelled).toMatchObject({ state: 'cancelled', endReason: `by ${developer.name}: wrong one` })
    expect((await cancel(developer, { id: p.id })).version).toBe(cancelled.version)
  })
  test('not once it rolls out: its rollouts are aborted instead', async () => {
    const p = await ask(await onlyApprovals(), developer)
    await approve(ada, p)
    await runPromotion(p.id)
    await expect(cancel(ada, { id: p.id })).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('abort its rollouts') })
  })
})
