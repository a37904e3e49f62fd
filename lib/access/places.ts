import 'server-only'
import type { Place } from '#lib/access/actor.ts'
import { db } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { isId } from '#lib/platform/id.ts'

type Row = { applicationId: string; environmentId: string }
const environment = Prisma.sql`e.application_id as "applicationId", e.id as "environmentId" from environment e`
/** One statement each, where following the relations would take three: every change is looked up while hundreds may listen. */
const ways = {
  target: (id: string) => Prisma.sql`select ${environment} join target t on t.environment_id = e.id where t.id = ${id}::uuid`,
  promotion: (id: string) => Prisma.sql`select ${environment} join promotion p on p.environment_id = e.id where p.id = ${id}::uuid`,
  rollout: (id: string) => Prisma.sql`select ${environment} join target t on t.environment_id = e.id join rollout r on r.target_id = t.id where r.id = ${id}::uuid`,
}

/** Where a thing that an event names is; null when there is no such thing (any more). */
export async function placeOf(topic: string, id: string): Promise<Place | null> {
  if (topic === 'application') {
    const row = await db.application.findFirst({ where: isId(id) ? { id } : { slug: id }, select: { id: true } })
    return row ? { applicationId: row.id } : null
  }
  if (!isId(id)) return null
  if (topic === 'target' || topic === 'promotion' || topic === 'rollout') return (await db.$queryRaw<Row[]>(ways[topic](id)))[0] ?? null
  if (topic === 'release') return db.release.findUnique({ where: { id }, select: { applicationId: true } })
  return null
}
