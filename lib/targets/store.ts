import 'server-only'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { read } from '#lib/platform/db/read.ts'
import { SchemaRange } from '#lib/releases/contract.ts'
import { Arm, CloudRunLocator } from '#lib/rollouts/schema.ts'
import { openRolloutStates } from '#lib/rollouts/state.ts'
import type { KnownRevision } from '#lib/targets/schema.ts'

const include = {
  // Without the blueprint: tens of kilobytes that nobody reads here.
  environment: { include: { application: { omit: { yaml: true, blueprint: true } } } },
  service: true,
  holds: { where: { liftedAt: null } },
  health: { select: { reading: true } },
  rollouts: { where: { state: { in: [...openRolloutStates] } } },
} satisfies Prisma.TargetInclude

export type TargetRow = Prisma.TargetGetPayload<{ include: typeof include }>

/** Ids of one page of a list, in the order of applications, environments and services. */
export const findTargetIds = async (args: { where: Prisma.TargetWhereInput; take: number; cursorId?: string | undefined }): Promise<string[]> => {
  const rows = await db.target.findMany({
    where: args.where,
    select: { id: true },
    orderBy: [{ environment: { application: { slug: 'asc' } } }, { environment: { position: 'asc' } }, { service: { position: 'asc' } }, { id: 'asc' }],
    take: args.take,
    ...(args.cursorId !== undefined && { cursor: { id: args.cursorId }, skip: 1 }),
  })
  return rows.map((t) => t.id)
}

export const findTarget = (id: string, tx: Tx = db): Promise<TargetRow | null> => tx.target.findUnique({ where: { id }, include })

/** What of a target a person or the engine may have changed since it was read. */
export const movingParts = (id: string, tx: Tx) => tx.target.findUniqueOrThrow({ where: { id }, include: { holds: include.holds, rollouts: include.rollouts } })

export const locatorOfRow = (t: { locator: unknown }) => CloudRunLocator.parse(t.locator)

type RevisionRow = Omit<KnownRevision, 'provenAtMs' | 'imageCheckedAtMs' | 'createdAtMs' | 'schema' | 'withdrawn'> & { targetId: string; provenAt: Date | null; imageCheckedAt: Date | null; createdAt: Date; schema: unknown; as: 'vetoed' | 'abandoned' | null; by: string | null; reason: string | null }

/**
 * Everything known of the revisions of these targets, newest first, with the releases they carry, and of one that was
 * withdrawn who did that last, by the audit log. One statement: a press of Roll back waits for it.
 */
export async function knownRevisions(targetIds: readonly string[], tx: Tx = db): Promise<Map<string, KnownRevision[]>> {
  const rows = await read<RevisionRow>(
    Prisma.sql`
      select v.target_id as "targetId", v.name, v.digest, v.release_id as "releaseId", r.version, v.proven, v.proven_at as "provenAt", case when v.proven = 'proven' then v.served_before end as "servedBefore",
        v.outcome, v.ready, v.deleted_at is not null as deleted, v.image_found as "imageFound", v.image_checked_at as "imageCheckedAt", v.created_at as "createdAt", r.schema,
        case when r.state <> 'active' then r.state::text end as "as", r.state_reason as reason,
        case when r.state <> 'active' then (select e.actor_name from audit_event e where e.subjects @> array['release:' || r.id] and e.verb in ('release.veto', 'release.abandon') order by e.at desc, e.seq desc limit 1) end as by
      from target_revision v left join release r on r.id = v.release_id
      where v.target_id = any(${[...targetIds]}::uuid[]) order by v.created_at desc, v.name desc`,
    tx,
  )
  const byTarget = new Map<string, KnownRevision[]>(targetIds.map((id) => [id, []]))
  for (const { targetId, provenAt, imageCheckedAt, createdAt, schema, as, by, reason, ...r } of rows)
    byTarget.get(targetId)?.push({ ...r, provenAtMs: provenAt?.getTime() ?? null, imageCheckedAtMs: imageCheckedAt?.getTime() ?? null, createdAtMs: createdAt.getTime(), schema: SchemaRange.nullable().parse(schema ?? null), withdrawn: as && { as, by, reason } })
  return byTarget
}

export async function releasesById(ids: readonly (string | null)[], tx: Tx = db) {
  const wanted = [...new Set(ids.filter((id) => id !== null))]
  const rows = wanted.length === 0 ? [] : await tx.release.findMany({ where: { id: { in: wanted } }, select: { id: true, version: true, schema: true } })
  return new Map(rows.map((r) => [r.id, r]))
}

export const armOf = (v: unknown): Arm | null => Arm.nullable().parse(v ?? null)
