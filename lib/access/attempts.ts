import 'server-only'
import { purgeAccess } from '#lib/access/store.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'

/** Failed sign-ins that one address, and one account, may have within a minute. */
export const maxFailures = 10
const windowMs = 60_000
const purgeEvery = 100n

/**
 * Notes a try before the password is looked at, so that many at once cannot all slip past the count; `succeeded` takes
 * the note back. Null when the address or the account has failed too often in the last minute: then nothing is looked
 * at, and the try is not counted, so that hammering keeps nobody out for longer than a minute.
 */
export async function beginAttempt(address: string, account: string): Promise<{ succeeded: () => Promise<void> } | null> {
  const id = await db.$transaction(async (tx) => {
    // One after another for an account and for an address; always in this order, so that no two wait for each other.
    await tx.$queryRaw`select pg_advisory_xact_lock(hashtext(${`sluice account ${account}`}))::text`
    await tx.$queryRaw`select pg_advisory_xact_lock(hashtext(${`sluice address ${address}`}))::text`
    const at = new Date(await nowMs(tx))
    const since = { gt: new Date(at.getTime() - windowMs) }
    const failures = [await tx.signInFailure.count({ where: { account, at: since } }), await tx.signInFailure.count({ where: { address, at: since } })]
    if (Math.max(...failures) >= maxFailures) return null
    const note = await tx.signInFailure.create({ data: { address, account, at } })
    // Also while nobody gets in: guessing must not fill the table.
    if (note.id % purgeEvery === 0n) await purgeAccess(tx, at.getTime())
    return note.id
  })
  return id === null ? null : { succeeded: async () => void (await db.signInFailure.deleteMany({ where: { id } })) }
}
