import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Actor } from '#lib/access/actor.ts'
import { callRoute, testPerson } from '#lib/access/testing/people.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { makePerson, makeRelease, makeWorld, type World } from '#lib/promotions/testing/world.ts'
import { find } from '#lib/search/service.ts'
import { GET } from '#app/api/v1/search/route.ts'

await testDatabase()

let reader: Actor
let shop: World
let other: World
beforeAll(async () => {
  reader = await makePerson('viewer')
  shop = await makeWorld()
  other = await makeWorld()
})

const asked = async (q: string, as = reader) => (await find(as, { q })).items
const found = async (q: string, as = reader) => (await asked(q, as)).map((i) => `${i.kind} ${i.title}`)
const bound = (over: Partial<Actor['grants'][number]>) => makePerson('viewer', { grants: [{ role: 'viewer', applicationId: null, environmentId: null, ...over }] })

const promote = (releaseId: string, environment: string, over: object = {}) =>
  db.promotion.create({ data: { releaseId, environmentId: environment, state: 'succeeded', requestedById: 'x', requestedBy: 'Dana Developer', start: 'auto', content: {}, contentHash: 'h', plan: {}, gates: [], createdAt: new Date(), ...over } })

describe('finds', () => {
  test('a release by its version, by the beginning of its commit and of its digest, with or without sha256:', async () => {
    const digest = `sha256:feed${'0'.repeat(60)}`
    const { id } = await makeRelease(shop, ['api'], { version: '7.31.4', commit: 'c0ffee1234567' })
    await db.artifact.updateMany({ where: { releaseId: id }, data: { digest } })
    for (const q of ['7.31', 'v7.31.4', 'C0FFEE', 'sha256:feed0', 'feed00'])
      expect.soft((await asked(q)).map((i) => i.id), q).toEqual([id])
    expect(await asked('7.31.4')).toMatchObject([{ kind: 'release', id, match: 'exact', detail: 'Acme · commit c0ffee123456' }])
    expect(await asked('feed00')).toMatchObject([{ match: 'prefix', detail: `Acme · ${digest}` }])
    // A part from the middle is no commit and no digest.
    expect(await asked('ffee12')).toEqual([])
  })

  test('whether or not it is written with a v', async () => {
    const { id } = await makeRelease(shop, ['api'], { version: 'v44.1' })
    for (const q of ['44.1', 'v44.1', 'V44.1']) expect(await asked(q)).toMatchObject([{ id, match: 'exact' }])
    for (const q of ['v4', '4']) expect((await asked(`${q} ${shop.slug}`)).map((i) => i.id)).toContain(id)
  })

  test('a target by all words together, in any order', async () => {
    const target = shop.targets['production']?.['api']
    for (const q of [`api production ${shop.slug}`, `PRODUCTION ${shop.slug} Api`, `api in production ${shop.slug}`]) expect(await asked(q)).toMatchObject([{ kind: 'target', id: target, title: 'api in production', match: 'exact' }])
    expect(await asked(`api production ${shop.slug} nonsense`)).toEqual([])
  })

  test('an application, its environments and targets by its slug, the application first', async () => {
    const all = await found(shop.slug)
    expect(all[0]).toBe('application Acme')
    expect(all).toEqual(expect.arrayContaining(['environment production of Acme', 'target worker in staging']))
  })

  test('a revision by its number, and where it is', async () => {
    const target = shop.targets['staging']?.['api'] ?? ''
    await db.targetRevision.create({ data: { targetId: target, name: 'acme-api-00042-qib', image: 'i', createdAt: new Date() } })
    for (const q of ['00042', '42-qib']) expect(await asked(q)).toMatchObject([{ kind: 'revision', id: 'acme-api-00042-qib', target }])
    expect(await asked('00042-qib')).toMatchObject([{ match: 'exact' }])
  })

  test('a promotion by the version that it brings, and open ones by their state', async () => {
    const { id } = await makeRelease(shop, ['api'], { version: '8.8.8' })
    const ended = await promote(id, shop.environments['staging'] ?? '')
    const open = await promote(id, shop.environments['production'] ?? '', { state: 'rolling_out' })
    expect((await asked('8.8.8')).map((i) => i.id).toSorted()).toEqual([id, ended.id, open.id].toSorted())
    expect(await asked('rolling out dana')).toMatchObject([{ kind: 'promotion', id: open.id, title: '8.8.8 to production', state: 'rolling_out' }])
    expect(await asked(ended.id)).toMatchObject([{ kind: 'promotion', id: ended.id }])
  })

  test('a person by the name or the address', async () => {
    const name = `ines${randomUUID().slice(0, 6)}`
    await testPerson(name, ['developer'])
    expect(await found(name)).toEqual([`person ${name}`])
  })
})

describe('ranks', () => {
  test('the very version before its continuations before what only has it inside, then the newest', async () => {
    const ids: string[] = []
    for (const version of ['1.55.0', 'b-55.0', '55.0.1', '55.0', 'a-55.0']) ids.push((await makeRelease(other, ['api'], { version })).id)
    const [inner, oldB, begins, exact, newest] = ids
    expect((await asked('55.0')).map((i) => i.id)).toEqual([exact, begins, newest, oldB, inner])
  })

  test('gives eight of a kind at most, and says that there are more', async () => {
    for (let i = 0; i < 9; i++) await makeRelease(other, ['api'], { version: `66.${i}` })
    const answer = await find(reader, { q: '66.' })
    expect(answer.items.map((i) => i.title)).toEqual([8, 7, 6, 5, 4, 3, 2, 1].map((n) => `66.${n}`))
    expect(answer.more).toEqual(['release'])
  })
})

describe('what may not be seen is not found', () => {
  test('of another application', async () => {
    const version = '91.1.1'
    const { id } = await makeRelease(shop, ['api'], { version, commit: 'bada55e' })
    const promotion = await promote(id, shop.environments['production'] ?? '')
    const stranger = await bound({ applicationId: other.applicationId })
    for (const q of [version, 'bada55e', id, promotion.id, shop.slug, `production ${shop.slug}`]) expect.soft(await found(q, stranger), q).toEqual([])
    expect(await found(other.slug, stranger)).toContain('application Acme')
  })

  test('of another environment: the releases of the application, but no target or promotion there', async () => {
    const version = '92.2.2'
    const { id } = await makeRelease(shop, ['api'], { version })
    await promote(id, shop.environments['production'] ?? '')
    await promote(id, shop.environments['staging'] ?? '')
    const tester = await bound({ applicationId: shop.applicationId, environmentId: shop.environments['staging'] ?? '' })
    expect(await found(version, tester)).toEqual([`release ${version}`, `promotion ${version} to staging`])
    expect(await found(`api ${shop.slug}`, tester)).toEqual(['target api in staging'])
    expect(await found(`production ${shop.slug}`, tester)).toEqual([])
  })

  test('people bound elsewhere, but those bound everywhere', async () => {
    const name = `zoe${randomUUID().slice(0, 6)}`
    await testPerson(`${name}-here`, ['viewer'], { applicationId: other.applicationId })
    await testPerson(`${name}-there`, ['viewer'], { applicationId: shop.applicationId })
    await testPerson(`${name}-all`, ['viewer'])
    await testPerson(`${name}-none`)
    const stranger = await bound({ applicationId: other.applicationId })
    expect((await found(name, stranger)).toSorted()).toEqual([`person ${name}-all`, `person ${name}-here`])
  })

  test('what was retired', async () => {
    const gone = await makeWorld()
    await db.application.update({ where: { id: gone.applicationId }, data: { retiredAt: new Date() } })
    await db.target.updateMany({ where: { environmentId: gone.environments['production'] ?? '' }, data: { retiredAt: new Date() } })
    expect(await found(`production ${gone.slug}`)).toEqual([])
  })
})

describe('input', () => {
  test.each(['', '?q=', '?q=%20%20', `?q=${'a'.repeat(201)}`, '?q=1+2+3+4+5+6+7+8+9', '?q=a&q=b', '?q=a%00b', '?q=a&limit=3'])('%s is refused', async (query) => {
    const answer = await callRoute(GET, 'GET', { as: await testPerson('asker', ['viewer']), query })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } })
  })

  test('signs that mean something to the database are only signs', async () => {
    await makeRelease(other, ['api'], { version: '77_7' })
    await makeRelease(other, ['api'], { version: '77x7' })
    expect(await found('77_7')).toEqual(['release 77_7'])
    for (const q of ['%', '%%%', '\\', "'; drop table release", '_____']) expect(await asked(q)).toBeInstanceOf(Array)
  })
})

test.each(['7', 'api', 'feed0000', `${randomUUID()} production`])('asks the database once for %j, however much there is', async (q) => {
  const query = vi.spyOn(pg.Client.prototype, 'query')
  await asked(q)
  expect(query).toHaveBeenCalledOnce()
  query.mockRestore()
})
