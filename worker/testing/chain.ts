import { expect } from 'vitest'
import { begin, type Begun, count, type Dead, expectResumed, expectSameEnd, hasPlace, type Kill, type Lane, placeOf, type Reference, startWorking, stopsOf, untilEnded, untilStanding, untilTaken } from './lane.ts'
import type { WorkerProcess } from './worker-process.ts'

/**
 * Rollouts that die together: each stands still at its own point until the last has come to its own, then the process is
 * killed. What the dead process leaves is the same as from one kill per rollout, for an eighth of the start-ups.
 */
const togetherAtMost = 8
/** A walk that needed one look less than the one counted ends before the point that is meant: it is walked again, so often. */
const mostTries = 3

/** Statements whose effect stays when the process dies right after: what a transaction does stays by its COMMIT alone. */
const isLasting = (name: string, inTransaction: boolean) => /^pg (COMMIT|with free as)/.test(name) || /^http (PATCH|POST)/.test(name) || (!inTransaction && /^pg (UPDATE|INSERT)/.test(name))

/**
 * Every moment between two points, once: after N and before N + 1 are the same one, since nothing outside happens between
 * them. Both sides are taken where something stays behind, and "sent" where it is a call to the provider that changes
 * something. CRASH_EVERY=1 takes both sides of every point, for twice the time; CRASH_POINT takes one.
 */
export function killsFor(names: readonly string[]): Kill[] {
  const alone = /^(\d+) (before|sent|after)$/.exec(process.env['CRASH_POINT'] ?? '')
  if (alone) return [{ point: Number(alone[1]), mode: alone[2] as Kill['mode'] }]
  const everywhere = process.env['CRASH_EVERY'] === '1'
  let inTransaction = false
  return names.flatMap((name, point): Kill[] => {
    if (name === 'pg BEGIN') inTransaction = true
    if (name === 'pg COMMIT' || name === 'pg ROLLBACK') inTransaction = false
    const isLast = point === names.length - 1
    return [
      { point, mode: 'before' },
      ...(everywhere || isLast || isLasting(name, inTransaction) ? [{ point, mode: 'after' } as const] : []),
      ...(/^http (PATCH|POST)/.test(name) ? [{ point, mode: 'sent' } as const] : []),
    ]
  })
}

/** Every moment by default: some 570 kills, about four minutes on two quiet processors. CRASH_SAMPLE=5 takes a fifth of them, for a look. */
const takenOf = Number(process.env['CRASH_SAMPLE'] ?? 1)

/** Kills at the points that are this lane's share, and says how it went. */
export async function runShare(lane: Lane, share: { index: number; of: number }): Promise<void> {
  const first = await startWorking(lane)
  const reference = await count(lane, first)
  const all = killsFor(reference.names)
  const kills = process.env['CRASH_POINT'] ? all : all.filter((_, i) => i % (share.of * takenOf) === share.index * takenOf)
  const report = await killAll(lane, first, reference, kills)
  process.stdout.write(`${report.killed} of ${all.length} kills over ${reference.names.length} points; ${report.taken} take-overs, each within lease + 1 s, slowest ${Math.round(report.slowestMs)} ms\n`)
  expect(report.missed, 'points that were not come to').toEqual([])
}

export type Report = { killed: number; missed: string[]; slowestMs: number; taken: number }

/** Kills one worker after the other, each the successor of the one before; throws at the first that leaves another world. */
export async function killAll(lane: Lane, first: WorkerProcess, reference: Reference, kills: readonly Kill[]): Promise<Report> {
  const queue = kills.map((kill) => ({ kill, tries: 0 }))
  const report: Report = { killed: 0, missed: [], slowestMs: 0, taken: 0 }
  const missed: Kill[] = []
  // A busy machine makes walks longer: what the shortest that anybody saw does not have is no point that could be come to.
  let shortest = reference.names
  let victim = first
  let next = lane.spawn()
  while (queue.length > 0) {
    const batch = queue.splice(0, togetherAtMost)
    await next.warm
    const { begun, dead, walked } = await killOnce(lane, victim, batch.map((b) => b.kill), next, reference)
    victim = next
    next = lane.spawn()
    await untilEnded(begun, victim)
    for (const [i, b] of begun.entries()) {
      const taken = await checkedOne(lane, b, reference, dead)
      report.slowestMs = Math.max(report.slowestMs, taken ?? 0)
      report.taken += taken === null ? 0 : 1
      report.killed += 1
      const [one, whole] = [batch[i], walked.get(b.id)]
      if (!one || !whole) continue
      if (whole.length < shortest.length) shortest = whole
      if (one.tries + 1 < mostTries) queue.push({ ...one, tries: one.tries + 1 })
      else missed.push(one.kill)
    }
  }
  report.missed = missed.filter((kill) => hasPlace(shortest, placeOf(reference.names, kill.point))).map((kill) => `${kill.point} ${kill.mode}: ${reference.names[kill.point] ?? ''}`)
  await Promise.all([victim.kill(), next.kill()])
  return report
}

/** `walked`: the whole walks of those that ended without coming to their points. */
async function killOnce(lane: Lane, victim: WorkerProcess, kills: readonly Kill[], next: WorkerProcess, reference: Reference) {
  const begun = await begin(lane.w, kills, (all) => victim.arm(stopsOf(all, 'SIGKILL', reference)))
  await untilStanding(begun, victim)
  const ended = begun.filter((b) => !victim.reached().has(b.id)).map((b) => b.id)
  const names = await victim.names(ended)
  return { begun, dead: await succeed(begun, victim, next), walked: new Map(ended.map((id, i) => [id, names[i] ?? []])) }
}

/** `victim` is killed where it stands; `next` works already, as others do when one dies. */
async function succeed(begun: readonly Begun[], victim: WorkerProcess, next: WorkerProcess): Promise<Dead> {
  await untilStanding(begun, victim)
  await next.go()
  const killed = { pid: victim.pid, atMs: Date.now() }
  await victim.kill()
  // No other start-up before this: it would take the processor from the take-over that is timed.
  return untilTaken(begun, killed, next)
}

/** Kills the worker, then the one that took over, at a point of its own; the third ends the rollouts. */
export async function killPairs(lane: Lane, reference: Reference, pairs: readonly (readonly [Kill, Kill])[]): Promise<number> {
  let killed = 0
  for (let i = 0; i < pairs.length; i += togetherAtMost) {
    const batch = pairs.slice(i, i + togetherAtMost)
    const [first, second, third] = [await startWorking(lane), lane.spawn(), lane.spawn()]
    await Promise.all([second.warm, third.warm])
    const begun = await begin(lane.w, batch.map(([kill]) => kill), (all) => first.arm(stopsOf(all, 'SIGKILL', reference)))
    const again = begun.map((b, n) => ({ ...b, kill: batch[n]?.[1] ?? b.kill }))
    await untilStanding(begun, first)
    await second.arm(stopsOf(again, 'SIGKILL', null))
    const deaths = [await succeed(begun, first, second), await succeed(again, second, third)]
    await untilEnded(begun, third)
    for (const [n, b] of begun.entries()) {
      const then = again[n]?.kill
      await told(`killed ${b.kill.mode} point ${b.kill.point}, and its successor ${then?.mode} its point ${then?.point}`, async () => {
        await expectSameEnd(lane.w, b, reference)
        for (const dead of deaths) await expectResumed(lane, b, dead)
      })
      killed += 2
    }
    await lane.killAll()
  }
  return killed
}

async function checkedOne(lane: Lane, b: Begun, reference: Reference, dead: Dead): ReturnType<typeof expectResumed> {
  const name = reference.names[b.kill.point] ?? ''
  return told(`killed ${b.kill.mode} point ${b.kill.point} (${name}); alone: CRASH_POINT='${b.kill.point} ${b.kill.mode}'`, async () => {
    await expectSameEnd(lane.w, b, reference)
    return expectResumed(lane, b, dead)
  })
}

/** What failed, with where it was killed. */
async function told<T>(where: string, check: () => Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (cause) {
    // At once: the rest of the run may take minutes.
    process.stdout.write(`${where}: ${cause instanceof Error ? cause.message : String(cause)}\n`)
    throw new Error(where, { cause })
  }
}
