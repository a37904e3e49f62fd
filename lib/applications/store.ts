import 'server-only'
import { db } from '#lib/platform/db/client.ts'

// Of a target only what orders it: its snapshot and its own facts are read by lib/targets, as summaries.
const parts = {
  services: { where: { retiredAt: null }, orderBy: { position: 'asc' } },
  environments: { where: { retiredAt: null }, orderBy: { position: 'asc' }, include: { targets: { where: { retiredAt: null }, select: { id: true, service: { select: { position: true } } } } } },
} as const

export const findApplication = (slug: string) => db.application.findUnique({ where: { slug }, include: parts })
export type ApplicationRow = NonNullable<Awaited<ReturnType<typeof findApplication>>>

/** In slug order after `cursor`; `ids` null means all. One more than `limit` tells that there is a next page. */
export const listApplicationRows = (ids: readonly string[] | null, cursor: string | undefined, limit: number): Promise<ApplicationRow[]> =>
  db.application.findMany({ where: { ...(ids && { id: { in: [...ids] } }), ...(cursor !== undefined && { slug: { gt: cursor } }) }, orderBy: { slug: 'asc' }, take: limit + 1, include: parts })
