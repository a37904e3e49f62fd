import 'server-only'
import { systemActor } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import { DriverError } from '#lib/drivers/errors.ts'
import { publish } from '#lib/engine/jobs.ts'
import { describeSplit, mainRevision, outsideChange, tagsOf } from '#lib/engine/traffic.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { log } from '#lib/platform/log.ts'
import { Intended } from '#lib/rollouts/schema.ts'
import { openRolloutStates } from '#lib/rollouts/state.ts'
import { checkImages } from '#lib/targets/images.ts'
import { aheadMs, observeTarget, type Seen } from '#lib/targets/observe.ts'

/** Targets without an open rollout are re-read this often (DESIGN 3). */
export const quietEveryMs = 60_000

/** When this process last failed to read a target (product time). Its snapshot stays old, and it must not keep the others from their turn. */
const unreadable = new Map<string, number>()

/** Reads a quiet target: snapshot, first sight, drift, and whether the images to go back to are still there. A failed read is kept as such. */
export async function observeQuietly(targetId: string): Promise<void> {
  try {
    const seen = await observeTarget(targetId, { maxAgeMs: 0 })
    await noteDrift(targetId, seen)
    unreadable.delete(targetId)
    await checkImages(targetId)
  } catch (e) {
    unreadable.set(targetId, await nowMs())
    if (!(e instanceof DriverError)) throw e
    log.warning('A target could not be read', { target: targetId, message: e.message })
  }
  await db.$transaction((tx) => publish(tx, 'target', targetId, 0))
}

/** A live read for a page or a plan. It makes the target not due for a minute, so it judges too: else the page would call a split intended that nobody intended. */
export async function observeAndJudge(targetId: string, age: { maxAgeMs?: number } = {}): Promise<Seen> {
  const seen = await observeTarget(targetId, age)
  const t = await db.target.findUniqueOrThrow({ where: { id: targetId }, select: { intended: true, drift: true } })
  const intended = Intended.nullable().parse(t.intended)
  if (intended === null || driftOf(intended, seen) !== messageOf(t.drift)) await noteDrift(targetId, seen)
  return seen
}

const messageOf = (drift: unknown): string | null => (drift as { message?: string } | null)?.message ?? null
const driftOf = (intended: Intended | null, { observation: o }: Seen): string | null => (intended && o.settled ? outsideChange(intended, o.split, tagsOf(o.traffic, o.latestReady), o.exists) : null)

/** At first sight what serves is intended and stable. Later a difference is drift, said once and taken back when it is gone. */
async function noteDrift(targetId: string, seen: Seen): Promise<void> {
  const { observation: o } = seen
  if (!o.settled) return
  await db.$transaction(async (tx) => {
    await tx.$queryRaw`select id from target where id = ${targetId}::uuid for update`
    const open = await tx.rollout.count({ where: { targetId, state: { in: [...openRolloutStates] } } })
    if (open > 0) return
    const t = await tx.target.findUniqueOrThrow({ where: { id: targetId }, include: { environment: { include: { application: true } } } })
    // Somebody has read it since, and judges that.
    if (t.snapshotAt && t.snapshotAt.getTime() > seen.atMs) return
    const intended = Intended.nullable().parse(t.intended)
    const main = mainRevision(o.split)
    if (!intended) {
      if (!o.exists) return
      const stable = main && o.split[main] === 100 ? main : null
      const known = stable ? await tx.targetRevision.findUnique({ where: { targetId_name: { targetId, name: stable } } }) : null
      await tx.target.update({ where: { id: targetId }, data: { intended: { split: o.split, tags: {} }, ...(stable && { stableRevision: stable, stableReleaseId: known?.releaseId ?? null, stableSince: new Date(seen.atMs) }) } })
      return
    }
    const changed = driftOf(intended, seen)
    if (changed === messageOf(t.drift)) return
    const atMs = await nowMs(tx)
    const drift = changed === null ? Prisma.DbNull : { expected: intended.split, observed: o.split, since: new Date(atMs).toISOString(), actor: o.lastModifier ?? 'unknown', message: changed }
    await tx.target.update({ where: { id: targetId }, data: { drift, version: { increment: 1 } } })
    await record(tx, {
      chain: t.environment.application.slug, actor: systemActor('watch'), verb: changed === null ? 'target.drift_gone' : 'target.drifted', subject: { kind: 'target', id: targetId },
      message: changed === null ? `live is as intended again: ${describeSplit(o.split)}` : `changed outside Sluice by ${o.lastModifier ?? 'unknown'}: ${changed}`, before: intended.split, after: o.split, atMs,
    })
  })
}

/** Quiet targets whose last read is older than a minute, oldest first; one that could not be read waits as long, one read before the clock was set back not at all. */
export async function dueTargets(limit: number): Promise<string[]> {
  const now = await nowMs()
  const beforeMs = now - quietEveryMs
  const justTried = [...unreadable].flatMap(([id, atMs]) => (atMs >= beforeMs && atMs <= now ? [id] : []))
  const rows = await db.target.findMany({
    where: { id: { notIn: justTried }, retiredAt: null, OR: [{ snapshotAt: null }, { snapshotAt: { lt: new Date(beforeMs) } }, { snapshotAt: { gt: new Date(now + aheadMs) } }], rollouts: { none: { state: { in: [...openRolloutStates] } } } },
    orderBy: { snapshotAt: { sort: 'asc', nulls: 'first' } },
    take: limit,
    select: { id: true },
  })
  return rows.map((r) => r.id)
}
