import 'server-only'
import { DriverError } from '#lib/drivers/errors.ts'
import { imageRegistry } from '#lib/drivers/registry.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { log } from '#lib/platform/log.ts'

/** Only what one could go back to is asked about; a revision runs on, but a cold start needs its image. */
const mostChecked = 5
const everyMs = 300_000

/** Looks whether the images of the proven revisions are still there. A registry that does not answer leaves the last answer with its time. */
export async function checkImages(targetId: string): Promise<void> {
  const now = await nowMs()
  const rows = await db.targetRevision.findMany({
    where: { targetId, proven: { not: null }, deletedAt: null, digest: { not: null }, OR: [{ imageCheckedAt: null }, { imageCheckedAt: { lt: new Date(now - everyMs) } }] },
    orderBy: { provenAt: 'desc' },
    take: mostChecked,
  })
  for (const row of rows) {
    const repository = row.image.split('@')[0]?.replace(/:[^/:]*$/, '') ?? ''
    try {
      const imageFound = await imageRegistry().exists(repository, row.digest ?? '')
      await db.targetRevision.update({ where: { targetId_name: { targetId, name: row.name } }, data: { imageFound, imageCheckedAt: new Date(now) } })
    } catch (e) {
      if (!(e instanceof DriverError)) throw e
      log.warning('An image could not be looked up', { target: targetId, revision: row.name, message: e.message })
    }
  }
}
