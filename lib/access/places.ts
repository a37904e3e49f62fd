import 'server-only'
import type { Place } from '#lib/access/actor.ts'
import { db } from '#lib/platform/db/client.ts'

const uuid = /^[0-9a-f-]{36}$/i
const ofEnvironment = { select: { environment: { select: { id: true, applicationId: true } } } } as const
const at = (row: { environment: { id: string; applicationId: string } } | null | undefined): Place | null =>
  row ? { applicationId: row.environment.applicationId, environmentId: row.environment.id } : null

/** Where a thing that an event names is; null when there is no such thing (any more). */
export async function placeOf(topic: string, id: string): Promise<Place | null> {
  if (topic === 'application') {
    const row = await db.application.findFirst({ where: uuid.test(id) ? { id } : { slug: id }, select: { id: true } })
    return row ? { applicationId: row.id } : null
  }
  if (!uuid.test(id)) return null
  if (topic === 'target') return at(await db.target.findUnique({ where: { id }, ...ofEnvironment }))
  if (topic === 'promotion') return at(await db.promotion.findUnique({ where: { id }, ...ofEnvironment }))
  if (topic === 'rollout') return at((await db.rollout.findUnique({ where: { id }, select: { target: ofEnvironment } }))?.target)
  if (topic === 'release') return db.release.findUnique({ where: { id }, select: { applicationId: true } })
  return null
}
