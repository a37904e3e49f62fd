import pg from 'pg'
import { expect, test } from 'vitest'
import { claim } from '#lib/engine/lease.ts'
import { makeTarget, makeWorld, startRollout, straightSteps } from '#lib/engine/testing/world.ts'

const w = await makeWorld()

test('a claim and Roll back lock in one order: neither can wait for the other', async () => {
  const t = await makeTarget(w)
  const id = await startRollout(w, t, 'v1.0.0', straightSteps)
  const press = new pg.Client({ connectionString: w.database.url })
  await press.connect()
  await press.query('begin')
  await press.query('select id from target where id = $1 for update', [t.id])
  const claimed = claim(id, 'a worker')
  await expect.poll(async () => (await press.query(`select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).rows[0]?.n).toBe(1)
  await press.query('select id from rollout where id = $1 for update nowait', [id])
  await press.query('commit')
  await press.end()
  const lease = await claimed
  expect(lease?.rolloutId).toBe(id)
  lease?.stop()
})
