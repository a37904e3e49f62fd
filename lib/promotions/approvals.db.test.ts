import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchEmulator } from '#emulator/testing.ts'
import type { Actor } from '#lib/access/actor.ts'
import { moveClock } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { cancel, decide, start, view, withdraw } from '#lib/promotions/service.ts'
import { approve, ask, onlyApprovals } from '#lib/promotions/testing/asked.ts'
import { changeModel, makePerson, rolloutsIn, stateOf } from '#lib/promotions/testing/world.ts'

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

describe('an approval is withdrawn', () => {
  const auditOf = async (id: string) => (await db.auditEvent.findMany({ where: { subjectKind: 'promotion', subjectId: id }, orderBy: { seq: 'asc' } })).map((e) => e.verb)

  test('before the rollout starts; then it does not count, stays in the record, and may be given again', async () => {
    const p = await ask(await onlyApprovals(2), developer)
    await approve(ada, p)
    const after = await withdraw(ada, { id: p.id, reason: 'one more look at the logs' })
    expect(after.approvals).toMatchObject([{ person: ada.name, decision: 'approve', voided: { reason: `withdrawn by ${ada.name}: one more look at the logs` } }])
    await approve(bob, p)
    await runPromotion(p.id)
    expect(await stateOf(p.id), 'one of two').toBe('pending')
    await approve(ada, p)
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('rolling_out')
    expect(await auditOf(p.id)).toEqual(expect.arrayContaining(['promotion.approve', 'promotion.withdraw']))
  })

  test('only by who gave it', async () => {
    const p = await ask(await onlyApprovals(2), developer)
    await approve(ada, p)
    await expect(withdraw(bob, { id: p.id })).rejects.toMatchObject({ code: 'refused', unmet: [{ code: 'not_approved' }] })
    await expect(withdraw(developer, { id: p.id })).rejects.toMatchObject({ code: 'forbidden' })
    expect((await view(ada, { id: p.id })).actions.find((a) => a.action === 'withdraw')).toMatchObject({ allowed: true })
    expect((await view(bob, { id: p.id })).actions.find((a) => a.action === 'withdraw')).toMatchObject({ allowed: false })
    expect((await view(bob, { id: p.id })).approvals).toMatchObject([{ voided: null }])
  })

  test('also when all was met and a person had pressed start: it waits again, and is started anew', async () => {
    const p = await ask(await onlyApprovals(1, (m) => m.environments.forEach((e) => (e.start = 'manual'))), developer)
    await approve(ada, p)
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('ready')
    await start(bob, { id: p.id })
    await withdraw(ada, { id: p.id })
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('pending')
    await approve(bob, p)
    await runPromotion(p.id)
    expect(await stateOf(p.id), 'nobody has pressed start for these approvals').toBe('ready')
  })

  test('not any more once it rolls out', async () => {
    const p = await ask(await onlyApprovals(), developer)
    await approve(ada, p)
    await runPromotion(p.id)
    await expect(withdraw(ada, { id: p.id })).rejects.toMatchObject({ code: 'refused', message: expect.stringMatching(/abort its rollouts to go back/) as unknown })
    expect((await view(ada, { id: p.id })).approvals).toMatchObject([{ voided: null }])
  })
})
