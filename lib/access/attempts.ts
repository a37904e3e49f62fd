import 'server-only'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'

/** Failed sign-ins that one address, and one account, may have within a minute. */
export const maxFailures = 10
const windowMs = 60_000

/**
 * Notes a try before the password is looked at, so that many at once cannot all slip past the count; `succeeded` takes
 * the note back. Null when the address or the account has failed too often in the last minute: then nothing is looked at.
 */
export async function beginAttempt(address: string, account: string): Promise<{ succeeded: () => Promise<void> } | null> {
  const at = new Date(await nowMs())
  const note = await db.signInFailure.create({ data: { address, account, at } })
  const forget = async () => {
    await db.signInFailure.deleteMany({ where: { id: note.id } })
  }
  const since = { gt: new Date(at.getTime() - windowMs) }
  const [ofAccount, ofAddress] = await Promise.all([db.signInFailure.count({ where: { account, at: since } }), db.signInFailure.count({ where: { address, at: since } })])
  if (Math.max(ofAccount, ofAddress) <= maxFailures) return { succeeded: forget }
  // A refused try is not counted: hammering must not keep the person behind the account out for longer than a minute.
  await forget()
  return null
}
