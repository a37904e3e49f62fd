import 'server-only'
import type { Prisma } from '#lib/platform/db/generated/client.ts'
import { DriverError } from '#lib/drivers/errors.ts'
import { runtimeFor } from '#lib/drivers/registry.ts'
import type { Locator, Observation, ObservedRevision } from '#lib/drivers/runtime.ts'
import { mainRevision } from '#lib/engine/traffic.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { AppError } from '#lib/platform/errors.ts'
import { CloudRunLocator } from '#lib/rollouts/schema.ts'

export const rolloutLabel = 'sluice-rollout'

/** One read of the cloud: the service, its revisions, and the product time at which the reading began. Stored as the target's snapshot. */
export type Seen = { observation: Observation; revisions: ObservedRevision[]; atMs: number }

type Shared = typeof globalThis & { sluiceSeen?: Map<string, { steadyMs: number; seen: Promise<Seen> }> }
const shared = globalThis as Shared
const recent = () => (shared.sluiceSeen ??= new Map())

export async function locatorOf(targetId: string): Promise<Locator> {
  const row = await db.target.findUnique({ where: { id: targetId }, select: { locator: true } })
  if (!row) throw new AppError('not_found', `target ${targetId} not found`)
  return CloudRunLocator.parse(row.locator)
}

/**
 * Live state of a target. Readers within `maxAgeMs` share one read, so that the number of calls does not grow with the
 * number of viewers; 0 reads now. Stores the snapshot with its "as of"; a failed read stores its message beside the
 * older snapshot and throws DriverError.
 */
export async function observeTarget(targetId: string, { maxAgeMs = 2_000, at }: { maxAgeMs?: number; at?: Locator } = {}): Promise<Seen> {
  const steadyMs = performance.now()
  const last = recent().get(targetId)
  if (maxAgeMs > 0 && last && steadyMs - last.steadyMs <= maxAgeMs) return last.seen
  const seen = read(targetId, at)
  recent().set(targetId, { steadyMs, seen })
  try {
    return await seen
  } catch (e) {
    if (recent().get(targetId)?.seen === seen) recent().delete(targetId)
    throw e
  }
}

async function read(targetId: string, at?: Locator): Promise<Seen> {
  const locator = at ?? (await locatorOf(targetId))
  const runtime = runtimeFor('cloud-run')
  try {
    // "As of" is when the reading began: one that took long, or whose process stood still, is older than what others read meanwhile.
    const atMs = await nowMs()
    const observation = await runtime.observe(locator)
    const revisions = observation.exists ? await runtime.revisions(locator) : []
    const seen = { observation, revisions, atMs }
    await storeSnapshot(targetId, seen)
    return seen
  } catch (e) {
    if (e instanceof DriverError) await db.target.updateMany({ where: { id: targetId }, data: { snapshotError: e.message } })
    throw e
  }
}

/** A late answer never overwrites a newer one. */
async function storeSnapshot(targetId: string, seen: Seen): Promise<void> {
  const snapshotAt = new Date(seen.atMs)
  const snapshot = { split: seen.observation.split, observation: seen.observation, revisions: seen.revisions } as unknown as Prisma.InputJsonValue // plain data of our own types
  const { count } = await db.target.updateMany({
    where: { id: targetId, OR: [{ snapshotAt: null }, { snapshotAt: { lte: snapshotAt } }] },
    data: { snapshot, snapshotAt, snapshotError: null },
  })
  if (count === 1) await storeRevisions(targetId, seen)
}

async function storeRevisions(targetId: string, seen: Seen): Promise<void> {
  const known = new Map((await db.targetRevision.findMany({ where: { targetId } })).map((r) => [r.name, r]))
  const present = new Set(seen.revisions.map((r) => r.name))
  const isFirstSight = known.size === 0
  const serving = mainRevision(seen.observation.split)
  for (const r of seen.revisions) {
    const row = known.get(r.name)
    if (row && row.ready === r.ready && row.deletedAt === null) continue
    const isObserved = isFirstSight && r.name === serving && seen.observation.split[r.name] === 100 && !r.labels[rolloutLabel]
    const proof = isObserved ? { proven: 'observed', provenAt: new Date(seen.atMs) } : {}
    await db.targetRevision.upsert({
      where: { targetId_name: { targetId, name: r.name } },
      create: { targetId, name: r.name, image: r.image, digest: r.digest, ready: r.ready, createdAt: new Date(r.createdAtMs), ...proof, ...(await originOf(r)) },
      update: { ready: r.ready, deletedAt: null },
    })
  }
  const gone = [...known.values()].filter((r) => !present.has(r.name) && r.deletedAt === null && seen.observation.exists).map((r) => r.name)
  if (gone.length > 0) await db.targetRevision.updateMany({ where: { targetId, name: { in: gone } }, data: { deletedAt: new Date(seen.atMs), ready: false } })
}

/** The release behind a revision: by our label, else by its digest. */
async function originOf(r: ObservedRevision): Promise<{ rolloutId?: string; releaseId?: string }> {
  const rolloutId = r.labels[rolloutLabel]
  if (rolloutId) {
    const rollout = await db.rollout.findUnique({ where: { id: rolloutId }, select: { releaseId: true } })
    if (rollout) return { rolloutId, ...(rollout.releaseId && { releaseId: rollout.releaseId }) }
  }
  if (!r.digest) return {}
  const artifact = await db.artifact.findFirst({ where: { digest: r.digest }, select: { releaseId: true } })
  return artifact ? { releaseId: artifact.releaseId } : {}
}
