import pg from 'pg'
import { expect, test } from 'vitest'
import { outsider } from '#lib/engine/testing/outside.ts'
import { person } from '#lib/engine/testing/people.ts'
import { canarySteps, drive, ended, makeTarget, makeWorld, startRollout, straightSteps } from '#lib/engine/testing/world.ts'
import { runRollout } from '#lib/engine/run.ts'
import { moveClock } from '#lib/platform/clock.ts'
import { disconnect } from '#lib/platform/db/client.ts'
import { forgetEnv } from '#lib/platform/env.ts'
import { adopt } from '#lib/rollouts/service.ts'
import { findRollout } from '#lib/rollouts/store.ts'

const w = await makeWorld()

/** What a restore from a backup does: the product finds the database as it was then, and the cloud as it is now. */
async function copyDatabase(name: string): Promise<string> {
  const url = new URL(w.database.url)
  const original = url.pathname.slice(1)
  await disconnect()
  const admin = new URL(url)
  admin.pathname = '/postgres'
  const client = new pg.Client({ connectionString: admin.href })
  await client.connect()
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [original])
  await client.query(`create database ${name} template ${original}`)
  await client.end()
  url.pathname = `/${name}`
  return url.href
}

const use = async (url: string) => {
  await disconnect()
  process.env['DATABASE_URL'] = url
  forgetEnv()
}

test('after a restore of an older database the live world is adopted and nothing is replayed', async () => {
  const t = await makeTarget(w)
  await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  const id = await startRollout(w, t, 'v1.1.0', canarySteps)
  const before = await drive(w, id, (r) => r.plan.steps[r.stepIndex]?.kind === 'bake')
  const backup = await copyDatabase(`restored_${Date.now()}`)
  const done = await drive(w, id, ended)
  expect(done.state).toBe('succeeded')

  await use(backup)
  await w.cloud.control('calls', undefined, 'DELETE')
  expect((await findRollout(id))?.version).toBe(before.version)
  const held = await drive(w, id, (r) => r.state === 'held')
  expect(held.hold).toMatchObject({ code: 'outside_change', details: { observed: { [`${done.candidate?.revision}`]: 100 } } })
  await runRollout(id, 'again')
  expect(await w.cloud.calls({ write: true }), 'nothing is written for the past').toEqual([])

  await adopt(person('release_manager'), { id })
  // The emulated cloud keeps the time of the database it was started with: the restored one is moved here.
  await moveClock(600_000)
  const adopted = await drive(w, id, ended)
  expect(adopted.state).toBe('succeeded')
  expect(await w.cloud.calls({ write: true }), 'the live world was right already').toEqual([])
  expect((await outsider(w).read(t)).trafficStatuses?.filter((s) => s.percent)).toHaveLength(1)
  await use(w.database.url)
})
