import 'server-only'
import { db, type Tx } from '#lib/platform/db/client.ts'
import type { Prisma } from '#lib/platform/db/generated/client.ts'
import { SchemaRange } from '#lib/releases/contract.ts'
import { Arm, CloudRunLocator } from '#lib/rollouts/schema.ts'
import { openRolloutStates } from '#lib/rollouts/state.ts'
import type { KnownRevision } from '#lib/targets/schema.ts'

const include = {
  // Without the blueprint: tens of kilobytes that nobody reads here.
  environment: { include: { application: { omit: { yaml: true, blueprint: true } } } },
  service: true,
  holds: { where: { liftedAt: null } },
  rollouts: { where: { state: { in: [...openRolloutStates] } } },
} satisfies Prisma.TargetInclude

export type TargetRow = Prisma.TargetGetPayload<{ include: typeof include }>

export const findTargets = (args: { where: Prisma.TargetWhereInput; take?: number; cursorId?: string | undefined }): Promise<TargetRow[]> =>
  db.target.findMany({
    where: args.where,
    include,
    orderBy: [{ environment: { application: { slug: 'asc' } } }, { environment: { position: 'asc' } }, { service: { position: 'asc' } }, { id: 'asc' }],
    ...(args.take !== undefined && { take: args.take }),
    ...(args.cursorId !== undefined && { cursor: { id: args.cursorId }, skip: 1 }),
  })

export const findTarget = (id: string, tx: Tx = db): Promise<TargetRow | null> => tx.target.findUnique({ where: { id }, include })

/** What of a target a person or the engine may have changed since it was read. */
export const movingParts = (id: string, tx: Tx) => tx.target.findUniqueOrThrow({ where: { id }, include: { holds: include.holds, rollouts: include.rollouts } })

export const locatorOfRow = (t: Pick<TargetRow, 'locator'>) => CloudRunLocator.parse(t.locator)

/** Everything known of the revisions of these targets, newest first, with the releases they carry. */
export async function knownRevisions(targetIds: readonly string[], tx: Tx = db): Promise<Map<string, KnownRevision[]>> {
  const rows = await tx.targetRevision.findMany({ where: { targetId: { in: [...targetIds] } }, orderBy: [{ createdAt: 'desc' }, { name: 'desc' }] })
  const releases = await releasesById(rows.map((r) => r.releaseId), tx)
  const byTarget = new Map<string, KnownRevision[]>(targetIds.map((id) => [id, []]))
  for (const r of rows) {
    const release = r.releaseId ? releases.get(r.releaseId) : undefined
    byTarget.get(r.targetId)?.push({
      name: r.name, digest: r.digest, releaseId: r.releaseId, version: release?.version ?? null,
      proven: r.proven === 'proven' || r.proven === 'observed' ? r.proven : null, provenAtMs: r.provenAt?.getTime() ?? null, outcome: r.outcome, ready: r.ready, deleted: r.deletedAt !== null,
      imageFound: r.imageFound, imageCheckedAtMs: r.imageCheckedAt?.getTime() ?? null, createdAtMs: r.createdAt.getTime(), schema: SchemaRange.nullable().parse(release?.schema ?? null),
    })
  }
  return byTarget
}

export async function releasesById(ids: readonly (string | null)[], tx: Tx = db) {
  const wanted = [...new Set(ids.filter((id) => id !== null))]
  const rows = wanted.length === 0 ? [] : await tx.release.findMany({ where: { id: { in: wanted } }, select: { id: true, version: true, schema: true } })
  return new Map(rows.map((r) => [r.id, r]))
}

export const armOf = (v: unknown): Arm | null => Arm.nullable().parse(v ?? null)
