import { describe, expect, test } from 'vitest'
import { create, deploy, emulatedCloud, freshId, get, image, nameOf, pin, refusal, settled, shift, shortOf, split } from '#emulator/contract/clients.ts'

const cloud = emulatedCloud()
const revisionsOf = async (id: string) => (await cloud.revisions.listRevisions({ parent: nameOf(id) }))[0]
const update = (id: string, service: object, ...paths: string[]) => settled(cloud.services.updateService({ service: { name: nameOf(id), ...service }, ...(paths.length > 0 && { updateMask: { paths } }) }))

describe('what makes a revision', () => {
  test('a changed template makes one, named SERVICE-00002-xyz (gcp.md 3.1, template.revision omitted)', async () => {
    const id = freshId()
    await create(cloud, id)
    expect(await deploy(cloud, id, 'v2')).toMatch(new RegExp(`^${id}-00002-[a-z0-9]{3}$`))
  })

  test('an identical template makes none', async () => {
    const id = freshId()
    await create(cloud, id)
    const { template } = await get(cloud, id)
    await update(id, { template }, 'template')
    expect(await revisionsOf(id)).toHaveLength(1)
  })

  test('the mask template.containers changes the image and leaves the rest of the template', async () => {
    const id = freshId()
    await create(cloud, id)
    await update(id, { template: { timeout: { seconds: 60 }, labels: { a: 'b' }, containers: [{ image: image('v1') }] } }, 'template')
    await update(id, { template: { containers: [{ image: image('v2') }] } }, 'template.containers')
    const { template } = await get(cloud, id)
    expect(template).toMatchObject({ timeout: { seconds: '60' }, labels: { a: 'b' }, containers: [{ image: image('v2') }] })
  })

  test('no mask replaces all that is the caller\'s (gcp.md 3.1, maskless update replaces)', async () => {
    const id = freshId()
    await create(cloud, id, 'v1', { labels: { team: 'a' }, scaling: { minInstanceCount: 2 } })
    await update(id, { template: { containers: [{ image: image('v2') }] } })
    expect(await get(cloud, id)).toMatchObject({ labels: {}, scaling: null, template: { containers: [{ image: image('v2') }] } })
  })

  test('scaling of the service changes without a revision, and template masks leave it (gcp.md 3.1, scaling)', async () => {
    const id = freshId()
    await create(cloud, id)
    await update(id, { scaling: { minInstanceCount: 4 } }, 'scaling')
    expect(await revisionsOf(id)).toHaveLength(1)
    await deploy(cloud, id, 'v2')
    expect((await get(cloud, id)).scaling?.minInstanceCount).toBe(4)
  })

  test('a deep path of a mask sets that field alone', async () => {
    const id = freshId()
    await create(cloud, id, 'v1', { scaling: { minInstanceCount: 4, maxInstanceCount: 9 } })
    await update(id, { scaling: { minInstanceCount: 5 } }, 'scaling.min_instance_count')
    expect((await get(cloud, id)).scaling).toMatchObject({ minInstanceCount: 5, maxInstanceCount: 9 })
  })

  test('defaults of a plain template are filled in and do not count as a change', async () => {
    const id = freshId()
    await create(cloud, id)
    expect((await get(cloud, id)).template).toMatchObject({ timeout: { seconds: '300' }, maxInstanceRequestConcurrency: 80, containers: [{ resources: { limits: { cpu: '1000m', memory: '512Mi' } } }] })
    await update(id, { template: { containers: [{ image: image('v1.0.0') }] } }, 'template')
    expect(await revisionsOf(id)).toHaveLength(1)
  })
})

describe('named revisions', () => {
  test('template.revision names it; its content again makes none; other content is the 409 that is no etag conflict (gcp.md 3.1)', async () => {
    const id = freshId()
    await create(cloud, id)
    const named = { revision: `${id}-blue`, containers: [{ image: image('v2') }] }
    await update(id, { template: named }, 'template')
    expect(shortOf((await get(cloud, id)).latestCreatedRevision)).toBe(`${id}-blue`)
    await update(id, { template: named }, 'template')
    const error = await refusal(update(id, { template: { ...named, containers: [{ image: image('v3') }] } }, 'template'))
    expect(error).toMatchObject({ code: 6, message: `Revision named '${id}-blue' with different configuration already exists.` })
    expect(await revisionsOf(id)).toHaveLength(2)
  })

  test('a traffic write on such a service passes: the template is not echoed (gcp.md 7, assumed)', async () => {
    const id = freshId()
    await create(cloud, id)
    await update(id, { template: { revision: `${id}-blue`, containers: [{ image: image('v2') }] } }, 'template')
    await shift(cloud, id, [pin(`${id}-blue`, 100)])
    expect(split(await get(cloud, id))).toEqual([`${id}-blue=100`])
  })

  test('a name must begin with that of the service', async () => {
    const id = freshId()
    await create(cloud, id)
    expect(await refusal(update(id, { template: { revision: 'other-1', containers: [{ image: image('v2') }] } }, 'template'))).toMatchObject({ code: 3 })
  })
})

describe('what a revision says', () => {
  test('labels and annotations of the template become its own; image as given (gcp.md 3.2)', async () => {
    const id = freshId()
    await create(cloud, id)
    const name = await deploy(cloud, id, 'v2', { 'rollout-id': 'r-1' })
    const [revision] = await cloud.revisions.getRevision({ name: `${nameOf(id)}/revisions/${name}` })
    expect(revision).toMatchObject({ service: id, labels: { 'rollout-id': 'r-1' }, containers: [{ image: image('v2') }] })
    expect(revision.conditions?.find(one => one.type === 'Ready')?.state).toBe('CONDITION_SUCCEEDED')
  })

  test('lists newest first; services/- is the whole region (gcp.md 3.2, ListRevisions)', async () => {
    const id = freshId()
    await create(cloud, id)
    const second = await deploy(cloud, id, 'v2')
    expect((await revisionsOf(id)).map(one => shortOf(one.name))).toEqual([second, `${id}-00001-abc`])
    const [all] = await cloud.revisions.listRevisions({ parent: nameOf('-') })
    expect(all.map(one => shortOf(one.name))).toEqual(expect.arrayContaining([second, `${id}-00001-abc`]))
  })

  test('an unknown one is NOT_FOUND', async () => {
    const id = freshId()
    await create(cloud, id)
    expect(await refusal(cloud.revisions.getRevision({ name: `${nameOf(id)}/revisions/nope` }))).toMatchObject({ code: 5 })
  })

  test('one that serves cannot be deleted, an idle one can', async () => {
    const id = freshId()
    await create(cloud, id)
    await deploy(cloud, id, 'v2')
    const latest = (await get(cloud, id)).latestReadyRevision ?? ''
    expect(await refusal(cloud.revisions.deleteRevision({ name: latest }))).toMatchObject({ code: 9 })
    await settled(cloud.revisions.deleteRevision({ name: `${nameOf(id)}/revisions/${id}-00001-abc` }))
    expect(await revisionsOf(id)).toHaveLength(1)
  })
})

describe('deployments that inherit or fail', () => {
  test('a service pinned to revisions gives a new one 0% (gcp.md G10)', async () => {
    const id = freshId()
    await create(cloud, id)
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100)])
    const second = await deploy(cloud, id, 'v2')
    const service = await get(cloud, id)
    expect(split(service)).toEqual([`${id}-00001-abc=100`])
    expect(shortOf(service.latestReadyRevision)).toBe(second)
  })

  test('-crash never becomes ready: LRO error, FAILED, latestReady and traffic as before (gcp.md 3.1, on failure)', async () => {
    const id = freshId()
    await create(cloud, id)
    const error = await refusal(deploy(cloud, id, 'v2-crash'))
    expect(error.code).toBe(13)
    const service = await get(cloud, id)
    expect(service).toMatchObject({ generation: '2', observedGeneration: '1', latestReadyRevision: `${nameOf(id)}/revisions/${id}-00001-abc`, terminalCondition: { state: 'CONDITION_FAILED' } })
    expect(service.latestCreatedRevision).toContain('-00002-')
    const [broken] = await cloud.revisions.getRevision({ name: service.latestCreatedRevision ?? '' })
    expect(broken.conditions?.find(one => one.type === 'Ready')).toMatchObject({ state: 'CONDITION_FAILED', revisionReason: 'HEALTH_CHECK_CONTAINER_ERROR' })
  })

  test('a first revision that crashes leaves a service that serves nothing', async () => {
    const id = freshId()
    expect(await refusal(create(cloud, id, 'v1-crash'))).toMatchObject({ code: 13 })
    const service = await get(cloud, id)
    expect(service).toMatchObject({ latestReadyRevision: '', trafficStatuses: [] })
    expect((await fetch(`${service.uri ?? ''}/`)).status).toBe(404)
  })

  test('an image that the registry does not have fails with CONTAINER_MISSING (gcp.md 3.2, CommonReason)', async () => {
    const id = freshId()
    await create(cloud, id)
    expect(await refusal(deploy(cloud, id, 'v2-missing'))).toMatchObject({ code: 13, message: expect.stringContaining('not found') as string })
    const [broken] = await cloud.revisions.getRevision({ name: (await get(cloud, id)).latestCreatedRevision ?? '' })
    expect(broken.conditions?.find(one => one.type === 'Ready')?.reason).toBe('CONTAINER_MISSING')
  })
})
