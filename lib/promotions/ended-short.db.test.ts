import { randomUUID } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { launchEmulator } from '#emulator/testing.ts'
import { forgetDrivers } from '#lib/drivers/registry.ts'
import { runRollout } from '#lib/engine/run.ts'
import { outsider } from '#lib/engine/testing/outside.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { forgetEnv } from '#lib/platform/env.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { create, view } from '#lib/promotions/service.ts'
import { acmeModel } from '#lib/promotions/testing/model.ts'
import { makePerson, makeWorld } from '#lib/promotions/testing/world.ts'
import * as releases from '#lib/releases/service.ts'
import { adopt } from '#lib/rollouts/service.ts'
import { findRollout, type RolloutRow } from '#lib/rollouts/store.ts'

const database = await testDatabase()
const cloud = await launchEmulator({ dataDir: database.dataFolder, env: { DATABASE_URL: database.url, SLUICE_DEMO: '1' } })
process.env['EMULATOR_PORT'] = String(cloud.port)
forgetEnv()
forgetDrivers()
afterAll(() => cloud.stop())
const outside = outsider({ cloud })

/** Drives the one rollout of a promotion until the condition holds, the clock moved to whatever it waits for. */
async function driveRollout(promotionId: string, until: (r: RolloutRow) => boolean, mostTurns = 100): Promise<RolloutRow> {
  for (let turn = 0; turn < mostTurns; turn += 1) {
    await runPromotion(promotionId)
    const open = await db.rollout.findFirst({ where: { promotionId }, orderBy: { createdAt: 'desc' }, select: { id: true } })
    if (open) await runRollout(open.id, 'test')
    const r = open && (await findRollout(open.id))
    if (r && until(r)) return r
    const waitMs = (r?.wakeAt?.getTime() ?? 0) - (await nowMs(db))
    if (waitMs > 0) await cloud.control('clock', { advanceMs: waitMs })
  }
  throw new Error(`not reached in ${mostTurns} turns`)
}

test('a promotion whose rollout was ended short of 100% ends cancelled and says what still serves', async () => {
  const [developer, manager] = [await makePerson('developer'), await makePerson('release_manager')]
  const model = acmeModel({ strategies: acmeModel().strategies.map((s) => ({ ...s, steps: s.steps.map((step) => (step.kind === 'bake' ? { ...step, durationMs: 2_000 } : step)) })) })
  const project = `p-${randomUUID().slice(0, 8)}`
  for (const e of model.environments) for (const t of e.targets) t.cloudRun = { ...t.cloudRun, project, service: `${e.name}-${t.service}` }
  const world = await makeWorld(model)
  const promote = async (tag: string) => {
    const release = await releases.create(developer, { application: world.slug, version: tag, commit: 'abcdef1', artifacts: [{ service: 'api', image: `eu-docker.pkg.dev/acme/api/api:${tag}` }] })
    return (await create(developer, { release: release.id, environment: 'staging' })).id
  }
  const first = await promote('v1')
  await driveRollout(first, (r) => r.state === 'succeeded')
  await runPromotion(first)
  const id = await promote('v2')
  const baking = await driveRollout(id, (r) => r.plan.steps[r.stepIndex]?.kind === 'bake' && r.runs[r.stepIndex]?.state === 'running')
  await outside.setSplit({ fullName: `projects/${project}/locations/europe-west1/services/staging-api` }, { [baking.stable?.revision ?? '']: 70, [baking.candidate?.revision ?? '']: 30 })
  const held = await driveRollout(id, (r) => r.state === 'held')
  await adopt(manager, { id: held.id })
  await driveRollout(id, (r) => r.hold?.details?.['atEnd'] === true)
  await db.$queryRaw`select 1 from graphile_worker.remove_job(${`promotion:${id}`})`
  await adopt(manager, { id: held.id, reason: 'both are needed' })
  expect(await db.$queryRaw`select 1 from graphile_worker.jobs where key = ${`promotion:${id}`}`, 'it is woken').toHaveLength(1)
  await runPromotion(id)
  expect(await view(developer, { id })).toMatchObject({ state: 'cancelled', endReason: expect.stringMatching(/^api was cancelled: ended by .* at 70% .*, 30% .*; api still on v2: it was not taken back$/), rolloutStates: [{ state: 'cancelled', endReason: expect.stringMatching(new RegExp(`^ended by ${manager.name} at 70% .*, 30% `)) }] })
})
