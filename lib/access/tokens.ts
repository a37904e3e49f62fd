import 'server-only'
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { type Actor, can } from '#lib/access/actor.ts'
import type { createToken as createTokenEndpoint, deleteToken, listTokens as listTokensEndpoint } from '#lib/access/contract.ts'
import { tokenHash, unauthenticated } from '#lib/access/current.ts'
import { needsText } from '#lib/access/words.ts'
import { record } from '#lib/audit/record.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { readCursor, writeCursor } from '#lib/platform/cursor.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { type Output, type Parsed, type Verb, verbs } from '#lib/platform/endpoint.ts'
import { AppError, unmet } from '#lib/platform/errors.ts'
import { transact } from '#lib/rollouts/transact.ts'

const dayMs = 24 * 60 * 60 * 1000
type TokenRow = { id: string; name: string; prefix: string; scopes: string[]; createdAt: Date; expiresAt: Date; lastUsedAt: Date | null; revokedAt: Date | null; person: { email: string } }

const view = (t: TokenRow) => ({
  id: t.id, name: t.name, prefix: t.prefix, person: t.person.email, scopes: verbs.filter((v) => t.scopes.includes(v)),
  createdAt: t.createdAt.toISOString(), expiresAt: t.expiresAt.toISOString(), lastUsedAt: t.lastUsedAt?.toISOString() ?? null, revokedAt: t.revokedAt?.toISOString() ?? null,
})

/** Own tokens, newest first; with `all`, everybody's, which needs administer everywhere. */
export async function listTokens(actor: Actor, input: Parsed<typeof listTokensEndpoint>): Promise<Output<typeof listTokensEndpoint>> {
  if (input.all && !can(actor, 'administer', { applicationId: null })) throw new AppError('forbidden', 'Only an admin sees the tokens of others', { unmet: [unmet('role', needsText(['administer'], 'everywhere'), 'admin')] })
  const after = readCursor(input.cursor, z.tuple([z.iso.datetime(), z.uuid()]))
  const rows = await db.apiToken.findMany({
    where: {
      ...(!input.all && { personId: actor.id }),
      ...(after && { OR: [{ createdAt: { lt: after[0] } }, { createdAt: after[0], id: { lt: after[1] } }] }),
    },
    include: { person: true }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: input.limit + 1,
  })
  const items = rows.slice(0, input.limit)
  const last = items.at(-1)
  return { items: items.map(view), nextCursor: rows.length > items.length && last ? writeCursor([last.createdAt.toISOString(), last.id]) : null }
}

/** Makes a token for the actor. A token makes only tokens that may do no more than itself and end with it, by time or by being revoked. */
export async function createToken(actor: Actor, input: Parsed<typeof createTokenEndpoint>): Promise<Output<typeof createTokenEndpoint>> {
  requireNoMore(actor, input.scopes)
  return db.$transaction(async (tx) => {
    const parent = actor.tokenId ? await standingToken(tx, actor.tokenId) : null
    return issueToken(tx, actor, { parentId: parent?.id ?? null, personId: actor.id, name: input.name, scopes: input.scopes, lifeMs: input.expiresInDays * dayMs, endsBy: parent?.expiresAt ?? null })
  })
}

/** Shared until this transaction ends: a revoke waits and finds what was made, or was first and is seen here. */
async function standingToken(tx: Tx, id: string): Promise<{ id: string; expiresAt: Date }> {
  await tx.$queryRaw`select 1 from api_token where id = ${id}::uuid for share`
  const token = await tx.apiToken.findUniqueOrThrow({ where: { id } })
  if (token.revokedAt) throw unauthenticated(`The API token ${token.prefix}… was revoked`)
  return token
}

type NewToken = { parentId?: string | null; personId: string; name: string; scopes: readonly Verb[]; lifeMs: number; endsBy: Date | null }

/** Writes a new token and its audit row in the caller's transaction. The secret is in the answer and nowhere else. */
export async function issueToken(tx: Tx, actor: Actor, t: NewToken): Promise<Output<typeof createTokenEndpoint>> {
  const secret = `slc_${randomBytes(32).toString('base64url')}`
  const atMs = await nowMs(tx)
  const expiresAt = new Date(Math.min(atMs + t.lifeMs, t.endsBy?.getTime() ?? Infinity))
  const row = await tx.apiToken.create({
    data: { parentId: t.parentId ?? null, personId: t.personId, name: t.name, prefix: secret.slice(0, 10), hash: tokenHash(secret), scopes: [...t.scopes], expiresAt, createdAt: new Date(atMs) },
    include: { person: true },
  })
  await record(tx, {
    chain: '-', actor, verb: 'token.create', subject: { kind: 'token', id: row.id }, also: [`person:${row.personId}`], atMs,
    message: `Token "${row.name}" was made for ${row.person.email}`, after: { name: row.name, prefix: row.prefix, scopes: row.scopes, expiresAt },
  })
  return { ...view(row), secret }
}

/** Revokes a token at once, with all that were made by it: own, or anybody's with administer. Already revoked: answers it as it is and writes nothing. */
export async function revokeToken(actor: Actor, input: Parsed<typeof deleteToken>): Promise<Output<typeof deleteToken>> {
  return transact(async (tx) => {
    await tx.$queryRaw`select 1 from api_token where id = ${input.id}::uuid for update`
    const row = await tx.apiToken.findUnique({ where: { id: input.id }, include: { person: true } })
    const isOwn = row?.personId === actor.id
    if (!row || (!isOwn && !can(actor, 'administer', { applicationId: null }))) throw new AppError('not_found', 'There is no such token of yours')
    if (row.revokedAt) return view(row)
    if (row.id !== actor.tokenId) requireNoMore(actor, verbs.filter((v) => row.scopes.includes(v)))
    const atMs = await nowMs(tx)
    const revoked = await tx.apiToken.update({ where: { id: row.id }, data: { revokedAt: new Date(atMs) }, include: { person: true } })
    const made = await revokeMade(tx, row.id, atMs)
    // The audit chain is locked last: who is just making a token holds its parent and waits for the chain.
    await record(tx, { chain: '-', actor, verb: 'token.revoke', subject: { kind: 'token', id: row.id }, also: [`person:${row.personId}`], atMs, message: `Token "${row.name}" of ${row.person.email} was revoked`, before: { revokedAt: null }, after: { revokedAt: revoked.revokedAt } })
    for (const t of made) await record(tx, { chain: '-', actor, verb: 'token.revoke', subject: { kind: 'token', id: t.id }, also: [`person:${t.personId}`, `token:${row.id}`], atMs, message: `Token "${t.name}" of ${t.person.email} ended with "${row.name}", by which it was made`, before: { revokedAt: null }, after: { revokedAt: new Date(atMs) } })
    return view(revoked)
  })
}

/** What a token made, and what that made, ends with it. One level at a time: each statement waits for those that are just making one and then sees it. */
async function revokeMade(tx: Tx, first: string, atMs: number) {
  const all = []
  for (let parents = [first]; parents.length > 0; ) {
    const made = await tx.apiToken.updateManyAndReturn({ where: { parentId: { in: parents }, revokedAt: null }, data: { revokedAt: new Date(atMs) }, include: { person: true } })
    all.push(...made)
    parents = made.map((t) => t.id)
  }
  return all
}

// Else a token for reading could make itself one for everything.
function requireNoMore(actor: Actor, scopes: readonly Verb[]): void {
  const beyond = actor.scopes ? scopes.filter((s) => !actor.scopes?.includes(s)) : []
  if (beyond.length > 0) throw new AppError('forbidden', `This token may not manage a token with ${beyond.join(', ')}, which it does not have itself`, { unmet: beyond.map((s) => unmet('scope', `needs the scope ${s}`, 'a session, or a token with this scope')) })
}
