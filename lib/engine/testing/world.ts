import { randomUUID } from 'node:crypto'
import { afterAll } from 'vitest'
import { type LaunchedEmulator, launchEmulator } from '#emulator/testing.ts'
import { runRollout } from '#lib/engine/run.ts'
import { backgroundDone } from '#lib/platform/background.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { forgetEnv } from '#lib/platform/env.ts'
import { forgetDrivers, imageRegistry } from '#lib/drivers/registry.ts'
import { createRollout } from '#lib/rollouts/create.ts'
import type { Analysis, RolloutPlan, StepPlan } from '#lib/rollouts/schema.ts'
import { findRollout, type RolloutRow } from '#lib/rollouts/store.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

const noRules: Analysis = { notEnoughData: { afterMs: 1_800_000, then: 'ask' }, cannotMeasure: { afterMs: 600_000, then: 'ask' }, rules: [] }
export const errorSpike: Analysis = { ...noRules, rules: [{ name: 'error spike', kind: 'threshold', mode: 'rollback', metric: 'error_rate', max: 0.02, overMs: 300_000, minRequests: 50 }] }
export const canarySteps: StepPlan[] = [
  { kind: 'deploy', tag: 'blue' },
  { kind: 'verify', suite: 'smoke', checks: [{ name: 'health', method: 'GET', path: '/health', headers: {}, status: [200], withinMs: null, attempts: 2 }] },
  { kind: 'setWeight', percent: 10 },
  { kind: 'bake', durationMs: 60_000, early: false },
  { kind: 'setWeight', percent: 100 },
]
export const straightSteps: StepPlan[] = [{ kind: 'deploy', tag: null }, { kind: 'setWeight', percent: 100 }]

export type World = Awaited<ReturnType<typeof makeWorld>>

/** A database and an emulated cloud of this test file's own, and one application with one target. */
export async function makeWorld(settings: Record<string, string> = {}) {
  const database = await testDatabase(settings)
  const cloud: LaunchedEmulator = await launchEmulator({ dataDir: database.dataFolder, env: { DATABASE_URL: database.url, SLUICE_DEMO: '1' } })
  process.env['EMULATOR_PORT'] = String(cloud.port)
  forgetEnv()
  forgetDrivers()
  afterAll(async () => {
    await backgroundDone()
    await cloud.stop('SIGTERM')
  })
  const slug = `app-${randomUUID().slice(0, 8)}`
  const application = await db.application.create({ data: { slug, title: slug, owner: 'team', yaml: '', blueprint: {}, blueprintHash: '' } })
  const service = await db.service.create({ data: { applicationId: application.id, slug: 'api', kind: 'service', position: 0 } })
  const environment = await db.environment.create({ data: { applicationId: application.id, slug: 'production', tier: 'production', position: 0 } })
  return { database, cloud, application, service, environment, slug }
}

export async function makeTarget(w: World, name = `svc-${randomUUID().slice(0, 8)}`) {
  // A project each: the emulated write quota is per project and region, and tests write faster than people.
  const locator = { project: `p-${randomUUID().slice(0, 8)}`, region: 'europe-west1', service: name }
  const environment = await db.environment.create({ data: { applicationId: w.application.id, slug: `e-${randomUUID().slice(0, 8)}`, tier: 'production', position: 1 } })
  const target = await db.target.create({ data: { environmentId: environment.id, serviceId: w.service.id, provider: 'cloud-run', locator, locatorKey: `cloud-run:${Object.values(locator).join('/')}` } })
  return { ...target, locator, fullName: `projects/${locator.project}/locations/${locator.region}/services/${name}` }
}
export type TestTarget = Awaited<ReturnType<typeof makeTarget>>

export async function makeRelease(w: World, tag: string) {
  const repository = 'europe-docker.pkg.dev/test/api/api'
  const digest = await imageRegistry().resolve({ host: 'europe-docker.pkg.dev', path: 'test/api/api', repository, tag, digest: null })
  const before = await db.release.findFirst({ where: { applicationId: w.application.id, version: tag } })
  const release = before ?? (await db.release.create({ data: { applicationId: w.application.id, version: tag, commit: 'abcdef0', createdBy: 'test', createdAt: new Date(await nowMs()), artifacts: { create: { serviceId: w.service.id, image: `${repository}:${tag}`, repository, tag, digest } } } }))
  return { ...release, digest, image: `${repository}@${digest}` }
}

export async function startRollout(w: World, t: TestTarget, tag: string, steps: StepPlan[], analysis: Analysis = noRules): Promise<string> {
  const release = await makeRelease(w, tag)
  const plan: RolloutPlan = { service: 'api', provider: 'cloud-run', locator: t.locator, metrics: { source: 'cloud-monitoring' }, strategy: 'test', steps, analysis, config: {}, image: release.image, digest: release.digest }
  const now = await nowMs()
  return db.$transaction((tx) =>
    createRollout(tx, { targetId: t.id, kind: 'promotion', promotionId: null, releaseId: release.id, groupIndex: 0, plan, contentHash: 'hash', candidate: { revision: '', digest: release.digest, image: release.image, releaseId: release.id, version: tag }, createdBy: 'test', createdById: null, nowMs: now }),
  )
}

/** Runs a rollout as a worker would, moving the clock to whatever it waits for, until the condition holds or it ended. */
export async function drive(w: World, id: string, until: (r: RolloutRow) => boolean, mostTurns = 200): Promise<RolloutRow> {
  for (let i = 0; i < mostTurns; i++) {
    await runRollout(id, 'test')
    const r = await findRollout(id)
    if (!r) throw new Error('the rollout is gone')
    if (until(r) || r.endedAt) return r
    const waitMs = (r.wakeAt?.getTime() ?? 0) - (await nowMs(db))
    if (waitMs > 0) await w.cloud.control('clock', { advanceMs: waitMs })
  }
  const r = await findRollout(id)
  throw new Error(`not reached in ${mostTurns} turns: ${r?.state} step ${r?.stepIndex} ${JSON.stringify(r?.hold)} ${JSON.stringify(r?.verdicts)}`)
}

export const ended = (r: RolloutRow): boolean => r.endedAt !== null
