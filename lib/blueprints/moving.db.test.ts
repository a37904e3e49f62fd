import { expect, test } from 'vitest'
import { systemActor } from '#lib/access/actor.ts'
import { applyIn } from '#lib/blueprints/service.ts'
import { readBlueprint } from '#lib/blueprints/read.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { createRollout } from '#lib/rollouts/create.ts'
import { CloudRunLocator, type RolloutPlan } from '#lib/rollouts/schema.ts'

await testDatabase()

/** An application whose production is at a place; without one it has no production. */
const blueprint = (name: string, place: string | null) => {
  const production = place === null ? '' : `- { name: production, tier: staging, strategy: straight, targets: [{ service: api, cloudRun: { project: ${name}, region: us-central1, service: ${place} } }] }`
  const read = readBlueprint(`
apiVersion: sluice/v1
kind: Application
metadata: { name: ${name}, title: ${name}, owner: team }
spec:
  services: [{ name: api, kind: service }]
  environments:
    - { name: staging, tier: staging, strategy: straight, targets: [{ service: api, cloudRun: { project: ${name}, region: us-central1, service: staying } }] }
    ${production}
  strategies: [{ name: straight, steps: [{ deploy: {} }, { setWeight: 100 }] }]
`)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read
}
const apply = (tx: Tx, name: string, place: string | null) => applyIn(tx, systemActor('tester'), blueprint(name, place), { yaml: '' })

async function productionOf(name: string) {
  await db.$transaction((tx) => apply(tx, name, 'old-place'))
  return db.target.findFirstOrThrow({ where: { environment: { slug: 'production', application: { slug: name } } } })
}

const start = (tx: Tx, target: { id: string; locator: unknown }) => {
  const plan: RolloutPlan = { service: 'api', provider: 'cloud-run', locator: CloudRunLocator.parse(target.locator), metrics: null, strategy: 'straight', steps: [], analysis: { notEnoughData: { afterMs: 1, then: 'ask' }, cannotMeasure: { afterMs: 1, then: 'ask' }, rules: [] }, config: {}, image: '', digest: '' }
  return createRollout(tx, { targetId: target.id, kind: 'shift', promotionId: null, releaseId: null, groupIndex: 0, plan, contentHash: '', candidate: null, createdBy: 'tester', createdById: null, nowMs: 0 })
}

/** Does the first piece of work, lets the second begin and wait for it, commits the first; then the second's end. */
async function inTurn(first: (tx: Tx) => Promise<unknown>, second: (tx: Tx) => Promise<unknown>): Promise<unknown> {
  const waiting = await db.$transaction(async (tx) => {
    await first(tx)
    const end = db.$transaction(second).then(() => 'done', (e: unknown) => e)
    await expect.poll(async () => (await db.$queryRaw<{ n: number }[]>`select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)[0]?.n, { timeout: 10_000 }).toBe(1)
    // In a box: a transaction that answers a promise would wait for it before it commits.
    return { end }
  }, { timeout: 20_000 })
  return waiting.end
}

test.each([['moved', 'new-place'], ['retired', null]])('a target is not %s under a rollout that starts at the same moment', async (name, place) => {
  const before = await productionOf(name)
  const refusal = await inTurn((tx) => start(tx, before), (tx) => apply(tx, name, place))
  expect(refusal).toMatchObject({ code: 'refused', unmet: [{ code: 'open_rollout' }] })
  expect(await db.target.findUniqueOrThrow({ where: { id: before.id } })).toMatchObject({ locator: before.locator, retiredAt: null })
})

test.each([['moved-first', 'new-place'], ['retired-first', null]])('a rollout does not start on a target that is being %s', async (name, place) => {
  const before = await productionOf(name)
  const refusal = await inTurn((tx) => apply(tx, name, place), (tx) => start(tx, before))
  expect(refusal).toMatchObject({ code: 'plan_changed' })
  expect(await db.rollout.count({ where: { targetId: before.id } })).toBe(0)
})
