import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { db } from '#lib/platform/db/client.ts'
import { bundleVictim } from './testing/bundle.ts'
import { begin, type Begun, count, expectResumed, expectSameEnd, makeLane, type Reference, startWorking, stopsOf, untilEnded, untilTaken } from './testing/lane.ts'
import type { WorkerProcess } from './testing/worker-process.ts'

/** A worker that stands still for three leases, as one does whose machine is paused, and then goes on as if nothing had been. */
const leaseMs = 500
const lane = await makeLane(await bundleVictim(), leaseMs)
const { w } = lane
let reference: Reference

beforeAll(async () => {
  const worker = await startWorking(lane)
  reference = await count(lane, worker)
  await worker.kill()
})

// What a failed test leaves would drive the rollouts of the next.
afterEach(() => lane.killAll())

const databaseMs = async () => (await db.$queryRaw<{ ms: number }[]>`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`)[0]?.ms ?? 0
const afterLeases = (sinceMs: number) => vi.waitFor(async () => expect(await databaseMs()).toBeGreaterThan(sinceMs + 3 * leaseMs), { timeout: 20_000, interval: 50 })

/** One that works and one that is ready to. */
async function pair(): Promise<[WorkerProcess, WorkerProcess]> {
  const [worker, other] = [await startWorking(lane), lane.spawn()]
  await other.warm
  return [worker, other]
}

/** Everything that a late write could change. */
async function worldOf(c: Begun) {
  return {
    rollout: await db.rollout.findUnique({ where: { id: c.id } }),
    target: await db.target.findUnique({ where: { id: c.targetId }, select: { intended: true, stableRevision: true, epoch: true, version: true, drift: true } }),
    events: await db.auditEvent.count({ where: { chain: c.slug } }),
    writes: (await w.cloud.calls({ service: c.locator.service })).filter((call) => call.status === 200).length,
  }
}

/** Another worker ends the rollout; then the frozen one is woken, works on for a beat, and is asked to stop. */
async function outlive(c: Begun, frozen: WorkerProcess, other: WorkerProcess): Promise<void> {
  const frozenAtMs = await databaseMs()
  await other.go()
  await expectResumed(lane, c, await untilTaken([c], { pid: frozen.pid, atMs: frozenAtMs }, other))
  await untilEnded([c], other)
  await afterLeases(frozenAtMs)
  await vi.waitFor(async () => expect((await w.cloud.calls({ service: c.locator.service })).filter((call) => call.status === null)).toEqual([]), { timeout: 20_000, interval: 50 })
  const before = await worldOf(c)
  const wokenMs = await databaseMs()
  frozen.signal('SIGCONT')
  await vi.waitFor(async () => expect(await db.$queryRaw`select id from worker_heartbeat where id like ${`%-${frozen.pid}-%`} and extract(epoch from beat_at) * 1000 > ${wokenMs}`).toHaveLength(1), { timeout: 20_000, interval: 50 })
  expect(await frozen.kill('SIGTERM')).toMatchObject({ code: 0 })
  expect(await worldOf(c)).toEqual(before)
  await expectSameEnd(w, c, reference)
}

test('frozen while the provider holds its traffic write, a worker changes nothing when it wakes: the write is refused by its etag', { timeout: 60_000 }, async () => {
  const [worker, other] = await pair()
  const [c] = await begin(w, [{ point: 0, mode: 'before' }], async ([one]) => {
    await w.cloud.control('faults', { rpc: 'UpdateService', service: one?.locator.service, kind: 'delay', delayMs: 10 * leaseMs, times: 1 })
  })
  if (!c) throw new Error('no rollout was made')
  const held = () => w.cloud.calls({ service: c.locator.service, rpc: 'UpdateService' })
  await vi.waitFor(async () => expect(await held()).toMatchObject([{ status: null, updateMask: 'traffic' }]), { timeout: 20_000, interval: 10 })
  worker.signal('SIGSTOP')
  await outlive(c, worker, other)
  expect((await held())[0]).toMatchObject({ status: 409 })
})

const moments = {
  'in the transaction of an intent, its rows locked': () => reference.names.indexOf('pg select pg_notify(\'sluice\', $1)', firstIntent()),
  'between an intent and its call': () => reference.names.findIndex((name) => name.startsWith('http PATCH')),
  'in the transaction that records what was read back': () => reference.names.indexOf('pg COMMIT', lastWrite()),
  'between two reads of the target, before its traffic moves': () => reference.names.lastIndexOf(reference.names.find(isRevisions) ?? '', lastWrite()),
}
const lastWrite = () => reference.names.findLastIndex((name) => name.startsWith('http PATCH'))
const isRevisions = (name: string) => name.startsWith('http GET') && name.includes('/revisions')
const firstIntent = () => reference.names.findIndex((name) => name.includes('SET "desired_split"'))

test.for(Object.keys(moments) as (keyof typeof moments)[])('frozen %s', { timeout: 60_000 }, async (moment) => {
  const [worker, other] = await pair()
  const [c] = await begin(w, [{ point: moments[moment](), mode: 'before' }], (begun) => worker.arm(stopsOf(begun, 'SIGSTOP', reference)))
  if (!c) throw new Error('no rollout was made')
  await worker.untilStanding()
  await outlive(c, worker, other)
})
