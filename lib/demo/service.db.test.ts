import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { testPerson } from '#lib/access/testing/people.ts'
import { apply } from '#lib/blueprints/service.ts'
import { systemActor } from '#lib/access/actor.ts'
import { guide, pass } from '#lib/demo/service.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { forgetEnv } from '#lib/platform/env.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const developer = (await testPerson('dev', ['developer'])).actor
// Convergence asks for an approver: a policy that nobody can meet is refused.
await testPerson('manager', ['release_manager'])
await apply(systemActor('test'), { yaml: readFileSync('blueprints/convergence.yaml', 'utf8') })
const viewer = (await testPerson('view', ['viewer'])).actor
const stranger = (await testPerson('nobody')).actor

function setDemo(value: string): void {
  process.env['SLUICE_DEMO'] = value
  forgetEnv()
}
afterEach(() => setDemo('1'))

test('shows the path to who may see its application', async () => {
  expect(await guide(viewer)).toMatchObject({ available: true, requested: false })
  expect((await guide(viewer)).steps.map((s) => s.state)).toEqual(['now', 'to_come', 'to_come', 'to_come', 'to_come'])
  expect(await guide(stranger)).toMatchObject({ available: false, steps: [] })
})

test('lets time pass for who may propose, and writes down who did it', async () => {
  const before = await nowMs()
  const { now } = await pass(developer, { minutes: 10 })
  expect(Date.parse(now) - before).toBeGreaterThanOrEqual(600_000)
  expect(await db.auditEvent.findFirst({ where: { verb: 'demo.time_passed' } })).toMatchObject({ actorId: developer.id, chain: 'convergence', message: 'let 10 min pass in the demo' })
  await expect(pass(viewer, { minutes: 10 })).rejects.toMatchObject({ code: 'forbidden' })
})

test('is not there with a real project, and moves no clock there', async () => {
  setDemo('0')
  expect(await guide(developer)).toMatchObject({ available: false, steps: [] })
  const before = await db.auditEvent.count()
  await expect(pass(developer, { minutes: 10 })).rejects.toMatchObject({ code: 'not_found' })
  expect(await db.auditEvent.count()).toBe(before)
})
