import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchEmulator } from '#emulator/testing.ts'
import { systemActor, type Actor } from '#lib/access/actor.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { create, plan, view } from '#lib/promotions/service.ts'
import { endOpen as end, endRollout, makePerson, makeRelease, openIn, openServices as services, rolloutsIn, stateOf, withStaging, type World } from '#lib/promotions/testing/world.ts'
import { createRollout } from '#lib/rollouts/create.ts'
import { transact } from '#lib/rollouts/transact.ts'

// Targets read as absent: rollouts end by what the engine would write, no test here makes a call of one.
const cloud = await launchEmulator()
await testDatabase({ EMULATOR_PORT: String(cloud.port) })
afterAll(() => cloud.stop())

let developer: Actor
let ada: Actor
beforeAll(async () => {
  developer = await makePerson('developer')
  ada = await makePerson('release_manager')
})

const promote = async (world: World, services?: readonly string[], environment = 'staging') => create(developer, { release: (await makeRelease(world, services)).id, environment })
const started = async (world: World, services?: readonly string[]) => {
  const p = await promote(world, services)
  await runPromotion(p.id)
  return p
}

describe('several services', () => {
  test('go out in the declared order, one after another', async () => {
    const p = await started(await withStaging())
    expect(await services(p.id)).toEqual(['promotion api'])
    await runPromotion(p.id)
    expect(await services(p.id)).toEqual(['promotion api'])
    await end(p.id, 'succeeded')
    expect(await services(p.id)).toEqual(['promotion worker'])
    await end(p.id, 'succeeded')
    expect(await view(developer, { id: p.id })).toMatchObject({ state: 'succeeded', headline: expect.stringContaining('is out in staging') })
  })

  test('do not go back by themselves to what cannot read the live schema, and say so', async () => {
    const world = await withStaging()
    const before = await makeRelease(world, undefined, { schema: { version: 4, min: 3, max: 4, reversible: true } })
    const after = await makeRelease(world, undefined, { schema: { version: 5, min: 5, max: 6, reversible: false } })
    const p = await create(developer, { release: after.id, environment: 'staging' })
    await runPromotion(p.id)
    await end(p.id, 'succeeded')
    await db.rollout.updateMany({ where: { promotionId: p.id, state: 'succeeded' }, data: { stable: { revision: 'rev-before', digest: 'sha256:before', image: 'a.io/before', releaseId: before.id, version: before.version } } })
    await end(p.id, 'failed')
    expect(await view(developer, { id: p.id })).toMatchObject({ state: 'failed', endReason: expect.stringMatching(/mixed: api on .*api was not taken back: .*schema 5/) })
    expect(await services(p.id)).toEqual([])
  })

  test('go back in reverse when a later one fails', async () => {
    const p = await started(await withStaging())
    await end(p.id, 'succeeded')
    await end(p.id, 'failed')
    expect(await stateOf(p.id)).toBe('rolling_out')
    expect(await services(p.id)).toEqual(['rollback api'])
    await end(p.id, 'succeeded')
    expect(await view(developer, { id: p.id })).toMatchObject({ state: 'failed', endReason: 'worker failed' })
    expect(await rolloutsIn(p.id)).toHaveLength(3)
  })

  test('a mixed state is named, never shown as done', async () => {
    const p = await started(await withStaging())
    await end(p.id, 'succeeded')
    const [api] = await rolloutsIn(p.id)
    await db.$executeRaw`update rollout set stable = null where id = ${api?.id ?? ''}::uuid`
    await end(p.id, 'failed')
    const v = await view(developer, { id: p.id })
    expect(v).toMatchObject({ state: 'failed', endReason: expect.stringMatching(/mixed: api on 1\.\d+\.0, worker not/) })
    expect(v.headline).toContain('mixed')
  })

  test('one group together: when one is rolled back the other is aborted', async () => {
    const p = await started(await withStaging((_, m) => { m.order = [['api', 'worker']] }))
    expect((await services(p.id)).toSorted()).toEqual(['promotion api', 'promotion worker'])
    const api = (await openIn(p.id)).find((r) => r.target.service.slug === 'api')
    await endRollout(api?.id ?? '', 'rolled_back')
    await runPromotion(p.id)
    const rest = await rolloutsIn(p.id)
    expect(rest.map((r) => r.state).toSorted()).toEqual(['cancelled', 'rolled_back'])
    expect(rest.find((r) => r.state === 'cancelled')?.endReason).toBe('api was rolled back')
    expect(await stateOf(p.id)).toBe('rolled_back')
  })

  test('a rollback by hand of a service that was out stops the rest', async () => {
    const world = await withStaging()
    const p = await started(world)
    await end(p.id, 'succeeded')
    const [api] = await rolloutsIn(p.id)
    const plan = { ...(api?.plan as object), steps: [] }
    const back = await transact(async (tx) => createRollout(tx, { targetId: api?.targetId ?? '', kind: 'rollback', promotionId: null, releaseId: null, groupIndex: 0, plan: plan as never, contentHash: '', candidate: null, createdBy: 'ada', createdById: ada.id, nowMs: await nowMs(tx) }))
    await endRollout(back, 'succeeded')
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('rolled_back')
    expect((await rolloutsIn(p.id)).map((r) => r.state)).toEqual(['succeeded', 'cancelled'])
  })

  test('services that a release leaves out stay', async () => {
    const p = await started(await withStaging(), ['worker'])
    expect(await services(p.id)).toEqual(['promotion worker'])
    expect((await view(developer, { id: p.id })).plan.stays).toEqual(['api'])
    expect((await plan(developer, { release: p.release.id, environment: 'staging' })).refusals).toMatchObject([{ code: 'already_open', message: expect.stringContaining(p.id) }])
    await end(p.id, 'succeeded')
    expect(await stateOf(p.id)).toBe('succeeded')
  })
})

describe('two promotions of one place', () => {
  test('the newer queues, and starts by itself', async () => {
    const world = await withStaging()
    const first = await started(world, ['api'])
    const second = await started(world, ['api'])
    const waiting = await view(developer, { id: second.id })
    expect(waiting).toMatchObject({ state: 'ready', unmet: [{ code: 'target_busy', message: expect.stringContaining(`the promotion of ${first.release.version}`) }] })
    await end(first.id, 'succeeded')
    await runPromotion(second.id)
    expect(await stateOf(second.id)).toBe('rolling_out')
  })

  test('of several that are ready the oldest goes first in a queue, the newest where it supersedes', async () => {
    for (const [onNewer, wanted] of [['queue', 1], ['supersede', 2]] as const) {
      const world = await withStaging((s) => { s.onNewer = onNewer })
      const all = [await started(world, ['api']), await promote(world, ['api']), await promote(world, ['api'])]
      await db.rollout.updateMany({ where: { promotionId: all[0]?.id ?? '' }, data: { kind: 'shift', promotionId: null } })
      await db.promotion.update({ where: { id: all[0]?.id ?? '' }, data: { state: 'succeeded' } })
      for (const p of all.slice(1)) await runPromotion(p.id)
      expect([await stateOf(all[1]?.id ?? ''), await stateOf(all[2]?.id ?? '')]).toEqual(['ready', 'ready'])
      await db.rollout.updateMany({ where: { targetId: world.targets['staging']?.['api'] ?? '' }, data: { state: 'succeeded' } })
      for (const p of wanted === 1 ? all.slice(1).toReversed() : all.slice(1)) await runPromotion(p.id)
      expect(await stateOf(all[wanted]?.id ?? '')).toBe('rolling_out')
      expect(await stateOf(all[wanted === 1 ? 2 : 1]?.id ?? '')).toBe(wanted === 1 ? 'ready' : 'superseded')
    }
  })

  test('the newer supersedes: the older goes back through stable first', async () => {
    const world = await withStaging((s) => { s.onNewer = 'supersede' })
    const first = await started(world)
    await end(first.id, 'succeeded')
    const second = await started(world)
    expect(await stateOf(second.id)).toBe('ready')
    await runPromotion(first.id)
    expect(await services(first.id)).toEqual(['rollback api'])
    await runPromotion(second.id)
    expect(await rolloutsIn(second.id)).toHaveLength(0)
    await end(first.id, 'succeeded')
    expect(await db.promotion.findUniqueOrThrow({ where: { id: first.id } })).toMatchObject({ state: 'superseded', supersededById: second.id })
    await runPromotion(second.id)
    expect(await services(second.id)).toEqual(['promotion api'])
  })

  test('older ones that still wait end when a newer one starts; older releases are refused from then on', async () => {
    const world = await withStaging((s) => { s.approvals = [{ name: 'm', count: 1, roles: ['release_manager'], exclude: [], expiresAfterMs: null }] })
    const old = await makeRelease(world)
    const waiting = await promote(world)
    const newer = await promote(world)
    await db.approval.create({ data: { promotionId: newer.id, personId: ada.id, personName: ada.name, decision: 'approve', contentHash: newer.contentHash, at: new Date() } })
    await runPromotion(newer.id)
    expect(await db.promotion.findUniqueOrThrow({ where: { id: waiting.id } })).toMatchObject({ state: 'superseded', supersededById: newer.id })
    await expect(create(developer, { release: old.id, environment: 'staging' })).rejects.toMatchObject({ code: 'refused', unmet: [expect.objectContaining({ code: 'older_release' })] })
    await end(newer.id, 'succeeded')
    await end(newer.id, 'succeeded')
    await expect(create(developer, { release: old.id, environment: 'staging' })).rejects.toMatchObject({ unmet: [{ code: 'older_release', message: expect.stringContaining('roll back the target') }, { code: 'older_release' }] })
  })

  test('a rollback in progress is waited for', async () => {
    const world = await withStaging((s) => { s.onNewer = 'supersede' })
    const p = await promote(world, ['api'])
    const content = (await db.promotion.findUniqueOrThrow({ where: { id: p.id } })).content as { targets: { api: { id: string; plan: never } } }
    const back = await transact(async (tx) => createRollout(tx, { targetId: content.targets.api.id, kind: 'rollback', promotionId: null, releaseId: null, groupIndex: 0, plan: content.targets.api.plan, contentHash: '', candidate: null, createdBy: 'ada', createdById: ada.id, nowMs: await nowMs(tx) }))
    await runPromotion(p.id)
    expect(await view(developer, { id: p.id })).toMatchObject({ state: 'ready', unmet: [{ code: 'target_busy', message: expect.stringContaining('a rollback that ada asked for') }] })
    await endRollout(back, 'succeeded')
    await runPromotion(p.id)
    expect(await stateOf(p.id)).toBe('rolling_out')
  })
})

describe('at once', () => {
  test('50 requests for one release: one promotion, the rest told its id', async () => {
    const world = await withStaging()
    const release = await makeRelease(world, ['api'])
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => create(developer, { release: release.id, environment: 'staging' })))
    const made = all.filter((r) => r.status === 'fulfilled')
    expect(made).toHaveLength(1)
    for (const r of all) if (r.status === 'rejected') expect(r.reason).toMatchObject({ code: 'already_open', ref: { promotion: made[0]?.value.id } })
  })

  test.each(['queue', 'supersede'] as const)('50 releases promoted and run by many at once (%s): one open rollout, everyone else with a reason', async (onNewer) => {
    const world = await withStaging((s) => { s.onNewer = onNewer })
    const releases: string[] = []
    for (let i = 0; i < 50; i += 1) releases.push((await makeRelease(world, ['api'])).id)
    const made = await Promise.allSettled(releases.map(async (release) => {
      const p = await create(developer, { release, environment: 'staging' })
      await Promise.all([runPromotion(p.id), runPromotion(p.id)])
      return p.id
    }))
    for (const r of made) if (r.status === 'rejected') expect(r.reason).toMatchObject({ code: 'refused', unmet: expect.arrayContaining([expect.objectContaining({ code: 'older_release' })]) })
    // Every open one takes its turn until nothing moves any more, as the worker's wake-ups would have it.
    const environmentId = world.environments['staging'] ?? ''
    const standing = async () => JSON.stringify(await db.promotion.findMany({ where: { environmentId }, select: { id: true, state: true }, orderBy: { id: 'asc' } }))
    for (let before = ''; before !== (await standing()); ) {
      before = await standing()
      for (const { id } of await db.promotion.findMany({ where: { environmentId, state: { in: ['pending', 'ready', 'rolling_out'] } } })) await runPromotion(id)
    }
    const target = world.targets['staging']?.['api'] ?? ''
    expect(await db.rollout.count({ where: { targetId: target, endedAt: null } })).toBe(1)
    expect(await db.promotion.count({ where: { environmentId, state: 'rolling_out' } })).toBe(1)
    const rest = await db.promotion.findMany({ where: { environmentId, state: { not: 'rolling_out' } } })
    // Each aborted one had its own end; with a queue nobody was disturbed.
    if (onNewer === 'queue') expect(await db.rollout.count({ where: { targetId: target } })).toBe(1)
    for (const p of rest) expect(p.state === 'ready' ? JSON.stringify(p.gates) : `${p.state} ${p.endReason}`).toMatch(/target_busy|^superseded ./)
  }, 60_000)
})

test('a run that is killed at its commit, and one of what is not there, do no harm', async () => {
  const p = await promote(await withStaging(), ['api'])
  await Promise.all(Array.from({ length: 10 }, () => runPromotion(p.id)))
  await runPromotion(crypto.randomUUID())
  await runPromotion('no id')
  expect(await rolloutsIn(p.id)).toHaveLength(1)
  expect(await db.auditEvent.count({ where: { subjectId: p.id, verb: 'promotion.started' } })).toBe(1)
})

test('a process acting by itself decides nothing for people', async () => {
  const p = await promote(await withStaging())
  const { decide } = await import('#lib/promotions/service.ts')
  await expect(decide(systemActor('engine'), { id: p.id, decision: 'reject', contentHash: p.contentHash })).rejects.toMatchObject({ code: 'forbidden' })
})
