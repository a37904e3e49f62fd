import 'server-only'
import type { Grant } from '#lib/access/actor.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'

const bindings = { select: { role: true, applicationId: true, environmentId: true } } as const
const person = { select: { id: true, email: true, name: true, disabledAt: true, bindings } } as const

export type PersonWithGrants = { id: string; email: string; name: string; disabledAt: Date | null; bindings: Grant[] }

/** One person with every role, or null. */
export const findPerson = (id: string): Promise<PersonWithGrants | null> => db.person.findUnique({ where: { id }, ...person })
export const findPersonByEmail = (email: string): Promise<PersonWithGrants | null> => db.person.findUnique({ where: { email }, ...person })

/** The token with this hash and its person; the caller looks at revoked, expired and disabled. */
export const findTokenByHash = (hash: string) => db.apiToken.findUnique({ where: { hash }, include: { person } })

/** Whether this sign-in was ended by signing out. */
export const isSessionEnded = async (sessionId: string): Promise<boolean> => (await db.endedSession.count({ where: { id: sessionId } })) > 0
export const endSession = (sessionId: string, expiresAt: Date): Promise<unknown> =>
  db.endedSession.upsert({ where: { id: sessionId }, create: { id: sessionId, expiresAt }, update: {} })

/** Notes the use of a token at most once a minute: a write per request would make reads into writes. */
export const touchToken = (id: string, at: Date): Promise<number> =>
  db.$executeRaw`update api_token set last_used_at = ${at} where id = ${id}::uuid and (last_used_at is null or last_used_at < ${at}::timestamptz - interval '1 minute')`

const dayMs = 24 * 60 * 60 * 1000

/** Drops what no longer decides anything: failed sign-ins of a day ago (product time) and ended sessions that would have expired anyway. */
export async function purgeAccess(tx: Tx, atMs: number): Promise<void> {
  await tx.$executeRaw`delete from sign_in_failure where at < ${new Date(atMs - dayMs)}`
  await tx.$executeRaw`delete from ended_session where expires_at < now()`
}
