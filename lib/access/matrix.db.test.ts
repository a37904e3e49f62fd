import { beforeAll, describe, expect, test } from 'vitest'
import { type RoleName, roleVerbs } from '#lib/access/actor.ts'
import { type Answer, callRoute, type TestPerson, testPerson } from '#lib/access/testing/people.ts'
import { apply } from '#lib/blueprints/service.ts'
import { canarySteps, makeRelease, makeWorld } from '#lib/engine/testing/world.ts'
import { allRoutes, type Route } from '#lib/http/testing/routes.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import type { Endpoint, Verb } from '#lib/platform/endpoint.ts'
import { createRollout } from '#lib/rollouts/create.ts'

/**
 * Every endpoint × who asks, made from the route files: a new route without a body here is red. The table of verbs
 * (DESIGN 7) says who may; the route handlers are called as they are, so proxy.ts has no part in any refusal.
 */

const blueprint = (name: string) => `apiVersion: sluice/v1
kind: Application
metadata: { name: NAME, title: Shop, owner: shops }
spec:
  services: [{ name: api, kind: service }]
  environments:
    - name: production
      tier: production
      strategy: straight
      approvals: [{ name: managers, count: 1, roles: [release_manager], exclude: [requester], expiresAfter: 1h }]
      targets: [{ service: api, cloudRun: { project: NAME-prd, region: europe-west1, service: shop-prd } }]
  strategies:
    - { name: straight, steps: [{ deploy: { tag: next } }, { setWeight: 100 }, { bake: 1s }] }
`.replaceAll('NAME', name)
const yaml = blueprint('shop')
const image = 'europe-docker.pkg.dev/test/api/api:v1'
const world = await makeWorld()
const ids = { release: '', promotion: '', rollout: '', target: '', token: '' }
const routes = (await allRoutes()).filter((r): r is Route & { handler: { endpoint: Endpoint } } => r.handler.endpoint !== undefined)

const why = { reason: 'a test' }
const decision = { decision: 'approve', contentHash: 'x' }
/** A body that passes the schema, so that what refuses is the access rule and not the form of the request. */
const bodies: Record<string, () => object> = {
  'blueprints.plan': () => ({ yaml }),
  'blueprints.apply': () => ({ yaml: yaml.replace('title: Shop', 'title: Taken over') }),
  'releases.create': () => ({ application: 'shop', version: 'v9', commit: 'abcdef0', artifacts: [{ service: 'api', image }] }),
  'releases.veto': () => why, 'releases.unveto': () => why, 'releases.abandon': () => why,
  'promotions.plan': () => ({ release: ids.release, environment: 'production' }),
  'promotions.create': () => ({ release: ids.release, environment: 'production' }),
  'promotions.approvals': () => decision, 'promotions.withdrawApproval': () => why, 'promotions.start': () => why, 'promotions.cancel': () => why, 'promotions.override': () => why, 'promotions.reviewOverride': () => ({ comment: 'a test' }),
  'rollouts.advance': () => why, 'rollouts.pause': () => why, 'rollouts.resume': () => why, 'rollouts.abort': () => why, 'rollouts.retry': () => why, 'rollouts.adopt': () => why, 'rollouts.restore': () => why,
  'rollouts.approvals': () => decision,
  'targets.rollback': () => why, 'targets.adopt': () => why, 'targets.restore': () => why, 'targets.unhold': () => why,
  'targets.splitPlan': () => ({ split: { 'shop-prd-00001-abc': 100 } }),
  'targets.split': () => ({ split: { 'shop-prd-00001-abc': 100 }, planHash: 'x', ...why }),
  'targets.backtest': () => ({ rules: 'rules: []' }),
  'tokens.create': () => ({ name: 'matrix', scopes: ['view'] }),
  'demo.passTime': () => ({ minutes: 1 }),
  'connections.check': () => ({ application: 'shop' }),
  'bindings.put': () => ({ person: 'victim@example.test', bindings: [{ role: 'admin' }] }),
}

/** What a GET cannot be asked without. */
const queries: Record<string, string> = { 'search.find': '?q=shop' }

/** What on_call may of operate: what moves toward stable. A split may, if it gives the candidate less. */
const towardStable = ['rollouts.pause', 'rollouts.abort', 'rollouts.restore', 'targets.split', 'targets.restore']
/** Lists answer everybody who views anything; they leave out what may not be seen. */
const isList = (e: Endpoint) => e.method === 'GET' && !/[:]/.test(e.path)
/** A wrong id in a body is a wrong field; what may not be seen gets the same answer as what is not there. */
const namesByBody = ['promotions.plan', 'promotions.create']
const ownThings = ['me.view', 'tokens.list', 'tokens.create', 'tokens.delete']

function roleMay(role: RoleName, e: Endpoint): boolean {
  const verbs: readonly Verb[] = roleVerbs[role]
  if (e.id === 'targets.unhold') return verbs.includes('approve') || verbs.includes('override')
  if (e.verb === 'session' || e.verb === 'public') return true
  return verbs.includes(e.verb) || (role === 'on_call' && towardStable.includes(e.id))
}

let people: Record<RoleName | 'nobody' | 'reader' | 'stranger', TestPerson>

beforeAll(async () => {
  people = {
    viewer: await testPerson('viewer', ['viewer']), developer: await testPerson('developer', ['developer']), release_manager: await testPerson('manager', ['release_manager']),
    on_call: await testPerson('oncall', ['on_call']), admin: await testPerson('admin', ['admin']), nobody: await testPerson('nobody'),
    reader: await testPerson('reader', ['admin'], { scopes: ['view'] }), stranger: await testPerson('stranger'),
  }
  await apply(people.admin.actor, { yaml })
  await apply(people.admin.actor, { yaml: blueprint('other') })
  const other = await db.application.findUniqueOrThrow({ where: { slug: 'other' } })
  await db.binding.create({ data: { personId: people.stranger.id, role: 'admin', applicationId: other.id } })
  // The bare application of the world has no blueprint to show.
  await db.environment.deleteMany({ where: { applicationId: world.application.id } })
  await db.service.deleteMany({ where: { applicationId: world.application.id } })
  await db.application.delete({ where: { id: world.application.id } })
  const application = await db.application.findUniqueOrThrow({ where: { slug: 'shop' }, include: { services: true } })
  const target = await db.target.findFirstOrThrow({ where: { environment: { applicationId: application.id } } })
  const release = await makeRelease({ ...world, application, service: application.services[0] ?? world.service }, 'v1')
  Object.assign(ids, { release: release.id, target: target.id, token: (await db.apiToken.findFirstOrThrow({ where: { personId: people.admin.id } })).id })
  const promoted = await callRoute(routeOf('promotions.create').handler, 'POST', { as: people.developer, body: { release: release.id, environment: 'production' } })
  expect(promoted.status).toBe(201)
  ids.promotion = String(promoted.body['id'])
  const plan = { service: 'api', provider: 'cloud-run' as const, locator: { project: 'shop-prd', region: 'europe-west1', service: 'shop-prd' }, metrics: null, strategy: 'test', steps: canarySteps, analysis: { notEnoughData: { afterMs: 1, then: 'ask' as const }, cannotMeasure: { afterMs: 1, then: 'ask' as const }, rules: [] }, config: {}, image: release.image, digest: release.digest }
  ids.rollout = await db.$transaction(async (tx) => createRollout(tx, { targetId: target.id, kind: 'promotion', promotionId: null, releaseId: release.id, groupIndex: 0, plan, contentHash: 'hash', candidate: null, createdBy: 'test', createdById: null, nowMs: await nowMs(tx) }))
})

const routeOf = (id: string) => routes.find((r) => r.handler.endpoint.id === id) ?? expect.fail(`no route for ${id}`)

function ask(r: Route & { handler: { endpoint: Endpoint } }, as: TestPerson | null): Promise<Answer> {
  const e = r.handler.endpoint
  const noun = e.path.split('/')[3]?.replace(/s$/, '') as keyof typeof ids
  const params = { ...(e.path.includes(':id') && { id: ids[noun] }), ...(e.path.includes(':app') && { app: 'shop' }) }
  const body = e.method === 'POST' || e.method === 'PUT' ? (bodies[e.id] ?? (() => expect.fail(`${e.id} has no body in this test`)))() : undefined
  return callRoute(r.handler, e.method, { params, ...(as && { as }), ...(body && { body }), ...(queries[e.id] !== undefined && { query: queries[e.id] }) })
}

/** A fingerprint of everything that a request could change; the noted use of a token and what was last read of the cloud aside. */
async function fingerprint(): Promise<string> {
  const tables = ['application', 'service', 'environment', 'target', 'target_revision', 'target_hold', 'release', 'artifact', 'promotion', 'approval', 'rollout', 'person', 'binding', 'connection_check', 'audit_event', 'audit_chain', 'idempotency_key']
  const parts = await Promise.all(tables.map((t) => db.$queryRawUnsafe<{ sum: string | null }[]>(`select md5(string_agg(x::text, '|' order by x::text)) as sum from (select to_jsonb(t) - '{snapshot,snapshot_at,snapshot_error}'::text[] as x from ${t} t) rows`)))
  const tokens = await db.apiToken.findMany({ select: { id: true, revokedAt: true, scopes: true }, orderBy: { id: 'asc' } })
  return JSON.stringify([parts, tokens])
}

function expectRefusal(answer: Answer, statuses: readonly number[], who: string): void {
  expect(statuses, `${who}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`).toContain(answer.status)
  expect(answer.headers.get('content-type'), who).toBe('application/problem+json')
  expect(answer.body, who).toMatchObject({ status: answer.status, code: expect.any(String), detail: expect.any(String), requestId: expect.any(String) })
  if (answer.status === 400) expect(answer.body['detail'], who).toMatch(/there is no/)
  // Sentences are for people: no word as the code writes it.
  for (const text of [answer.body['detail'], ...((answer.body['unmet'] ?? []) as { message: string; who: string | null }[]).flatMap((u) => [u.message, u.who])]) expect(String(text), who).not.toMatch(/[a-z]_[a-z]/)
  if (answer.status !== 400 && answer.status !== 404) expect((answer.body['unmet'] as { code: string; message: string }[]).length, who).toBeGreaterThan(0)
}

const roles = Object.keys(roleVerbs) as RoleName[]
const named = routes.map((r) => [r.handler.endpoint.id, r] as const)

// First everything that is refused, on a world that nothing has changed yet; then that the others are let in.
describe.each(named)('%s refuses, and changes nothing', (_, r) => {
  const e = r.handler.endpoint

  test('whoever may not', async () => {
    const before = await fingerprint()
    if (e.verb !== 'public') expectRefusal(await ask(r, null), [401], 'anonymous')
    for (const role of roles) {
      if (roleMay(role, e)) continue
      const refusal = await ask(r, people[role])
      expectRefusal(refusal, [403], role)
      // One sentence about what was asked, not the reference's text about the endpoint.
      expect(refusal.body['detail']).toMatch(/ may not [a-z][^.;]*$/)
    }
    if (!ownThings.includes(e.id)) expectRefusal(await ask(r, people.nobody), [403, 404], 'nobody')
    if (e.verb !== 'view' && !ownThings.includes(e.id)) expectRefusal(await ask(r, people.reader), [403], 'a token for reading')
    if (!isList(e) && !ownThings.includes(e.id)) expectRefusal(await ask(r, people.stranger), namesByBody.includes(e.id) ? [400] : [403, 404], 'an admin of another application')
    expect(await fingerprint()).toBe(before)
  })

})

describe.each(named.filter(([, r]) => isList(r.handler.endpoint) && !ownThings.includes(r.handler.endpoint.id)))('%s', (_, r) => {
  test('shows an admin of another application nothing of this one', async () => {
    const answer = await ask(r, people.stranger)
    expect(answer.status).toBe(200)
    for (const word of ['"shop"', ids.release, ids.promotion, ids.rollout, ids.target]) expect(JSON.stringify(answer.body)).not.toContain(word)
  })
})

describe.each(named)('%s lets in', (_, r) => {
  test.each(roles.filter((role) => roleMay(role, r.handler.endpoint)))('%s', async (role) => {
    const answer = await ask(r, people[role])
    expect([401, 403, 500], JSON.stringify(answer.body).slice(0, 300)).not.toContain(answer.status)
  })
})
