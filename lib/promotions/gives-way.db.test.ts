import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Actor } from '#lib/access/actor.ts'
import type { SchemaRange } from '#lib/releases/contract.ts'
import { runRollout } from '#lib/engine/run.ts'
import { db } from '#lib/platform/db/client.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { create, plan, view } from '#lib/promotions/service.ts'
import { openCloud, ownProject } from '#lib/promotions/testing/driven.ts'
import { makePerson, type World } from '#lib/promotions/testing/world.ts'
import * as releases from '#lib/releases/service.ts'
import { abort, advance } from '#lib/rollouts/service.ts'
import { findRollout, type RolloutRow } from '#lib/rollouts/store.ts'
import { rollBack } from '#lib/targets/rollback.ts'
import { rollbackReadiness } from '#lib/targets/readiness.ts'

const { cloud, drive } = await openCloud()
// Whole promotions, step by step: a busy machine needs its time.
vi.setConfig({ testTimeout: 120_000 })
let developer: Actor
let ada: Actor
beforeAll(async () => {
  developer = await makePerson('developer')
  ada = await makePerson('release_manager')
})

const minuteMs = 60_000
type Setup = { /** Ships both services at once. */ together?: boolean; /** Watches errors. */ watched?: boolean }
/** Staging by a canary that bakes at 10%, where a newer release supersedes. */
const canaries = ({ together = false, watched = false }: Setup = {}): Promise<World> =>
  ownProject((model) => {
    if (together) model.order = [['api', 'worker']]
    const bake = (durationMs: number) => ({ kind: 'bake' as const, durationMs, early: false })
    for (const s of model.strategies) if (s.name === 'canary') Object.assign(s, { steps: [{ kind: 'deploy', tag: 'blue' }, { kind: 'setWeight', percent: 10 }, bake(watched ? 3 * minuteMs : 20_000), { kind: 'setWeight', percent: 100 }, bake(10_000)], ...(!watched && { analysis: { ...s.analysis, rules: [] } }) })
    for (const e of model.environments) if (e.name === 'staging') Object.assign(e, { strategy: 'canary', onNewer: 'supersede', targets: e.targets.map((t) => ({ ...t, metrics: { source: 'cloud-monitoring' as const } })) })
  })

async function promote(world: World, tags: Record<string, string>, schema?: SchemaRange) {
  const version = `v-${randomUUID().slice(0, 8)}`
  const artifacts = Object.entries(tags).map(([service, tag]) => ({ service, image: `eu-docker.pkg.dev/acme/${service}/${service}:${tag}` }))
  const release = await releases.create(developer, { application: world.slug, version, commit: 'abcdef1', artifacts, ...(schema && { schema }) })
  return create(developer, { release: release.id, environment: 'staging' })
}
const shipped = async (world: World, tags: Record<string, string>, schema?: SchemaRange) => {
  const p = await promote(world, tags, schema)
  expect(await drive(developer, p.id)).toMatchObject({ state: 'succeeded' })
  return p
}
const baking = (r: RolloutRow) => r.plan.steps[r.stepIndex]?.kind === 'bake' && r.runs[r.stepIndex]?.state === 'running' && r.runs[r.stepIndex - 1]?.state === 'passed' && r.stepIndex === 2
const inBake = async (p: { id: string }, service = 'api') => {
  await drive(developer, p.id, (open) => open.some((r) => r.target.service === service && baking(r)))
  return rolloutOf(p, service)
}
async function rolloutOf(p: { id: string }, service = 'api', kind: 'promotion' | 'rollback' = 'promotion'): Promise<RolloutRow> {
  const found = await db.rollout.findFirstOrThrow({ where: { promotionId: p.id, kind, target: { service: { slug: service } } }, select: { id: true } })
  const row = await findRollout(found.id)
  if (!row) throw new Error('no rollout')
  return row
}
const targetOf = (world: World, service = 'api') => world.targets['staging']?.[service] ?? ''
const holdOn = (world: World, service = 'api') => db.targetHold.findFirst({ where: { targetId: targetOf(world, service), liftedAt: null } })
const revisionOf = (r: RolloutRow) => db.targetRevision.findUniqueOrThrow({ where: { targetId_name: { targetId: r.targetId, name: r.candidate?.revision ?? '' } } })
const anId = /[0-9a-f]{8}-[0-9a-f]{4}-/

describe('a release that gives way to a newer one', () => {
  test('had traffic: goes back, ends superseded, and nothing holds it', async () => {
    const world = await canaries()
    await shipped(world, { api: 'v1' })
    const old = await promote(world, { api: 'v2' })
    await inBake(old)
    const newer = await promote(world, { api: 'v3' })
    await runPromotion(newer.id)
    const ended = await drive(developer, old.id)
    const words = `gives way to ${newer.release.version}`
    expect(ended).toMatchObject({ state: 'superseded', endReason: words })
    const r = await rolloutOf(old)
    expect(r).toMatchObject({ state: 'superseded', endReason: words, supersededById: newer.id, observedSplit: { [r.stable?.revision ?? '']: 100 } })
    expect(await revisionOf(r)).toMatchObject({ outcome: null, proven: null })
    expect(await holdOn(world)).toBeNull()
    const told = await db.auditEvent.findMany({ where: { subjectId: r.id, verb: { in: ['rollout.gives_way', 'rollout.superseded'] } }, orderBy: { seq: 'asc' } })
    expect(told.map((e) => e.verb)).toEqual(['rollout.gives_way', 'rollout.superseded'])
    for (const e of told) expect(e.message).not.toMatch(anId)
    // Who pressed Roll back for the version that was just left does not leave the good one.
    expect((await rollBack(ada, { id: targetOf(world), reason: 'errors' })).id).toBe(r.id)
    expect(await drive(developer, newer.id)).toMatchObject({ state: 'succeeded' })
  })

  test('had none: ends at once, and nothing holds it', async () => {
    const world = await canaries()
    await shipped(world, { api: 'v1' })
    const old = await promote(world, { api: 'v2' })
    await runPromotion(old.id)
    const newer = await promote(world, { api: 'v3' })
    await runPromotion(newer.id)
    expect(await drive(developer, old.id)).toMatchObject({ state: 'superseded' })
    expect(await rolloutOf(old)).toMatchObject({ state: 'superseded', endReason: `gives way to ${newer.release.version}` })
    expect(await holdOn(world)).toBeNull()
  })

  test('with a service that was out: that one goes back too, not held and not called rolled back', async () => {
    const world = await canaries()
    await shipped(world, { api: 'v1', worker: 'v1' })
    const old = await promote(world, { api: 'v2', worker: 'v2' })
    await inBake(old, 'worker')
    const newer = await promote(world, { api: 'v3', worker: 'v3' })
    await runPromotion(newer.id)
    expect(await drive(developer, old.id)).toMatchObject({ state: 'superseded', endReason: `gives way to ${newer.release.version}` })
    const out = await rolloutOf(old)
    expect([out.state, await rolloutOf(old, 'api', 'rollback').then((r) => [r.state, r.supersededById])]).toEqual(['succeeded', ['succeeded', newer.id]])
    expect(await revisionOf(out)).toMatchObject({ outcome: null, proven: 'proven' })
    expect([await holdOn(world), await holdOn(world, 'worker')]).toEqual([null, null])
    const onward = await plan(developer, { release: old.release.id, environment: 'production' })
    expect(onward.gates.flatMap((g) => g.unmet.map((u) => u.code))).not.toContain('upstream_rolled_back')
  })

  test('and that a person aborts on its way back is held, by that name', async () => {
    const world = await canaries()
    await shipped(world, { api: 'v1' })
    const old = await promote(world, { api: 'v2' })
    const { id } = await inBake(old)
    await runPromotion((await promote(world, { api: 'v3' })).id)
    await runPromotion(old.id)
    expect((await findRollout(id))?.state).toBe('rolling_back')
    await abort(ada, { id, reason: 'wrong totals' })
    await drive(developer, old.id)
    const r = await rolloutOf(old)
    expect(r).toMatchObject({ state: 'rolled_back', supersededById: null, endReason: `aborted by ${ada.name}: wrong totals` })
    expect(await holdOn(world)).toMatchObject({ digests: [r.plan.digest], reason: `aborted by ${ada.name}: wrong totals` })
    expect(await revisionOf(r)).toMatchObject({ outcome: 'rolled_back' })
  })

  test('and whose rule fails by the time it is back is held', async () => {
    const world = await canaries({ watched: true })
    await shipped(world, { api: 'v1' })
    const old = await promote(world, { api: 'v2-err50' })
    await inBake(old)
    const newer = await promote(world, { api: 'v3' })
    await runPromotion(newer.id)
    await runPromotion(old.id)
    // Nobody looked while these minutes passed.
    await cloud.control('clock', { advanceMs: 5 * minuteMs })
    await drive(developer, old.id)
    const r = await rolloutOf(old)
    expect(r).toMatchObject({ state: 'rolled_back', endReason: expect.stringMatching(/^errors: \d+ of [\d,]+ requests failed/) })
    expect(await holdOn(world)).toMatchObject({ digests: [r.plan.digest], reason: r.endReason })
  })
})

test('a service that was out when its promotion failed goes back and is held there, with what failed', async () => {
  const world = await canaries({ watched: true })
  await shipped(world, { api: 'v1', worker: 'v1' })
  const bad = await promote(world, { api: 'v2', worker: 'v2-err50' })
  expect(await drive(developer, bad.id)).toMatchObject({ state: 'rolled_back' })
  const api = await rolloutOf(bad)
  expect(await holdOn(world)).toMatchObject({ digests: [api.plan.digest], reason: expect.stringMatching(/^worker was rolled back: errors: \d+ of [\d,]+ requests failed/), releaseId: bad.release.id })
  expect((await plan(developer, { release: bad.release.id, environment: 'staging' })).refusals.map((u) => u.message).filter((m) => m.startsWith('api '))).toEqual([expect.stringContaining('refuses this image')])
  expect(await revisionOf(api)).toMatchObject({ outcome: 'rolled_back' })
})

test('the hold of a service that was out names the person who aborted the other', async () => {
  const world = await canaries()
  await shipped(world, { api: 'v1', worker: 'v1' })
  const bad = await promote(world, { api: 'v2', worker: 'v2' })
  const { id } = await inBake(bad, 'worker')
  await abort(ada, { id, reason: 'wrong totals' })
  await drive(developer, bad.id)
  expect(await holdOn(world)).toMatchObject({ reason: `worker was rolled back: aborted by ${ada.name}: wrong totals` })
})

describe('over a schema that what served before cannot read', () => {
  const before: SchemaRange = { version: 4, min: 3, max: 4, reversible: true }
  const after: SchemaRange = { version: 5, min: 4, max: 6, reversible: false }

  /** Both services at 10%, then a person finds worker bad. */
  async function workerAborted() {
    const world = await canaries({ together: true })
    await shipped(world, { api: 'v1', worker: 'v1' }, before)
    const p = await promote(world, { api: 'v2', worker: 'v2' }, after)
    await drive(developer, p.id, (open) => open.length === 2 && open.every(baking))
    await abort(ada, { id: (await rolloutOf(p, 'worker')).id, reason: 'wrong totals' })
    await drive(developer, p.id, (open) => open.length === 1 && open[0]?.state === 'held')
    return { world, p, api: await rolloutOf(p) }
  }

  test('the rest of a promotion that fails is held at its split, not sent back; abort still goes back', async () => {
    const { world, p, api } = await workerAborted()
    expect(api).toMatchObject({ state: 'held', hold: { code: 'rule_failed', details: { frozen: true }, message: expect.stringMatching(/^worker was rolled back: aborted by .*wrong totals\. Not sent back by itself: .* brought schema 5;.* reads 3–4/) } })
    expect(api.observedSplit).toMatchObject({ [api.candidate?.revision ?? '']: 10 })
    expect(await rolloutOf(p, 'worker')).toMatchObject({ state: 'rolled_back' })
    await cloud.control('clock', { advanceMs: 20 * minuteMs })
    await runRollout(api.id, 'test')
    expect((await findRollout(api.id))?.state).toBe('held')
    await abort(ada, { id: api.id })
    expect(await drive(developer, p.id)).toMatchObject({ state: 'rolled_back' })
    expect(await rolloutOf(p)).toMatchObject({ state: 'rolled_back' })
    expect(await holdOn(world)).toMatchObject({ digests: [api.plan.digest] })
  })

  test('a person who advances it is not stopped again', async () => {
    const { p, api } = await workerAborted()
    await advance(ada, { id: api.id, reason: 'api may stay' })
    expect(await drive(developer, p.id)).toMatchObject({ state: 'rolled_back', endReason: expect.stringMatching(/mixed: api on .*, worker not; api was not taken back: .*schema 5/) })
    expect(await rolloutOf(p)).toMatchObject({ state: 'succeeded' })
  })

  test('the older one does not give way: the newer waits and says why', async () => {
    const world = await canaries()
    await shipped(world, { api: 'v1' }, before)
    const old = await promote(world, { api: 'v2' }, after)
    await inBake(old)
    const newer = await promote(world, { api: 'v3' }, after)
    await runPromotion(newer.id)
    await runPromotion(old.id)
    expect(await rolloutOf(old)).toMatchObject({ state: 'running' })
    const waiting = await view(developer, { id: newer.id })
    expect(waiting).toMatchObject({ state: 'ready', headline: expect.stringContaining('does not give way') })
    expect(waiting.unmet[0]).toMatchObject({ code: 'target_busy', message: expect.stringMatching(/does not give way: api would go back, but .* brought schema 5/) })
    expect(await drive(developer, old.id)).toMatchObject({ state: 'succeeded' })
    expect(await drive(developer, newer.id)).toMatchObject({ state: 'succeeded' })
  })

  test('one that got traffic after it was told to give way goes on too', async () => {
    const world = await canaries()
    await shipped(world, { api: 'v1' }, before)
    const old = await promote(world, { api: 'v2' }, after)
    await runPromotion(old.id)
    const newer = await promote(world, { api: 'v3' }, after)
    await runPromotion(newer.id)
    expect(await db.promotion.findUniqueOrThrow({ where: { id: old.id } })).toMatchObject({ supersededById: newer.id })
    const { id } = await rolloutOf(old)
    for (let r = await rolloutOf(old); !baking(r); r = await rolloutOf(old)) {
      await runRollout(id, 'test')
      await cloud.control('clock', { advanceMs: 1_000 })
    }
    await runPromotion(old.id)
    expect(await db.promotion.findUniqueOrThrow({ where: { id: old.id } })).toMatchObject({ state: 'rolling_out', supersededById: null })
    expect(await rolloutOf(old)).toMatchObject({ state: 'running', endReason: null })
    await runPromotion(newer.id)
    expect((await view(developer, { id: newer.id })).unmet[0]).toMatchObject({ message: expect.stringContaining('does not give way') })
  })

  test('one without traffic yet gives way: nothing has to go back', async () => {
    const world = await canaries()
    await shipped(world, { api: 'v1' }, before)
    const old = await promote(world, { api: 'v2' }, after)
    await runPromotion(old.id)
    const newer = await promote(world, { api: 'v3' }, after)
    await runPromotion(newer.id)
    expect(await drive(developer, old.id)).toMatchObject({ state: 'superseded' })
    expect((await rollbackReadiness(targetOf(world)))?.revision ?? null).toBeNull()
  })
})
