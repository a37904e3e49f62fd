import 'server-only'
import { db, type Tx } from '#lib/platform/db/client.ts'
import type { Prisma } from '#lib/platform/db/generated/client.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { sortOf } from '#lib/platform/sort.ts'
import type { listReleases as listEndpoint } from '#lib/releases/contract.ts'
import type { pageArgs } from '#lib/releases/page.ts'

type ReleaseSort = Parsed<typeof listEndpoint>['sort']

export const releaseShape = {
  application: { select: { id: true, slug: true, retiredAt: true, services: { where: { retiredAt: null }, select: { slug: true }, orderBy: { position: 'asc' } } } },
  artifacts: { include: { service: { select: { slug: true, position: true } } } },
} satisfies Prisma.ReleaseInclude
export type ReleaseRow = Prisma.ReleaseGetPayload<{ include: typeof releaseShape }>

export const findRelease = (tx: Tx, id: string): Promise<ReleaseRow | null> => tx.release.findUnique({ where: { id }, include: releaseShape })

/** Locks a release against a veto or abandon of another request until the transaction ends. */
export async function lockRelease(tx: Tx, id: string): Promise<void> {
  await tx.$queryRaw`select 1 from release where id = ${id}::uuid for no key update`
}

export const listReleases = (where: Prisma.ReleaseWhereInput, order: { sort: ReleaseSort; page: ReturnType<typeof pageArgs> }): Promise<ReleaseRow[]> => {
  const { field, direction } = sortOf(order.sort, '-created')
  const by = { created: { createdAt: direction }, application: { application: { slug: direction } }, author: { author: direction } } satisfies Record<typeof field, Prisma.ReleaseOrderByWithRelationInput>
  return db.release.findMany({ where, include: releaseShape, orderBy: [by[field], { id: direction }], ...order.page })
}

/** Targets of the release's application, in these environments, whose revisions carry one of its digests, with the last snapshot. */
export const whereLive = (row: ReleaseRow, environments: Prisma.EnvironmentWhereInput) =>
  db.targetRevision.findMany({
    where: {
      deletedAt: null,
      target: { retiredAt: null, environment: { AND: [{ applicationId: row.applicationId, retiredAt: null }, environments] } },
      OR: [{ releaseId: row.id }, { releaseId: null, digest: { in: row.artifacts.map((a) => a.digest) } }],
    },
    select: {
      name: true,
      target: { select: { id: true, snapshot: true, snapshotAt: true, service: { select: { slug: true, position: true } }, environment: { select: { slug: true, position: true } } } },
    },
  })

export const promotionsOf = (releaseId: string, environments: Prisma.EnvironmentWhereInput) =>
  db.promotion.findMany({ where: { releaseId, environment: environments }, select: { id: true, state: true, createdAt: true, environment: { select: { slug: true } } }, orderBy: { createdAt: 'desc' }, take: 100 })

/** Creation times of one application's releases rise strictly, so that "older" always has an answer. Lock the application first. */
export async function nextCreatedAt(tx: Tx, applicationId: string, nowMs: number): Promise<Date> {
  const last = await tx.release.aggregate({ where: { applicationId }, _max: { createdAt: true } })
  return new Date(Math.max(nowMs, (last._max.createdAt?.getTime() ?? 0) + 1))
}
