import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { canarySteps, makeTarget, makeWorld, startRollout } from '#lib/engine/testing/world.ts'
import { db } from '#lib/platform/db/client.ts'
import { findRollout } from '#lib/rollouts/store.ts'

const sql = readFileSync(path.join(import.meta.dirname, 'migrations/20261130084500_verdict_standing/migration.sql'), 'utf8')

test('what was stored before goes on as it stood: verdicts, and moments that were no write', async () => {
  const w = await makeWorld()
  const id = await startRollout(w, await makeTarget(w), 'v1.0.0', canarySteps)
  const verdict = { rule: 'a', mode: 'rollback', verdict: 'inconclusive', message: '', revision: '', stepIndex: 3, value: null, limit: null, requests: 1, errors: 0, minRequests: 1, windowFrom: null, windowTo: null, lagSeconds: null, stable: null, forecastAt: null, since: '', at: '' }
  const run = { state: 'passed', startedAt: null, endedAt: null, trafficAt: null, message: null, tries: [] }
  const at = '2026-11-30T08:00:00.000Z'
  const verdicts = [{ ...verdict, enough: true }, { ...verdict, rule: 'b', leans: true, enough: false }, { ...verdict, rule: 'c', enough: false, leans: false }, { ...verdict, rule: 'd', past: true }]
  // Deploy of a first release, verify, a weight read back, a bake begun again, a weight that was only waited in.
  const steps = [{ ...run, trafficAt: at }, run, { ...run, trafficAt: at }, { ...run, state: 'running', trafficAt: at }, { ...run, state: 'running', trafficAt: at }]
  await db.rollout.update({ where: { id }, data: { verdicts, steps } })
  await db.$executeRawUnsafe(sql.split(';\n')[0] ?? '')
  await db.$executeRawUnsafe(sql.split(';\n')[1] ?? '')
  const r = await findRollout(id)
  expect(r?.verdicts.map((v) => [v.rule, v.standing, v.past])).toEqual([['a', 'not_worse', undefined], ['b', 'leans', undefined], ['c', undefined, undefined], ['d', undefined, true]])
  expect(r?.runs.map((s) => [s.trafficAt, s.measuredFrom])).toEqual([[at, undefined], [null, undefined], [at, undefined], [null, at], [null, at]])
})
