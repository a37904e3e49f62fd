import { beforeAll, describe, expect, test } from 'vitest'
import { type Actor, type Grant, systemActor } from '#lib/access/actor.ts'
import { list, view } from '#lib/applications/service.ts'
import { apply, exportYaml, plan } from '#lib/blueprints/service.ts'
import { db } from '#lib/platform/db/client.ts'
import { AppError } from '#lib/platform/errors.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()

type Part = { services?: string; environments?: string; order?: string; approvals?: string; place?: string }
const yamlOf = (name: string, part: Part = {}) => `
apiVersion: sluice/v1
kind: Application
metadata: { name: ${name}, title: ${name}, owner: team }
spec:
  services: ${part.services ?? '[{ name: api, kind: service }]'}
  environments: ${part.environments ?? `[{ name: staging, tier: staging, strategy: straight, ${part.approvals ?? ''} targets: [{ service: api, cloudRun: { project: ${part.place ?? name}, region: us-central1, service: api } }] }]`}
  strategies: [{ name: straight, steps: [{ deploy: {} }, { setWeight: 100 }] }]
`
const two = (name: string, first = 'staging', second = 'production', was = '') =>
  `[${[first, second].map((env, i) => `{ name: ${env}, ${i === 0 ? was : ''} tier: staging, strategy: straight, targets: [{ service: api, cloudRun: { project: ${name}, region: us-central1, service: place-${i} } }] }`).join(', ')}]`

const admin = systemActor('tester')
const person = (name: string, ...grants: Grant[]): Actor => ({ ...admin, kind: 'person', id: name, name, grants })
const refusal = async (work: Promise<unknown>): Promise<AppError> => {
  const error = await work.then(() => null, (e: unknown) => e)
  if (error instanceof AppError) return error
  throw new Error('expected to be refused', { cause: error })
}
const counts = async () => Promise.all([db.application.count(), db.target.count(), db.auditEvent.count()])
const idOf = async (slug: string) => (await db.application.findUniqueOrThrow({ where: { slug } })).id
const targetsOf = (slug: string) => db.target.findMany({ where: { environment: { application: { slug } } }, include: { environment: true, service: true }, orderBy: { environment: { position: 'asc' } } })
const jobs = async () => (await db.$queryRaw<{ key: string }[]>`select key from graphile_worker.jobs where key is not null order by key`).map((j) => j.key)

beforeAll(async () => {
  for (const name of ['Mona', 'Mats']) await db.person.create({ data: { email: `${name}@example.test`, name, bindings: { create: { role: 'release_manager' } } } })
  await db.person.create({ data: { email: 'dev@example.test', name: 'Dev', bindings: { create: { role: 'developer' } } } })
})

describe('plan and apply', () => {
  test('a plan writes nothing; apply with its hash makes rows, one audit row and a first look at each target', async () => {
    const before = await counts()
    const yaml = yamlOf('first')
    const planned = await plan(admin, { yaml })
    expect(planned.changes.map((c) => `${c.op} ${c.path}`)).toContain('add spec.environments.staging')
    expect(await counts()).toEqual(before)

    expect(await apply(admin, { yaml, planHash: planned.planHash })).toMatchObject({ applied: true, planHash: planned.planHash })
    const [target] = await targetsOf('first')
    expect(target).toMatchObject({ provider: 'cloud-run', locatorKey: 'cloud-run:first/us-central1/api', locator: { project: 'first', region: 'us-central1', service: 'api' }, environment: { slug: 'staging' }, service: { slug: 'api' } })
    expect(await jobs()).toContain(`target:${target?.id}`)
    expect(await db.auditEvent.findMany({ where: { chain: 'first' } })).toMatchObject([{ seq: 1, actorName: 'tester', verb: 'application.create', subjectId: 'first', subjects: ['application:first', `target:${target?.id}`] }])
  })

  test('the same blueprint again changes and writes nothing, with an old hash too', async () => {
    const yaml = yamlOf('again')
    const { planHash } = await plan(admin, { yaml })
    await apply(admin, { yaml, planHash })
    const before = await counts()
    expect(await apply(admin, { yaml, planHash })).toMatchObject({ applied: true, changes: [] })
    expect((await plan(admin, { yaml: `# a remark\n${yaml}` })).changes).toEqual([])
    expect(await counts()).toEqual(before)
    expect(await db.application.findUnique({ where: { slug: 'again' } })).toMatchObject({ version: 1 })
  })

  test('a plan from before somebody else applied is refused, and so is another text than the planned one', async () => {
    await apply(admin, { yaml: yamlOf('moving') })
    const mine = yamlOf('moving', { environments: two('moving') })
    const { planHash } = await plan(admin, { yaml: mine })
    expect((await refusal(apply(admin, { yaml: yamlOf('moving', { place: 'moving2' }), planHash }))).code).toBe('plan_changed')
    await apply(admin, { yaml: yamlOf('moving', { place: 'moving3' }) })
    expect((await refusal(apply(admin, { yaml: mine, planHash }))).code).toBe('plan_changed')
    expect((await targetsOf('moving')).map((t) => t.locatorKey)).toEqual(['cloud-run:moving3/us-central1/api'])
  })

  test('twenty at once make one application', async () => {
    const yaml = yamlOf('crowd')
    const all = await Promise.all(Array.from({ length: 20 }, () => apply(admin, { yaml })))
    expect(all.filter((p) => p.changes.length > 0)).toHaveLength(1)
    expect(await targetsOf('crowd')).toHaveLength(1)
  })

  test('what is removed is retired: its history stays, its place is free, and it comes back as itself', async () => {
    await apply(admin, { yaml: yamlOf('shrink', { environments: two('shrink') }) })
    const [, production] = await targetsOf('shrink')
    await db.targetRevision.create({ data: { targetId: production?.id ?? '', name: 'api-00001-abc', image: 'x', createdAt: new Date() } })
    await apply(admin, { yaml: yamlOf('shrink') })
    expect(await db.target.findUnique({ where: { id: production?.id ?? '' }, include: { revisions: true } })).toMatchObject({ retiredAt: expect.any(Date) as Date, locatorKey: null, revisions: [{ name: 'api-00001-abc' }] })
    expect((await view(admin, { app: 'shrink' })).environments.map((e) => e.slug)).toEqual(['staging'])
    await apply(admin, { yaml: yamlOf('shrink', { environments: two('shrink') }) })
    expect(await db.target.findUnique({ where: { id: production?.id ?? '' } })).toMatchObject({ retiredAt: null, locatorKey: 'cloud-run:shrink/us-central1/place-1' })
  })

  test('a rename keeps rows; without was: it warns that the history would not follow', async () => {
    await apply(admin, { yaml: yamlOf('renamed', { environments: two('renamed') }) })
    const before = (await targetsOf('renamed')).map((t) => t.id)
    const silent = await plan(admin, { yaml: yamlOf('renamed', { environments: two('renamed', 'stage') }) }).catch((e: unknown) => e)
    expect(silent).toMatchObject({ warnings: [expect.stringContaining('write was: staging') as unknown] })
    const said = await apply(admin, { yaml: yamlOf('renamed', { environments: two('renamed', 'stage', 'production', 'was: staging,') }) })
    expect(said.changes).toEqual([{ op: 'change', path: 'spec.environments.stage.name', before: 'staging', after: 'stage' }])
    expect((await targetsOf('renamed')).map((t) => t.id)).toEqual(before)
  })

  test('two targets may swap their places, and both start anew', async () => {
    await apply(admin, { yaml: yamlOf('swap', { environments: two('swap') }) })
    await db.target.updateMany({ where: { environment: { application: { slug: 'swap' } } }, data: { stableRevision: 'api-00001-abc', snapshotAt: new Date() } })
    const swapped = two('swap').replace('place-0', 'place-x').replace('place-1', 'place-0').replace('place-x', 'place-1')
    await apply(admin, { yaml: yamlOf('swap', { environments: swapped }) })
    expect(await targetsOf('swap')).toMatchObject([{ locatorKey: 'cloud-run:swap/us-central1/place-1', stableRevision: null, snapshotAt: null, epoch: 1 }, { locatorKey: 'cloud-run:swap/us-central1/place-0', stableRevision: null }])
  })
})

describe('refusals leave nothing half-written', () => {
  test('a mistake names the field, line and column, and what is allowed', async () => {
    const before = await counts()
    const error = await refusal(apply(admin, { yaml: yamlOf('typo').replace('tier: staging', 'tyer: staging') }))
    expect(error).toMatchObject({ code: 'invalid_input', field: 'spec.environments[0].tyer', message: expect.stringMatching(/line 7, column 35.*unknown field "tyer"; the nearest is "tier"/) as unknown })
    expect(await counts()).toEqual(before)
  })

  test('a policy that nobody can meet, with line, names and reason', async () => {
    const error = await refusal(apply(admin, { yaml: yamlOf('strict', { approvals: 'approvals: [{ name: three, count: 3, roles: [release_manager] }],' }) }))
    expect(error).toMatchObject({ code: 'unprocessable', field: 'spec.environments[0].approvals[0]', unmet: [{ code: 'unsatisfiable_policy', message: expect.stringContaining('needs 3, and Mats, Mona are bound as release_manager') as unknown }] })
    expect(await db.application.findUnique({ where: { slug: 'strict' } })).toBeNull()
  })

  test('a place of another application, named only to who may see it', async () => {
    await apply(admin, { yaml: yamlOf('owner', { place: 'taken' }) })
    expect(await refusal(apply(admin, { yaml: yamlOf('thief', { place: 'taken' }) }))).toMatchObject({ code: 'refused', unmet: [{ code: 'locator_taken', message: expect.stringContaining('owner / api in staging') as unknown }] })
    await apply(admin, { yaml: yamlOf('own') })
    const narrow = person('narrow', { role: 'viewer', applicationId: await idOf('own'), environmentId: null })
    const told = await refusal(plan(narrow, { yaml: yamlOf('own', { place: 'taken' }) }))
    expect(told.message).toContain('another application')
    expect(told.message).not.toContain('owner')
  })

  test('removing or moving what has an open rollout, and removing an environment with an open promotion', async () => {
    await apply(admin, { yaml: yamlOf('busy', { environments: two('busy') }) })
    const [staging, production] = await targetsOf('busy')
    const release = await db.release.create({ data: { applicationId: await idOf('busy'), version: '1', commit: 'abcdef0', createdBy: 'x', createdAt: new Date() } })
    const promotion = await db.promotion.create({ data: { releaseId: release.id, environmentId: production?.environmentId ?? '', requestedById: 'x', requestedBy: 'x', start: 'auto', content: {}, contentHash: '', plan: {}, gates: [], createdAt: new Date() } })
    const rollout = await db.rollout.create({ data: { targetId: production?.id ?? '', promotionId: promotion.id, kind: 'promotion', state: 'held', plan: {}, contentHash: '', steps: [], verdicts: [], createdBy: 'x', createdAt: new Date() } })
    const before = await counts()

    const gone = yamlOf('busy', { environments: two('busy').replace(/, \{ name: production.*\}\]$/, ']') })
    expect((await refusal(apply(admin, { yaml: gone }))).unmet?.map((u) => `${u.code} ${u.message}`)).toEqual([`open_rollout api in production: rollout ${rollout.id} is held`, `open_promotion production: promotion ${promotion.id} is pending`])
    expect((await plan(admin, { yaml: gone })).warnings[0]).toContain(`apply is refused while api in production has the open rollout ${rollout.id}`)
    const moved = yamlOf('busy', { environments: two('busy').replace('place-1', 'place-2') })
    expect((await refusal(apply(admin, { yaml: moved }))).unmet).toMatchObject([{ code: 'open_rollout' }])
    expect(await counts()).toEqual(before)

    await db.rollout.update({ where: { id: rollout.id }, data: { state: 'succeeded' } })
    await apply(admin, { yaml: yamlOf('busy', { environments: two('busy').replace('tier: staging', 'tier: development') }) })
    expect(await jobs()).toContain(`promotion:${promotion.id}`)
    await db.promotion.update({ where: { id: promotion.id }, data: { state: 'succeeded' } })
    await apply(admin, { yaml: gone })
    expect(await db.target.findUnique({ where: { id: staging?.id ?? '' } })).toMatchObject({ retiredAt: null })
  })
})

describe('who may', () => {
  const everywhere = (role: Grant['role']) => person(role, { role, applicationId: null, environmentId: null })

  test('only an admin applies; whoever may view plans and exports; a stranger nothing', async () => {
    await apply(admin, { yaml: yamlOf('guarded') })
    for (const role of ['viewer', 'developer', 'release_manager', 'on_call'] as const) {
      expect((await refusal(apply(everywhere(role), { yaml: yamlOf('guarded', { place: 'elsewhere' }) }))).code, role).toBe('forbidden')
      expect((await plan(everywhere(role), { yaml: yamlOf('guarded') })).changes).toEqual([])
      expect(await exportYaml(everywhere(role), { app: 'guarded' })).toContain('name: guarded')
    }
    const stranger = person('stranger')
    for (const work of [plan(stranger, { yaml: yamlOf('guarded') }), exportYaml(stranger, { app: 'guarded' }), view(stranger, { app: 'guarded' })]) expect((await refusal(work)).code).toBe('forbidden')
  })

  test('an admin of one application changes that one, and adds none', async () => {
    const local = person('local', { role: 'admin', applicationId: await idOf('guarded'), environmentId: null })
    expect(await apply(local, { yaml: yamlOf('guarded', { place: 'guarded2' }) })).toMatchObject({ applied: true })
    expect((await refusal(apply(local, { yaml: yamlOf('another') }))).code).toBe('forbidden')
    expect((await refusal(apply(local, { yaml: yamlOf('first', { place: 'x' }) }))).code).toBe('forbidden')
  })

  test('a list shows what one may see, page by page', async () => {
    const slugs: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: Awaited<ReturnType<typeof list>> = await list(everywhere('viewer'), { limit: 3, ...(cursor !== undefined && { cursor }) })
      slugs.push(...page.items.map((a) => a.slug))
      cursor = page.nextCursor
    }
    expect(slugs).toEqual((await db.application.findMany({ orderBy: { slug: 'asc' } })).map((a) => a.slug))
    const id = await idOf('renamed')
    const [stage] = await targetsOf('renamed')
    const narrow = person('narrow', { role: 'viewer', applicationId: id, environmentId: stage?.environmentId ?? '' })
    expect((await list(narrow, { limit: 50 })).items.map((a) => [a.slug, a.environments.map((e) => e.slug)])).toEqual([['renamed', ['stage']]])
  })

  test('what is not there is not found', async () => {
    expect((await refusal(view(admin, { app: 'nowhere' }))).code).toBe('not_found')
    expect((await refusal(exportYaml(admin, { app: 'nowhere' }))).code).toBe('not_found')
  })
})
