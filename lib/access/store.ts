import 'server-only'
import type { Grant } from '#lib/access/actor.ts'
import type { Me } from '#lib/access/contract.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { read } from '#lib/platform/db/read.ts'

/** Only demo accounts have a password. */
export type PersonWithGrants = { id: string; email: string; name: string; disabledAt: Date | null; isDemo: boolean; bindings: Grant[] }
export type TokenWithPerson = { id: string; prefix: string; scopes: string[]; expiresAt: Date; lastUsedAt: Date | null; revokedAt: Date | null; person: PersonWithGrants }

// Every request asks one of these two, a rollback among them, so each is one statement.
const bindingsOf = Prisma.sql`coalesce((select json_agg(json_build_object('role', b.role, 'applicationId', b.application_id, 'environmentId', b.environment_id)) from binding b where b.person_id = p.id), '[]'::json)`

/** The person of a session with every role; null when there is none, or the session was ended by signing out. */
export async function findSessionPerson(personId: string, sessionId: string): Promise<PersonWithGrants | null> {
  const [person] = await read<PersonWithGrants>(Prisma.sql`
    select p.id, p.email, p.name, p.disabled_at as "disabledAt", p.password_hash is not null as "isDemo", ${bindingsOf} as bindings
    from person p where p.id = ${personId}::uuid and not exists (select 1 from ended_session e where e.id = ${sessionId})`)
  return person ?? null
}

type TokenRow = Omit<TokenWithPerson, 'person'> & { personId: string; email: string; name: string; disabledAt: Date | null; isDemo: boolean; bindings: Grant[] }

/** The token with this hash and its person; the caller looks at revoked, expired and disabled. */
export async function findTokenByHash(hash: string): Promise<TokenWithPerson | null> {
  const [row] = await read<TokenRow>(Prisma.sql`
    select t.id, t.prefix, t.scopes, t.expires_at as "expiresAt", t.last_used_at as "lastUsedAt", t.revoked_at as "revokedAt",
      p.id as "personId", p.email, p.name, p.disabled_at as "disabledAt", p.password_hash is not null as "isDemo", ${bindingsOf} as bindings
    from api_token t join person p on p.id = t.person_id where t.hash = ${hash}`)
  if (!row) return null
  const { personId, email, name, disabledAt, isDemo, bindings, ...token } = row
  return { ...token, person: { id: personId, email, name, disabledAt, isDemo, bindings } }
}

/** A person with roles by slug, and the name of the token that asks. */
export async function findMe(personId: string, tokenId: string | null): Promise<Me | null> {
  const [me] = await read<Me>(Prisma.sql`
    select p.id, p.email, p.name, (select t.name from api_token t where t.id = ${tokenId}::uuid) as token,
      (select coalesce(json_agg(json_build_object('role', b.role, 'application', a.slug, 'environment', e.slug) order by b.created_at), '[]')
        from binding b left join application a on a.id = b.application_id left join environment e on e.id = b.environment_id where b.person_id = p.id) as roles
    from person p where p.id = ${personId}::uuid`)
  return me ?? null
}

/** Remembers that this sign-in ended, until its cookie would have expired. */
export const endSession = (sessionId: string, expiresAt: Date): Promise<unknown> =>
  db.endedSession.upsert({ where: { id: sessionId }, create: { id: sessionId, expiresAt }, update: {} })

const noteUseEveryMs = 60_000

/** Notes the use of a token at most once a minute: a write per request would make reads into writes. */
export async function touchToken(token: { id: string; lastUsedAt: Date | null }, atMs: number): Promise<void> {
  if (token.lastUsedAt && atMs - token.lastUsedAt.getTime() < noteUseEveryMs) return
  await db.apiToken.updateMany({ where: { id: token.id }, data: { lastUsedAt: new Date(atMs) } })
}

const dayMs = 24 * 60 * 60 * 1000

/** Drops what no longer decides anything: failed sign-ins of a day ago (product time) and ended sessions that would have expired anyway. */
export async function purgeAccess(tx: Tx, atMs: number): Promise<void> {
  await tx.$executeRaw`delete from sign_in_failure where at < ${new Date(atMs - dayMs)}`
  await tx.$executeRaw`delete from ended_session where expires_at < now()`
}
