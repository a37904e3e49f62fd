import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '#lib/access/actor.ts'
import { db } from '#lib/platform/db/client.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { createPromotion, listPromotions, planPromotion, viewPromotion } from '#lib/promotions/contract.ts'
import { create, list, plan, view } from '#lib/promotions/service.ts'
import { openCloud, ownProject } from '#lib/promotions/testing/driven.ts'
import { makePerson, type World } from '#lib/promotions/testing/world.ts'
import { viewRelease } from '#lib/releases/contract.ts'
import * as releases from '#lib/releases/service.ts'
import { rollbackReadiness } from '#lib/targets/readiness.ts'

const { cloud, drive: driveAs } = await openCloud()

let developer: Actor
beforeAll(async () => {
  developer = await makePerson('developer')
})

const staging = (): Promise<World> => ownProject()
const drive = (promotionId: string) => driveAs(developer, promotionId)
const ship = (world: World, tags: Record<string, string>) =>
  releases.create(developer, { application: world.slug, version: `v-${randomUUID().slice(0, 8)}`, commit: 'abcdef1', artifacts: Object.entries(tags).map(([service, tag]) => ({ service, image: `eu-docker.pkg.dev/acme/${service}/${service}:${tag}` })) })
const promote = async (world: World, tags: Record<string, string>) => create(developer, { release: (await ship(world, tags)).id, environment: 'staging' })

/** Percent by image tag of what each service serves, from the cloud itself. */
async function live(world: World, service: string) {
  const target = await db.target.findUniqueOrThrow({ where: { id: world.targets['staging']?.[service] ?? '' } })
  const revisions = await db.targetRevision.findMany({ where: { targetId: target.id } })
  const artifacts = await db.artifact.findMany({ where: { digest: { in: revisions.flatMap((r) => r.digest ?? []) } } })
  const { observation } = target.snapshot as { observation: { split: Record<string, number> } }
  return Object.fromEntries(Object.entries(observation.split).map(([name, percent]) => [artifacts.find((a) => a.digest === revisions.find((r) => r.name === name)?.digest)?.tag ?? name, percent]))
}

test('two services go out in order, the next release too', async () => {
  const world = await staging()
  const first = await drive((await promote(world, { api: 'v1', worker: 'v1' })).id)
  expect(first).toMatchObject({ state: 'succeeded', rolloutStates: [{ target: { service: 'api' }, state: 'succeeded' }, { target: { service: 'worker' }, state: 'succeeded' }] })
  const second = await promote(world, { api: 'v2', worker: 'v2' })
  expect(second.plan.targets[0]).toMatchObject({ live: 'live', from: { version: first.release.version }, traffic: [expect.stringContaining('deploys a new revision at 0% with the tag next'), '100% to the new revision'] })
  expect(second.plan.rollback).toMatchObject([{ service: 'api', ready: true }, { service: 'worker', ready: true }])
  expect(await drive(second.id)).toMatchObject({ state: 'succeeded' })
  expect([await live(world, 'api'), await live(world, 'worker')]).toEqual([{ v2: 100 }, { v2: 100 }])
  const release = await releases.view(developer, { id: second.release.id })
  // What the edge would answer: every shape fits its contract.
  viewRelease.output.parse(release)
  viewPromotion.output.parse(first)
  createPromotion.output.parse(second)
  const listed = listPromotions.output.parse(await list(developer, { limit: 10, application: world.slug, state: 'succeeded' }))
  expect(listed.items.map((i) => i.id)).toEqual([second.id, first.id])
  expect(release.where).toMatchObject([{ service: 'api', percent: 100 }, { service: 'worker', percent: 100 }])
})

test('when the second never becomes ready the first goes back, for real', async () => {
  const world = await staging()
  await drive((await promote(world, { api: 'v1', worker: 'v1' })).id)
  const bad = await drive((await promote(world, { api: 'v2', worker: 'v2-crash' })).id)
  expect(bad).toMatchObject({ state: 'failed', endReason: expect.stringContaining('worker failed: ') })
  expect([await live(world, 'api'), await live(world, 'worker')]).toEqual([{ v1: 100 }, { v1: 100 }])
  // What went back with its release held 100% and passed, and is no place to roll back to all the same.
  await drive((await promote(world, { api: 'v3', worker: 'v3' })).id)
  const apiTarget = world.targets['staging']?.['api'] ?? ''
  const ready = await rollbackReadiness(apiTarget)
  const first = await db.targetRevision.findFirstOrThrow({ where: { targetId: apiTarget }, orderBy: { createdAt: 'asc' } })
  expect(ready).toMatchObject({ ready: true, revision: first.name, skipped: [{ reason: 'it was rolled back' }] })
})

describe('the plan', () => {
  test('of a first release says what it creates, and writes nothing', async () => {
    const world = await staging()
    const release = await ship(world, { api: 'v1' })
    const p = await plan(developer, { release: release.id, environment: 'staging' })
    expect(p.targets).toMatchObject([{ live: 'absent', from: { revision: null }, traffic: [expect.stringContaining('creates the service staging-api'), expect.anything(), expect.anything()], notes: expect.arrayContaining([expect.stringContaining('nothing to go back to')]) }])
    planPromotion.output.parse(p)
    expect(p).toMatchObject({ stays: ['worker'], refusals: [], rollback: [{ ready: false }] })
    expect(await db.promotion.count({ where: { releaseId: release.id } })).toBe(0)
  })
  test('carried to create is refused when live has moved since, and only then', async () => {
    const world = await staging()
    const [older, newer] = [await ship(world, { api: 'v1' }), await ship(world, { api: 'v2' })]
    const before = await plan(developer, { release: newer.id, environment: 'staging' })
    expect((await plan(developer, { release: newer.id, environment: 'staging' })).planHash).toBe(before.planHash)
    await drive((await create(developer, { release: older.id, environment: 'staging' })).id)
    await expect(create(developer, { release: newer.id, environment: 'staging', planHash: before.planHash })).rejects.toMatchObject({ code: 'plan_changed' })
    const again = await plan(developer, { release: newer.id, environment: 'staging' })
    expect(await create(developer, { release: newer.id, environment: 'staging', planHash: again.planHash })).toMatchObject({ state: 'pending' })
  })
  test('does not fail with the cloud', async () => {
    const world = await staging()
    const release = await ship(world, { api: 'v1' })
    await cloud.control('faults', { service: 'staging-api', kind: 'error', status: 503, times: 20 })
    const p = await plan(developer, { release: release.id, environment: 'staging' })
    await cloud.control('faults', undefined, 'DELETE')
    expect(p.targets).toMatchObject([{ live: 'unreadable', liveError: expect.any(String), asOf: null }])
  })
  test.each([[{ release: 'nope', environment: 'staging' }, 'release'], [{ release: randomUUID(), environment: 'staging' }, 'release']])('of what is not there names the field: %j', async (input, field) => {
    await expect(plan(developer, input)).rejects.toMatchObject({ code: 'invalid_input', field })
  })
  test('to an environment that is not there names those that are', async () => {
    const release = await ship(await staging(), { api: 'v1' })
    await expect(plan(developer, { release: release.id, environment: 'qa' })).rejects.toMatchObject({ field: 'environment', message: expect.stringContaining('allowed: staging, production') })
  })
})

test('waiting for the end answers on the next change, not only at the time limit', async () => {
  const world = await staging()
  const p = await promote(world, { api: 'v1' })
  // Twice as long as this test may take: an answer at the time limit fails it.
  const answer = view(developer, { id: p.id, waitFor: 'end', seconds: 60 })
  await runPromotion(p.id)
  expect((await answer).state).toBe('rolling_out')
  await drive(p.id)
  expect((await view(developer, { id: p.id, waitFor: 'end', seconds: 60 })).state).toBe('succeeded')
})
