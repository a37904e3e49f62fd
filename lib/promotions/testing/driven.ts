import { randomUUID } from 'node:crypto'
import { afterAll } from 'vitest'
import { launchEmulator } from '#emulator/testing.ts'
import type { Actor } from '#lib/access/actor.ts'
import type { BlueprintModel } from '#lib/blueprints/model.ts'
import { forgetDrivers } from '#lib/drivers/registry.ts'
import { runRollout } from '#lib/engine/run.ts'
import { backgroundDone } from '#lib/platform/background.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { forgetEnv } from '#lib/platform/env.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { runPromotion } from '#lib/promotions/run.ts'
import { view } from '#lib/promotions/service.ts'
import { acmeModel } from '#lib/promotions/testing/model.ts'
import { makeWorld, type World } from '#lib/promotions/testing/world.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'
import { findRollout } from '#lib/rollouts/store.ts'

/** A database and an emulated cloud of this test file's own, for promotions that the real engine drives. */
export async function openCloud() {
  const database = await testDatabase()
  const cloud = await launchEmulator({ dataDir: database.dataFolder, env: { DATABASE_URL: database.url, SLUICE_DEMO: '1' } })
  process.env['EMULATOR_PORT'] = String(cloud.port)
  forgetEnv()
  forgetDrivers()
  afterAll(async () => {
    await backgroundDone()
    await cloud.stop()
  })

  /** As a worker would, the clock moved to whatever is waited for, until it ended or `until` holds for its open rollouts. */
  async function drive(reader: Actor, promotionId: string, until: (open: RolloutRow[]) => boolean = () => false, mostTurns = 150) {
    for (let turn = 0; turn < mostTurns; turn += 1) {
      await runPromotion(promotionId)
      const p = await db.promotion.findUniqueOrThrow({ where: { id: promotionId } })
      for (const r of await openRows(promotionId)) if (!p.endedAt) await runRollout(r.id, 'test')
      const open = await openRows(promotionId)
      if (p.endedAt || (open.length > 0 && until(open))) return view(reader, { id: promotionId })
      const waitMs = Math.min(...open.map((r) => r.wakeAt?.getTime() ?? 0)) - (await nowMs(db))
      if (open.length > 0 && waitMs > 0) await cloud.control('clock', { advanceMs: waitMs })
    }
    throw new Error(`not ended: ${JSON.stringify((await view(reader, { id: promotionId })).rolloutStates.map((r) => [r.target.service, r.state, r.holdReason]))}`)
  }
  return { cloud, drive }
}

const openRows = async (promotionId: string): Promise<RolloutRow[]> => {
  const ids = await db.rollout.findMany({ where: { promotionId, endedAt: null }, select: { id: true }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })
  return (await Promise.all(ids.map(({ id }) => findRollout(id)))).filter((r) => r !== null)
}

/** Each world in a project of its own: the emulated quota is per project. */
export function ownProject(change: (model: BlueprintModel) => void = () => undefined): Promise<World> {
  const model = acmeModel()
  change(model)
  const project = `p-${randomUUID().slice(0, 8)}`
  for (const e of model.environments) for (const t of e.targets) t.cloudRun = { ...t.cloudRun, project, service: `${e.name}-${t.service}` }
  return makeWorld(model)
}
