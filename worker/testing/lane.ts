import { expect, vi } from 'vitest'
import { verifyChain } from '#lib/audit/verify.ts'
import { makeWorld, type World } from '#lib/engine/testing/world.ts'
import { db } from '#lib/platform/db/client.ts'
import { findRollout, type RolloutRow } from '#lib/rollouts/store.ts'
import { openRolloutStates } from '#lib/rollouts/state.ts'
import type { Bundle } from './bundle.ts'
import type { Mode, Stop } from './crash-points.ts'
import { beginCase, type Case, liveOf, makeCase } from './rollouts.ts'
import { startWorker, type WorkerProcess } from './worker-process.ts'

/** Where to kill: the index of a point as counted in an undisturbed rollout. */
export type Kill = { point: number; mode: Mode }
export type Begun = Case & { id: string; targetId: string; kill: Kill }
export type Reference = { names: readonly string[]; writes: readonly string[]; verbs: readonly string[] }

/** Every resumption must come this soon after the lease of the dead. */
const marginMs = 1_000
const patienceMs = 60_000

export type Lane = { w: World; leaseMs: number; spawn: () => WorkerProcess; killAll: () => Promise<unknown> }

/** A database, an emulated cloud and workers of this lane's own. */
export async function makeLane(bundle: Bundle, leaseMs: number): Promise<Lane> {
  const w = await makeWorld({ SLUICE_LEASE_MS: String(leaseMs), SLUICE_DB_CONNECTIONS: '24' })
  // Who took a rollout when, by the database's own clock, whatever the product writes about it.
  await db.$executeRawUnsafe('create table test_claim (rollout_id uuid, epoch int, owner text, at timestamptz default clock_timestamp())')
  await db.$executeRawUnsafe(`create function note_claim() returns trigger language plpgsql as $$ begin
    insert into test_claim (rollout_id, epoch, owner) values (new.id, new.epoch, new.lease_owner); return new; end $$`)
  await db.$executeRawUnsafe('create trigger note_claim after update of epoch on rollout for each row when (old.epoch is distinct from new.epoch) execute function note_claim()')
  const all = new Set<WorkerProcess>()
  const spawn = () => {
    const worker = startWorker(bundle, { DATABASE_URL: w.database.url, EMULATOR_PORT: String(w.cloud.port) })
    all.add(worker)
    void worker.gone.then(() => all.delete(worker))
    return worker
  }
  const killAll = () => Promise.all([...all].map((worker) => worker.kill()))
  return { w, leaseMs, spawn, killAll }
}

/** Makes one rollout for each kill, all seen by the workers at once; `tell` hears of them before that. */
export async function begin(w: World, kills: readonly Kill[], tell: (begun: Begun[]) => Promise<unknown>): Promise<Begun[]> {
  const cases = await Promise.all(kills.map(async (kill) => ({ kill, ...(await makeCase(w)) })))
  return db.$transaction(
    async (tx) => {
      const begun: Begun[] = []
      for (const c of cases) begun.push({ ...c, ...(await beginCase(tx, c)) })
      await tell(begun)
      return begun
    },
    { timeout: patienceMs, maxWait: patienceMs },
  )
}

/** Stops at the points of the undisturbed walk; at whatever comes as the n-th where there is none to compare with. */
export const stopsOf = (begun: readonly Begun[], signal: Stop['signal'], reference: Pick<Reference, 'names'> | null): Stop[] =>
  begun.map((b) => ({ rollout: b.id, place: reference ? placeOf(reference.names, b.kill.point) : { index: b.kill.point }, mode: b.kill.mode, signal }))

export function placeOf(names: readonly string[], point: number): { name: string; nth: number } {
  const name = names[point] ?? ''
  return { name, nth: names.slice(0, point).filter((one) => one === name).length }
}
export const hasPlace = (names: readonly string[], place: { name: string; nth: number }): boolean => names.filter((one) => one === place.name).length > place.nth

const openCount = (begun: readonly Begun[]) => db.rollout.count({ where: { id: { in: begun.map((b) => b.id) }, state: { in: [...openRolloutStates] } } })
export const untilEnded = (begun: readonly Begun[], process?: WorkerProcess) =>
  vi.waitFor(async () => expect(await openCount(begun), process?.logged.slice(-10).join('\n')).toBe(0), { timeout: patienceMs, interval: 25 })

/** Resolves when all stand at their points, or those that do not have ended and never will. */
export const untilStanding = (begun: readonly Begun[], worker: WorkerProcess) =>
  vi.waitFor(async () => {
    if (worker.stands()) return
    const missing = begun.filter((b) => !worker.reached().has(b.id))
    expect(missing.length > 0 && (await openCount(missing)) === 0, `not all come to their points:\n${worker.logged.slice(-10).join('\n')}`).toBe(true)
  }, { timeout: patienceMs, interval: 20 })

/** A worker that works. */
export async function startWorking(lane: Lane): Promise<WorkerProcess> {
  const worker = lane.spawn()
  await worker.warm
  await worker.go()
  return worker
}

/** Undisturbed walks of which the shortest is the one that others are compared with. */
const walksAtOnce = 4

/**
 * The points of a rollout that nobody disturbs, and what it leaves behind: what every other one is compared with. A busy
 * machine, or a process that has just begun, makes some walks look once more than others: they are walked twice over, and
 * what the shortest comes to, the others come to as well.
 */
export async function count(lane: Lane, worker: WorkerProcess): Promise<Reference> {
  const walks = [...(await walk(lane, worker)), ...(await walk(lane, worker))].toSorted((a, b) => a.names.length - b.names.length)
  const [shortest] = walks
  if (!shortest) throw new Error('no rollout was made')
  const reference = { names: shortest.names, writes: await writesOf(lane.w, shortest.of), verbs: await verbsOf(shortest.of) }
  for (const { of } of walks) await expectSameEnd(lane.w, of, reference)
  return reference
}

async function walk(lane: Lane, worker: WorkerProcess): Promise<{ of: Begun; names: string[] }[]> {
  const kills = Array.from({ length: walksAtOnce }, (): Kill => ({ point: 0, mode: 'before' }))
  const begun = await begin(lane.w, kills, (all) => worker.follow(all.map((b) => b.id)))
  await untilEnded(begun, worker)
  const names = await worker.names(begun.map((b) => b.id))
  return begun.map((of, i) => ({ of, names: names[i] ?? [] }))
}

async function writesOf(w: World, c: Begun): Promise<string[]> {
  const calls = await w.cloud.calls({ service: c.locator.service })
  return calls.filter((call) => call.status === 200 && call.rpc !== 'CreateService').map((call) => `${call.rpc} ${call.updateMask}`)
}

/** What was read back and recorded. A call may be asked for twice, when the first to ask died. */
async function verbsOf(c: Begun): Promise<string[]> {
  const rows = await db.auditEvent.findMany({ where: { chain: c.slug }, orderBy: { seq: 'asc' }, select: { verb: true } })
  return rows.map((r) => r.verb).filter((verb) => !verb.endsWith('_requested') && verb !== 'rollout.call_refused')
}

/** The same world as that of the undisturbed rollout: here, at the provider, and in the log. */
export async function expectSameEnd(w: World, c: Begun, reference: Reference): Promise<RolloutRow> {
  const row = await findRollout(c.id)
  if (!row) throw new Error('the rollout is gone')
  const candidate = row.candidate?.revision ?? ''
  expect(row).toMatchObject({ state: 'succeeded', hold: null, intent: null, observedSplit: { [candidate]: 100 } })
  expect(await db.rollout.findUnique({ where: { id: c.id }, select: { leaseUntil: true, wakeAt: true } })).toEqual({ leaseUntil: null, wakeAt: null })
  expect(await db.target.findUnique({ where: { id: c.targetId }, select: { stableRevision: true, intended: true, drift: true } })).toEqual({ stableRevision: candidate, intended: { split: { [candidate]: 100 }, tags: { next: candidate } }, drift: null })
  expect(await db.targetRevision.findMany({ where: { targetId: c.targetId, proven: 'proven' }, select: { name: true, rolloutId: true } })).toEqual([{ name: candidate, rolloutId: c.id }])
  expect(await liveOf(w, c)).toEqual({ split: { [candidate]: 100 }, tags: { next: candidate }, types: ['TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION'] })
  expect(await writesOf(w, c), 'writes that the provider took').toEqual(reference.writes)
  expect(await verbsOf(c), 'what the log says was done').toEqual(reference.verbs)
  expect((await verifyChain(c.slug)).firstBad).toBeNull()
  const seen = await db.target.findUniqueOrThrow({ where: { id: c.targetId }, select: { snapshot: true } })
  expect(seen.snapshot, 'what screens show').toMatchObject({ split: { [candidate]: 100 } })
  return row
}

const isOf = (pid: number) => `%-${pid}-%`

/** A worker that died or froze. `lostMs`: what the machine, not the product, added to the take-over. */
export type Dead = { pid: number; atMs: number; lostMs: number; nextPid: number }

/**
 * Resolves when `next` has taken over what `from` drove until `atMs`. A machine that is busy with other things makes both
 * worker and database wait for a processor: that time is told apart, since no lease can promise anything about it.
 */
export async function untilTaken(begun: readonly Begun[], from: { pid: number; atMs: number }, next: WorkerProcess): Promise<Dead> {
  const queuedMs = next.queuedMs()
  await vi.waitFor(async () => {
    const [left] = await db.$queryRaw<{ count: number }[]>`
      select count(*)::int from rollout where id = any(${begun.map((b) => b.id)}::uuid[]) and ended_at is null and coalesce(lease_owner, ${isOf(from.pid)}) like ${isOf(from.pid)}`
    expect(left?.count).toBe(0)
  }, { timeout: patienceMs, interval: 25 })
  return { ...from, nextPid: next.pid, lostMs: 2 * (next.queuedMs() - queuedMs) }
}

/** Another worker took the rollout soon after the death of this one, unless it had ended by then. Answers how long that took, in ms. */
export async function expectResumed(lane: Lane, c: Begun, dead: Dead): Promise<number | null> {
  const row = await findRollout(c.id)
  const claims = await db.$queryRaw<{ ms: number; epoch: number; owner: string }[]>`
    select extract(epoch from at)::float8 * 1000 as ms, epoch, owner from test_claim where rollout_id = ${c.id}::uuid order by at`
  expect(claims.map((one) => one.epoch)).toEqual([...new Set(claims.map((one) => one.epoch))].toSorted((a, b) => a - b))
  const next = claims.find((one) => one.owner.includes(`-${dead.nextPid}-`))
  if (!next) {
    expect(row?.endedAt?.getTime() ?? Infinity, 'nobody took it over').toBeLessThanOrEqual(dead.atMs)
    return null
  }
  const afterMs = next.ms - dead.atMs
  expect(afterMs, `ms from death to take-over, lease ${lane.leaseMs} ms, waited ${Math.round(dead.lostMs)} ms for a processor`).toBeLessThanOrEqual(lane.leaseMs + marginMs + dead.lostMs)
  return afterMs
}
