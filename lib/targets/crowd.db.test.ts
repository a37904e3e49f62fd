import pg from 'pg'
import { expect, test } from 'vitest'
import { person } from '#lib/engine/testing/people.ts'
import { drive, ended, makeTarget, makeWorld, startRollout, straightSteps } from '#lib/engine/testing/world.ts'
import { rollBack } from '#lib/targets/rollback.ts'

const connections = 3
const w = await makeWorld({ SLUICE_DB_CONNECTIONS: String(connections) })

test('more presses at once than the process has connections are one rollback, and none waits for a connection that a waiting one has', async () => {
  const t = await makeTarget(w)
  const [r1] = [await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended), await drive(w, await startRollout(w, t, 'v1.1.0', straightSteps), ended)]
  const other = new pg.Client({ connectionString: w.database.url })
  await other.connect()
  await other.query('begin')
  await other.query('select 1 from target where id = $1 for update', [t.id])
  const presses = Promise.all(Array.from({ length: 4 * connections }, (_, i) => rollBack(person('on_call'), { id: t.id, reason: `press ${i}` })))
  // Those that got a connection wait for the target, and the others for a connection; the reading of the clock is old by then.
  await expect.poll(async () => {
    // A transaction else sees the activity as it first saw it.
    await other.query('select pg_stat_clear_snapshot()')
    return (await other.query(`select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).rows[0]?.n
  }, { timeout: 10_000 }).toBe(connections)
  Reflect.deleteProperty(globalThis, 'sluiceClock')
  await other.query('commit')
  // Were each waiting for the other's connection, they would until the transactions' limit, longer than this test may take.
  const answers = await presses
  await other.end()
  expect(new Set(answers.map((r) => r.id)).size).toBe(1)
  expect(answers[0]?.split.desired).toEqual({ [`${r1.candidate?.revision}`]: 100 })
})
