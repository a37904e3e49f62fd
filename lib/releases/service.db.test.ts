import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchEmulator } from '#emulator/testing.ts'
import type { Actor } from '#lib/access/actor.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { makePerson, makeWorld, type World } from '#lib/promotions/testing/world.ts'
import { abandon, create, list, unveto, veto, view } from '#lib/releases/service.ts'

const cloud = await launchEmulator()
await testDatabase({ EMULATOR_PORT: String(cloud.port) })
afterAll(() => cloud.stop())

let developer: Actor
let manager: Actor
let world: World
beforeAll(async () => {
  developer = await makePerson('developer')
  manager = await makePerson('release_manager')
  world = await makeWorld()
})

let number = 0
const input = (over: object = {}) => {
  number += 1
  return { application: world.slug, version: `v0.${number}.0`, commit: 'ABCDEF1', artifacts: [{ service: 'api', image: `eu-docker.pkg.dev/acme/api/api:v0.${number}.0` }], ...over }
}
const releases = () => db.release.count({ where: { applicationId: world.applicationId } })

describe('a new release', () => {
  test('has its tags resolved to digests, once, and what it leaves out named', async () => {
    const r = await create(developer, input({ author: 'Ada <ada@acme.test>', notes: 'n', evidence: { tests: 'passed' }, schema: { version: 3, min: 2, max: 3, reversible: true } }))
    expect(r).toMatchObject({ state: 'active', commit: 'abcdef1', stays: ['worker'], evidence: { tests: 'passed' }, schema: { min: 2 }, where: [], warnings: [] })
    expect(r.artifacts).toMatchObject([{ service: 'api', tag: expect.stringMatching(/^v0/), digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) }])
    const audit = await db.auditEvent.findFirstOrThrow({ where: { subjectId: r.id } })
    expect(audit).toMatchObject({ verb: 'release.create', chain: world.slug })
  })

  test.each<[string, object, string, string | undefined]>([
    ['an unknown image', { artifacts: [{ service: 'api', image: 'eu-docker.pkg.dev/acme/api/api:v1' }, { service: 'worker', image: 'eu-docker.pkg.dev/acme/w/w:v1-missing' }] }, 'unprocessable', 'artifacts.1.image'],
    ['an unknown service', { artifacts: [{ service: 'web', image: 'a.io/web:1' }] }, 'invalid_input', 'artifacts.0.service'],
    ['what is no image', { artifacts: [{ service: 'api', image: 'A B' }] }, 'invalid_input', 'artifacts.0.image'],
    ['an unknown application', { application: 'nope' }, 'invalid_input', 'application'],
    ['a schema outside its own range', { schema: { version: 5, min: 1, max: 3, reversible: false } }, 'invalid_input', 'schema.version'],
  ])('with %s is refused and leaves nothing behind', async (_, over, code, field) => {
    const before = await releases()
    await expect(create(developer, input(over))).rejects.toMatchObject({ code, field })
    expect(await releases()).toBe(before)
    expect(await db.artifact.count({ where: { release: { applicationId: world.applicationId } } })).toBe(before)
  })

  test('under a version in use is refused with the id of the one that has it, also at once', async () => {
    const first = input()
    const made = await create(developer, first)
    await expect(create(developer, first)).rejects.toMatchObject({ code: 'already_exists', ref: { release: made.id } })
    const twice = input()
    const both = await Promise.allSettled([create(developer, twice), create(developer, twice)])
    expect(both.map((r) => r.status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(both.find((r) => r.status === 'rejected')?.reason).toMatchObject({ code: 'already_exists', ref: { release: expect.any(String) } })
  })

  test('is refused to who may not propose', async () => {
    await expect(create(await makePerson('viewer'), input())).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('is refused by a retired application', async () => {
    const retired = await makeWorld()
    await db.application.update({ where: { id: retired.applicationId }, data: { retiredAt: new Date() } })
    await expect(create(developer, input({ application: retired.slug }))).rejects.toMatchObject({ code: 'refused', unmet: [expect.objectContaining({ code: 'retired' })] })
  })

  test('many at once have times that rise strictly: older always has an answer', async () => {
    await Promise.all(Array.from({ length: 12 }, () => create(developer, input())))
    const times = (await db.release.findMany({ where: { applicationId: world.applicationId }, orderBy: { createdAt: 'asc' } })).map((r) => r.createdAt.getTime())
    expect(new Set(times).size).toBe(times.length)
  })
})

describe('the list', () => {
  test('goes through every release once, newest first, page by page', async () => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await list(developer, { application: world.slug, limit: 4, ...(cursor !== undefined && { cursor }) })
      seen.push(...page.items.map((r) => r.id))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    const all = await db.release.findMany({ where: { applicationId: world.applicationId }, orderBy: { createdAt: 'desc' } })
    expect(seen).toEqual(all.map((r) => r.id))
  })
  test.each(['application', '-application', '-author', 'created'] as const)('sorted by %s goes through every release once', async (sort) => {
    const one = (await list(developer, { application: world.slug, limit: 200, sort })).items.map((r) => r.id)
    const paged: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Awaited<ReturnType<typeof list>> = await list(developer, { application: world.slug, limit: 3, sort, ...(cursor && { cursor }) })
      paged.push(...page.items.map((r) => r.id))
      cursor = page.nextCursor
    }
    expect(paged).toEqual(one)
    expect(new Set(one).size).toBe(await db.release.count({ where: { applicationId: world.applicationId } }))
  })
  test.each(['-created', 'author', '-author', 'application'] as const)('sorted by %s no release is passed over when the last one of a page leaves the filter', async (sort) => {
    const asked = { application: world.slug, state: 'active' as const, sort }
    const all = (await list(developer, { ...asked, limit: 200 })).items.map((r) => r.id)
    const first = await list(developer, { ...asked, limit: 2 })
    const last = first.items.at(-1)?.id ?? ''
    await veto(manager, { id: last, reason: 'leaves the list' })
    const second = await list(developer, { ...asked, limit: 2, cursor: first.nextCursor ?? '' })
    await unveto(manager, { id: last, reason: 'comes back' })
    expect(second.items.map((r) => r.id)).toEqual(all.slice(2, 4))
  })
  test('sorts by author, whoever made it when', async () => {
    await create(developer, input({ author: 'zoe@example.test' }))
    await create(developer, input({ author: 'abe@example.test' }))
    // Among these two only: how Postgres orders other letters is the database's own affair.
    const two = async (sort: 'author' | '-author') => (await list(developer, { application: world.slug, limit: 200, sort })).items.map((r) => r.author).filter((a) => /^(abe|zoe)@/.test(a ?? ''))
    expect(await two('author')).toEqual(['abe@example.test', 'zoe@example.test'])
    expect(await two('-author')).toEqual(['zoe@example.test', 'abe@example.test'])
  })
  test('finds by version, commit and digest', async () => {
    const r = await create(developer, input({ commit: '0123456789abcdef', version: 'findme-7' }))
    for (const q of ['FINDME', '0123456', r.artifacts[0]?.digest.slice(7, 20) ?? '']) expect((await list(developer, { limit: 50, q })).items.map((i) => i.id)).toEqual([r.id])
  })
  test('shows nothing of applications that the reader may not see', async () => {
    const stranger = await makePerson('viewer', { grants: [{ role: 'viewer', applicationId: crypto.randomUUID(), environmentId: null }] })
    expect((await list(stranger, { limit: 50 })).items).toEqual([])
    const [any] = (await list(developer, { limit: 1 })).items
    await expect(view(stranger, { id: any?.id ?? '' })).rejects.toMatchObject({ code: 'not_found' })
  })
  test.each([[{ cursor: 'zzz' }, 'cursor'], [{ state: 'gone' }, 'state']])('refuses %j at its field', async (over, field) => {
    await expect(list(developer, { limit: 50, ...over })).rejects.toMatchObject({ code: 'invalid_input', field })
  })
})

test('says where it is live, from the last snapshots', async () => {
  const r = await create(developer, input())
  const target = world.targets['production']?.['api'] ?? ''
  await db.targetRevision.create({ data: { targetId: target, name: 'api-00002-new', image: 'i', digest: r.artifacts[0]?.digest ?? '', releaseId: r.id, createdAt: new Date() } })
  await db.target.update({ where: { id: target }, data: { snapshot: { observation: { split: { 'api-00001-old': 90, 'api-00002-new': 10 } } }, snapshotAt: new Date(1000) } })
  expect((await view(developer, { id: r.id })).where).toEqual([{ environment: 'production', service: 'api', target, revision: 'api-00002-new', percent: 10, asOf: '1970-01-01T00:00:01.000Z' }])
  expect((await veto(manager, { id: r.id, reason: 'leaks' })).warnings).toEqual([`${r.version} is vetoed and serves 10% of api in production: roll back there to take it out`])
})

test('says nothing of environments that the reader may not see', async () => {
  const r = await create(developer, input())
  for (const [environment, targets] of Object.entries(world.targets)) {
    const target = targets['api'] ?? ''
    const name = `api-00003-${environment.slice(0, 3)}`
    await db.targetRevision.create({ data: { targetId: target, name, image: 'i', digest: r.artifacts[0]?.digest ?? '', releaseId: r.id, createdAt: new Date() } })
    await db.target.update({ where: { id: target }, data: { snapshot: { observation: { split: { [name]: 100 } } }, snapshotAt: new Date(1000) } })
    await db.promotion.create({ data: { releaseId: r.id, environmentId: world.environments[environment] ?? '', requestedById: 'x', requestedBy: 'x', state: 'rolling_out', start: 'auto', content: {}, contentHash: '', plan: {}, gates: [], createdAt: new Date() } })
  }
  await db.release.update({ where: { id: r.id }, data: { state: 'vetoed' } })
  const bound = await makePerson('viewer', { grants: [{ role: 'viewer', applicationId: world.applicationId, environmentId: world.environments['staging'] ?? '' }] })
  const seen = await view(bound, { id: r.id })
  expect(seen.where.map((w) => w.environment)).toEqual(['staging'])
  expect(seen.promotions.map((p) => p.environment)).toEqual(['staging'])
  expect(seen.warnings).toHaveLength(2)
  expect(seen.warnings.join()).not.toContain('production')
})

describe('veto, unveto, abandon', () => {
  test('follow the table, say why, and twice is once', async () => {
    const { id } = await create(developer, input())
    expect(await veto(manager, { id, reason: 'slow' })).toMatchObject({ state: 'vetoed', stateReason: 'slow' })
    await veto(manager, { id, reason: 'again' })
    expect(await unveto(manager, { id, reason: 'ok' })).toMatchObject({ state: 'active', stateReason: null })
    expect(await abandon(manager, { id, reason: 'gone' })).toMatchObject({ state: 'abandoned' })
    await expect(unveto(manager, { id, reason: 'x' })).rejects.toMatchObject({ code: 'conflict' })
    const verbs = (await db.auditEvent.findMany({ where: { subjectId: id }, orderBy: { seq: 'asc' } })).map((e) => e.verb)
    expect(verbs).toEqual(['release.create', 'release.veto', 'release.unveto', 'release.abandon'])
  })
  test('are for who may approve', async () => {
    const { id } = await create(developer, input())
    await expect(veto(developer, { id, reason: 'x' })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(veto(manager, { id: 'nope', reason: 'x' })).rejects.toMatchObject({ code: 'not_found' })
  })
})
