import { expect, test } from 'vitest'
import { createToken, listTokens, revokeToken } from '#lib/access/tokens.ts'
import { tokenActor, tokenHash } from '#lib/access/current.ts'
import { callRoute, testPerson } from '#lib/access/testing/people.ts'
import { POST } from '#app/api/v1/tokens/route.ts'
import { moveClock } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { type Verb, verbs } from '#lib/platform/endpoint.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const dora = await testPerson('dora', ['developer'])
const admin = await testPerson('ada', ['admin'])
const wish = { name: 'ci', scopes: [...verbs], expiresInDays: 30 }
const dayMs = 86_400_000

test('a new token works, and only its hash is kept', async () => {
  const made = await createToken(dora.actor, wish)
  expect(made.secret).toMatch(/^slc_[A-Za-z0-9_-]{43}$/)
  expect((await tokenActor(made.secret, null)).id).toBe(dora.id)
  const row = await db.apiToken.findUniqueOrThrow({ where: { id: made.id } })
  expect(row.hash).toBe(tokenHash(made.secret))
  const everything = JSON.stringify(await db.auditEvent.findMany()) + JSON.stringify(row)
  expect(everything).not.toContain(made.secret)
})

test('the secret is shown once: a repeated request and the list do not have it', async () => {
  const send = () => callRoute(POST, 'POST', { as: dora, body: { name: 'again' }, headers: { 'idempotency-key': 'make' } })
  const [first, again] = [await send(), await send()]
  expect(first.body['secret']).toMatch(/^slc_/)
  expect(again).toMatchObject({ status: 201, body: { id: first.body['id'], secret: '' } })
  expect(JSON.stringify(await db.idempotencyKey.findMany())).not.toContain(first.body['secret'])
  expect(JSON.stringify(await listTokens(dora.actor, { limit: 50 }))).not.toContain('secret')
})

test('a token does at most what its scopes say', async () => {
  const made = await createToken(admin.actor, { ...wish, scopes: ['view'] })
  const actor = await tokenActor(made.secret, null)
  expect(actor.scopes).toEqual(['view'])
  const more = ['view', 'administer'] as Verb[]
  await expect(createToken(actor, { ...wish, scopes: more })).rejects.toMatchObject({ code: 'forbidden', unmet: [{ code: 'scope' }] })
  await expect(revokeToken(actor, { id: admin.actor.tokenId ?? '' })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(listTokens(actor, { limit: 5, all: '1' })).rejects.toMatchObject({ code: 'forbidden' })
})

test('a token made by a token ends with it', async () => {
  const parent = await createToken(dora.actor, { ...wish, expiresInDays: 2 })
  const child = await createToken(await tokenActor(parent.secret, null), { ...wish, expiresInDays: 366 })
  expect(child.expiresAt).toBe(parent.expiresAt)
})

test('revoking a token revokes what was made by it, however far down, and no other', async () => {
  const parent = await createToken(dora.actor, wish)
  const maker = await tokenActor(parent.secret, null)
  const child = await createToken(maker, { ...wish, name: 'child' })
  const grandchild = await createToken(await tokenActor(child.secret, null), { ...wish, name: 'grandchild' })
  const other = await createToken(dora.actor, wish)
  await revokeToken(dora.actor, { id: parent.id })
  for (const { secret } of [parent, child, grandchild]) await expect(tokenActor(secret, null)).rejects.toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('was revoked') as unknown })
  expect(await tokenActor(other.secret, null)).toMatchObject({ id: dora.id })
  const rows = await db.auditEvent.findMany({ where: { verb: 'token.revoke', subjectId: { in: [child.id, grandchild.id] } }, select: { message: true } })
  expect(rows).toHaveLength(2)
  expect(rows[0]?.message).toContain('by which it was made')
  await expect(createToken(maker, wish), 'a request that came in before').rejects.toMatchObject({ code: 'unauthenticated' })
})

test('a token that is just being made by the one that is revoked ends with it', async () => {
  const parent = await createToken(dora.actor, wish)
  const maker = await tokenActor(parent.secret, null)
  const [, ...made] = await Promise.allSettled([revokeToken(dora.actor, { id: parent.id }), ...Array.from({ length: 6 }, () => createToken(maker, { ...wish, name: 'late' }))])
  expect(made.map((m) => m.status === 'fulfilled' || (m.reason as { code?: string }).code === 'unauthenticated')).toEqual(Array.from({ length: 6 }, () => true))
  expect(await db.apiToken.count({ where: { parentId: parent.id, revokedAt: null } })).toBe(0)
})

test('a revoked token is refused at once, and revoking again writes nothing', async () => {
  const made = await createToken(dora.actor, wish)
  await revokeToken(dora.actor, { id: made.id })
  await expect(tokenActor(made.secret, null)).rejects.toMatchObject({ code: 'unauthenticated' })
  const rows = await db.auditEvent.count()
  await revokeToken(dora.actor, { id: made.id })
  expect(await db.auditEvent.count()).toBe(rows)
})

test('tokens of others are not there, except for an admin', async () => {
  const made = await createToken(dora.actor, wish)
  const other = await testPerson('olga', ['release_manager'])
  await expect(revokeToken(other.actor, { id: made.id })).rejects.toMatchObject({ code: 'not_found' })
  expect((await listTokens(other.actor, { limit: 50 })).items.map((t) => t.person)).toEqual([other.email])
  expect((await listTokens(admin.actor, { limit: 200, all: '1' })).items.some((t) => t.id === made.id)).toBe(true)
  expect((await revokeToken(admin.actor, { id: made.id })).revokedAt).not.toBeNull()
})

test('the last use is noted at most once a minute', async () => {
  const made = await createToken(dora.actor, wish)
  const used = async () => {
    await tokenActor(made.secret, null)
    return (await db.apiToken.findUniqueOrThrow({ where: { id: made.id } })).lastUsedAt?.getTime()
  }
  const first = await used()
  expect(await used()).toBe(first)
  await moveClock(61_000)
  expect(await used()).toBeGreaterThan(first ?? Infinity)
})

test('an expired token is refused, and says so', async () => {
  const made = await createToken(dora.actor, { ...wish, expiresInDays: 1 })
  await moveClock(dayMs + 1000)
  await expect(tokenActor(made.secret, null)).rejects.toThrow(/expired on/)
})

test('a disabled person’s token and session are refused', async () => {
  const gone = await testPerson('gus', ['admin'])
  await db.person.update({ where: { id: gone.id }, data: { disabledAt: new Date() } })
  await expect(tokenActor(gone.secret, null)).rejects.toMatchObject({ code: 'unauthenticated' })
})
