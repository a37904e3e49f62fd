import { encode } from 'next-auth/jwt'
import { expect, test } from 'vitest'
import { sessionActor, tokenActor } from '#lib/access/current.ts'
import { hashPassword } from '#lib/access/password.ts'
import { readSession, writeSession } from '#lib/access/session.ts'
import { admitPerson, checkPassword, endSignIn } from '#lib/access/sign-in.ts'
import { testPerson } from '#lib/access/testing/people.ts'
import { moveClock } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { forgetEnv } from '#lib/platform/env.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase({ SLUICE_ADMINS: 'boss@example.test,late@example.test' })
const passwordHash = await hashPassword('demo')
const person = async (name: string) => db.person.create({ data: { email: `${name}@example.test`, name, passwordHash } })
const tryIt = (email: string, password: string, address = `10.0.0.${Math.trunc(performance.now()) % 250}`) => checkPassword({ email, password, address })
const sid = '01a1fa07-50c4-4744-82f6-cc6b3cf29acc'

test('the right password lets in, whatever the spelling of the address', async () => {
  const { id } = await person('vera')
  expect(await tryIt(' Vera@EXAMPLE.test', 'demo')).toEqual({ ok: true, personId: id })
})

test('a wrong password, an unknown account and one without a password give one answer', async () => {
  await db.person.create({ data: { email: 'sso@example.test', name: 'sso' } })
  for (const email of ['vera@example.test', 'nobody@example.test', 'sso@example.test', 'not an address']) expect(await tryIt(email, 'wrong')).toEqual({ ok: false, why: 'wrong_password' })
})

test('ten failures a minute for an account, then even the right password waits a minute', async () => {
  await person('target')
  const tries = await Promise.all(Array.from({ length: 14 }, (_, i) => tryIt('target@example.test', 'wrong', `192.0.2.${i}`)))
  expect(tries.filter((t) => !t.ok && t.why === 'wrong_password').length).toBe(10)
  expect(await tryIt('target@example.test', 'demo', '192.0.2.99')).toEqual({ ok: false, why: 'too_many_requests' })
  await moveClock(61_000)
  expect((await tryIt('target@example.test', 'demo', '192.0.2.99')).ok).toBe(true)
})

test('ten failures a minute for an address, whatever the accounts', async () => {
  await person('bystander')
  for (let i = 0; i < 10; i++) await tryIt(`guess${i}@example.test`, 'wrong', '198.51.100.7')
  expect(await tryIt('bystander@example.test', 'demo', '198.51.100.7')).toEqual({ ok: false, why: 'too_many_requests' })
  expect((await tryIt('bystander@example.test', 'demo', '198.51.100.8')).ok).toBe(true)
})

const sso = (email: string, more: object = {}) => admitPerson({ email, isVerified: true, name: 'A Name', by: 'oidc', ...more })

test('the first sign-in makes the account, without a role', async () => {
  const outcome = await sso('New@example.test')
  expect(outcome.ok && (await db.person.findUniqueOrThrow({ where: { id: outcome.personId }, include: { bindings: true } }))).toMatchObject({ email: 'new@example.test', name: 'A Name', bindings: [] })
})

test('SLUICE_ADMINS makes admin at the first sign-in and not again after somebody took it away', async () => {
  const outcomes = await Promise.all([sso('boss@example.test'), sso('boss@example.test')])
  const id = outcomes[0]?.ok ? outcomes[0].personId : ''
  expect(await db.binding.findMany({ where: { personId: id } })).toMatchObject([{ role: 'admin' }])
  await db.binding.deleteMany({ where: { personId: id } })
  await sso('boss@example.test')
  expect(await db.binding.count({ where: { personId: id } })).toBe(0)
})

test('an account that was given a role before it ever signed in still becomes admin at the first sign-in', async () => {
  const late = await db.person.create({ data: { email: 'late@example.test', name: 'late', bindings: { create: { role: 'viewer' } } } })
  await sso('late@example.test')
  expect((await db.binding.findMany({ where: { personId: late.id } })).map((b) => b.role)).toEqual(expect.arrayContaining(['viewer', 'admin']))
})

test.each([
  ['an unverified address', 'boss@example.test', { isVerified: false }],
  ['a quoted address', '"boss@example.test"@evil.test', {}],
  ['a list', 'boss@example.test,evil@evil.test', {}],
  ['a look-alike letter', 'bоss@example.test', {}],
  ['nothing', '', {}],
])('%s is refused and makes nobody', async (_, email, more) => {
  const before = await db.person.count()
  expect(await sso(email, more)).toEqual({ ok: false, why: 'unusable_email' })
  expect(await db.person.count()).toBe(before)
})

test('a disabled person is refused at sign-in and with a live session', async () => {
  const gone = await testPerson('gone', ['admin'])
  const cookie = await writeSession(gone.id, sid)
  expect(await sessionActor(cookie, null)).toMatchObject({ id: gone.id })
  await db.person.update({ where: { id: gone.id }, data: { disabledAt: new Date() } })
  expect(await sessionActor(cookie, null)).toBeNull()
  expect(await sso(gone.email)).toEqual({ ok: false, why: 'disabled' })
})

test('a role taken away is gone at the next request of a live session', async () => {
  const left = await testPerson('left', ['admin'])
  const cookie = await writeSession(left.id, sid)
  await db.binding.deleteMany({ where: { personId: left.id } })
  expect((await sessionActor(cookie, null))?.grants).toEqual([])
})

test('a copied cookie is refused after signing out; another sign-in goes on', async () => {
  const { id } = await testPerson('out', ['viewer'])
  const [here, there] = [await writeSession(id, sid), await writeSession(id, '01a1fa07-50c4-4744-82f6-cc6b3cf29acd')]
  await endSignIn(here)
  expect(await sessionActor(here, null)).toBeNull()
  expect(await sessionActor(there, null)).not.toBeNull()
})

const secret = 'a-secret-for-tests-only'
test.each([
  ['another secret', async (id: string) => encode({ token: { sub: id, sid }, secret: 'another secret altogether' })],
  ['an end in the past', async (id: string) => encode({ token: { sub: id, sid }, secret, maxAge: -60 })],
  ['no session id', async (id: string) => encode({ token: { sub: id }, secret })],
  ['an unsigned token', async (id: string) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ sub: id, sid, exp: 9e9 })).toString('base64url')}.`],
  ['a cut value', async (id: string) => (await writeSession(id, sid)).slice(0, -2)],
  ['nothing', async () => ''],
])('a cookie made with %s is nobody', async (_, make) => {
  const { id } = await testPerson('odd', ['viewer'])
  expect(await readSession(await make(id))).toBeNull()
})

test('a cookie cut or altered anywhere is nobody', async () => {
  const cookie = await writeSession(sid, sid)
  for (let at = 0; at < cookie.length - 1; at += 1) {
    expect(await readSession(cookie.slice(0, at)), `cut at ${at}`).toBeNull()
    // Another first bit: the last bits of a part's last letter stand for nothing.
    for (const other of ['!', '\u00e9', /[g-z0-9_-]/.test(cookie[at] ?? '') ? 'A' : 'w']) expect(await readSession(cookie.slice(0, at) + other + cookie.slice(at + 1)), `${other} at ${at}`).toBeNull()
  }
})

test('a fault of our own is not taken for nobody: it would sign everybody out without a word', async () => {
  await expect(readSession(await writeSession(sid, sid), '')).rejects.toThrow(TypeError)
})

test('where there is no demo, sessions and tokens of demo accounts that an earlier start left are refused', async () => {
  const demo = await testPerson('left-over', ['admin'])
  const other = await testPerson('real', ['admin'])
  await db.person.update({ where: { id: demo.id }, data: { passwordHash } })
  const cookie = demo.cookie.slice(demo.cookie.indexOf('=') + 1)
  expect(await sessionActor(cookie, null)).not.toBeNull()
  process.env['SLUICE_DEMO'] = '0'
  forgetEnv()
  try {
    expect(await sessionActor(cookie, null)).toBeNull()
    await expect(tokenActor(demo.secret, null)).rejects.toMatchObject({ code: 'unauthenticated', message: 'There are no demo accounts here' })
    expect(await tokenActor(other.secret, null)).toMatchObject({ id: other.id })
  } finally {
    process.env['SLUICE_DEMO'] = '1'
    forgetEnv()
  }
})
