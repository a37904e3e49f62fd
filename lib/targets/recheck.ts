import 'server-only'
import { DriverError } from '#lib/drivers/errors.ts'
import { runtimeFor } from '#lib/drivers/registry.ts'
import { nowDate } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { wayBackOf } from '#lib/targets/readiness.ts'
import type { KnownRevision } from '#lib/targets/schema.ts'
import { locatorOfRow, type TargetRow } from '#lib/targets/store.ts'

/**
 * Reads the one revision that a press will most likely choose (the named one, or by the last snapshot) and notes it when
 * it was deleted or is not ready any more, so that the press chooses another. The worker notices within its poll; the
 * provider only says so after it took the write. Made beside the read of the split, so it costs no time of its own: what
 * is known of the revisions has to be read by then.
 */
export async function recheckWayBack(t: TargetRow, known: readonly KnownRevision[], named: string | undefined): Promise<void> {
  const name = named ?? wayBackOf(t, known).to?.name
  if (name === undefined || !known.some((k) => k.name === name && !k.deleted)) return
  try {
    const live = await runtimeFor('cloud-run').revision(locatorOfRow(t), name)
    if (live?.ready) return
    await db.targetRevision.updateMany({ where: { targetId: t.id, name, deletedAt: null }, data: live ? { ready: false } : { ready: false, deletedAt: await nowDate() } })
  } catch (e) {
    // Not known is not gone: the press goes on with what was seen last.
    if (!(e instanceof DriverError)) throw e
  }
}
