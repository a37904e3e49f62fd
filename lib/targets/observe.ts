import 'server-only'
import type { Prisma } from '#lib/platform/db/generated/client.ts'
import { DriverError } from '#lib/drivers/errors.ts'
import { runtimeFor } from '#lib/drivers/registry.ts'
import type { Locator, Observation, ObservedRevision } from '#lib/drivers/runtime.ts'
import { mainRevision } from '#lib/engine/traffic.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { AppError } from '#lib/platform/errors.ts'
import { isId } from '#lib/platform/id.ts'
import { CloudRunLocator, Intended, RolloutPlan } from '#lib/rollouts/schema.ts'

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
    const also = observation.exists ? await namesThatMatter(targetId, observation) : []
    const listed = observation.exists ? await runtime.revisions(locator, also) : { items: [], complete: true }
    const seen = { observation, revisions: listed.items, atMs }
    await storeSnapshot(targetId, seen, (name) => listed.complete || also.includes(name))
    return seen
  } catch (e) {
    if (e instanceof DriverError) await db.target.updateMany({ where: { id: targetId }, data: { snapshotError: e.message } })
    throw e
  }
}

/** Revisions that must be known however old they are: what serves, is tagged or should serve, stable, and where one would go back to. */
const mostProven = 5
async function namesThatMatter(targetId: string, o: Observation): Promise<string[]> {
  const [target, proven] = await Promise.all([
    db.target.findUnique({ where: { id: targetId }, select: { stableRevision: true, intended: true } }),
    db.targetRevision.findMany({ where: { targetId, proven: { not: null }, deletedAt: null }, orderBy: { provenAt: 'desc' }, take: mostProven, select: { name: true } }),
  ])
  const serving = [...Object.keys(o.split), ...o.traffic.map((t) => t.revision)]
  const intended = Object.keys(Intended.nullable().parse(target?.intended ?? null)?.split ?? {})
  return [...new Set([...serving, ...intended, target?.stableRevision ?? '', ...proven.map((p) => p.name)])].filter(Boolean)
}

/** Nothing was read so far ahead of now: what says so was read before the clock was set back. */
export const aheadMs = 60_000

/** A late answer never overwrites a newer one. */
async function storeSnapshot(targetId: string, seen: Seen, wasLookedFor: (name: string) => boolean): Promise<void> {
  const snapshotAt = new Date(seen.atMs)
  const snapshot = { split: seen.observation.split, observation: seen.observation, revisions: seen.revisions } as unknown as Prisma.InputJsonValue // plain data of our own types
  const { count } = await db.target.updateMany({
    where: { id: targetId, OR: [{ snapshotAt: null }, { snapshotAt: { lte: snapshotAt } }, { snapshotAt: { gt: new Date((await nowMs()) + aheadMs) } }] },
    data: { snapshot, snapshotAt, snapshotError: null },
  })
  if (count === 1) await storeRevisions(targetId, seen, wasLookedFor)
}

async function storeRevisions(targetId: string, seen: Seen, wasLookedFor: (name: string) => boolean): Promise<void> {
  const known = new Map((await db.targetRevision.findMany({ where: { targetId } })).map((r) => [r.name, r]))
  const present = new Set(seen.revisions.map((r) => r.name))
  const serving = mainRevision(seen.observation.split)
  const isObserved = (r: ObservedRevision) => known.size === 0 && r.name === serving && seen.observation.split[r.name] === 100 && !r.labels[rolloutLabel]
  const added: Prisma.TargetRevisionCreateManyInput[] = []
  for (const r of seen.revisions) {
    const row = known.get(r.name)
    const facts = { image: r.image, digest: r.digest, createdAt: new Date(r.createdAtMs) }
    if (!row) added.push({ targetId, name: r.name, ready: r.ready, ...facts, ...(isObserved(r) && { proven: 'observed', provenAt: new Date(seen.atMs) }), ...(await originOf(r)) })
    else if (row.ready !== r.ready || row.deletedAt !== null) {
      // A service that was deleted and made again counts its revisions from 1: an old name, another revision.
      const isOther = row.deletedAt !== null && row.createdAt.getTime() !== facts.createdAt.getTime()
      const anew = isOther ? { ...facts, proven: null, provenAt: null, outcome: null, imageFound: null, imageCheckedAt: null, releaseId: null, rolloutId: null, ...(await originOf(r)) } : {}
      await db.targetRevision.update({ where: { targetId_name: { targetId, name: r.name } }, data: { ready: r.ready, deletedAt: null, ...anew } })
    }
  }
  // One statement: with only some of them stored, the next look would no longer be the first and would prove nothing.
  if (added.length > 0) await db.targetRevision.createMany({ data: added, skipDuplicates: true })
  const gone = [...known.values()].filter((r) => !present.has(r.name) && (wasLookedFor(r.name) || !seen.observation.exists) && r.deletedAt === null).map((r) => r.name)
  if (gone.length > 0) await db.targetRevision.updateMany({ where: { targetId, name: { in: gone } }, data: { deletedAt: new Date(seen.atMs), ready: false } })
}

/**
 * The release behind a revision: by our label where the digest agrees, else by its digest. A deploy by somebody else
 * copies the template's labels, so the label alone would name the wrong release.
 */
async function originOf(r: ObservedRevision): Promise<{ rolloutId?: string; releaseId?: string }> {
  const rolloutId = r.labels[rolloutLabel] ?? ''
  if (isId(rolloutId)) {
    const rollout = await db.rollout.findUnique({ where: { id: rolloutId }, select: { releaseId: true, plan: true } })
    if (rollout && RolloutPlan.safeParse(rollout.plan).data?.digest === r.digest) return { rolloutId, ...(rollout.releaseId && { releaseId: rollout.releaseId }) }
  }
  if (!r.digest) return {}
  const artifact = await db.artifact.findFirst({ where: { digest: r.digest }, orderBy: { release: { createdAt: 'desc' } }, select: { releaseId: true } })
  return artifact ? { releaseId: artifact.releaseId } : {}
}

/**
 * The revision that a rollout made: the first with its label and its digest. Later ones may have copied the label from
 * the template.
 */
export const madeBy = (revisions: readonly ObservedRevision[], rolloutId: string, digest: string): ObservedRevision | undefined =>
  revisions.filter((r) => r.labels[rolloutLabel] === rolloutId && r.digest === digest).toSorted((a, b) => a.createdAtMs - b.createdAtMs)[0]
