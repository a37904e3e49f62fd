import { describe, expect, test } from 'vitest'
import { create, deploy, emulatedCloud, freshId, get, image, nameOf, parent, refusal, settled, shift, pin } from '#emulator/contract/clients.ts'

const cloud = emulatedCloud()
const withImage = (tag: string) => ({ template: { containers: [{ image: image(tag) }] } })

describe('CreateService', () => {
  test('serves the first revision at 100% to the latest when no traffic is given (gcp.md 3.1, traffic empty)', async () => {
    const id = freshId()
    await create(cloud, id)
    const service = await get(cloud, id)
    expect(service.traffic).toEqual([])
    expect(service.trafficStatuses).toMatchObject([{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100 }])
    expect(service.latestReadyRevision).toBe(`${nameOf(id)}/revisions/${id}-00001-abc`)
  })

  test('leaves the revision out of a LATEST status (gcp.md 3.1, real GET dump)', async () => {
    const id = freshId()
    await create(cloud, id)
    expect((await get(cloud, id)).trafficStatuses?.[0]?.revision).toBe('')
  })

  test('settles with observed = desired, Ready and its two parts succeeded (gcp.md 3.1, reconciling, conditions)', async () => {
    const id = freshId()
    await create(cloud, id)
    const service = await get(cloud, id)
    expect(service).toMatchObject({ generation: '1', observedGeneration: '1', reconciling: false, terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED' } })
    expect(service.conditions?.map(one => [one.type, one.state])).toEqual([['RoutesReady', 'CONDITION_SUCCEEDED'], ['ConfigurationsReady', 'CONDITION_SUCCEEDED']])
  })

  test('answers through a long-running operation whose metadata is the service (run/v2 operation_info)', async () => {
    const id = freshId()
    const [operation] = await cloud.services.createService({ parent, serviceId: id, service: withImage('v1') })
    expect(operation.name).toMatch(/^projects\/demo\/locations\/europe-west1\/operations\/[0-9a-f-]{36}$/)
    expect(operation.metadata).toMatchObject({ name: nameOf(id) })
  })

  test('refuses a name that exists with ALREADY_EXISTS, which is 409 too (gcp.md 2, error.status)', async () => {
    const id = freshId()
    await create(cloud, id)
    expect(await refusal(create(cloud, id))).toMatchObject({ code: 6 })
  })

  test('refuses a service without containers and names the field (assumed text)', async () => {
    const error = await refusal(cloud.services.createService({ parent, serviceId: freshId(), service: { template: {} } }))
    expect(error.code).toBe(3)
    expect(error.statusDetails?.[0]?.fieldViolations?.[0]?.field).toBe('service.template.containers')
  })

  test('refuses a bad service id (run docs, letters and length)', async () => {
    expect(await refusal(cloud.services.createService({ parent, serviceId: 'Bad_Name', service: withImage('v1') }))).toMatchObject({ code: 3 })
    expect(await refusal(cloud.services.createService({ parent, serviceId: 'a'.repeat(50), service: withImage('v1') }))).toMatchObject({ code: 3 })
  })

  test('validateOnly checks and stores nothing (service.proto, validate_only)', async () => {
    const id = freshId()
    const dry = await settled(cloud.services.createService({ parent, serviceId: id, service: withImage('v1'), validateOnly: true }))
    expect(dry.name).toBe(nameOf(id))
    expect(await refusal(get(cloud, id))).toMatchObject({ code: 5 })
    expect(await refusal(cloud.services.createService({ parent, serviceId: id, service: { template: {} }, validateOnly: true }))).toMatchObject({ code: 3 })
  })
})

describe('GetService and ListServices', () => {
  test('an unknown service is NOT_FOUND and is named (gcp.md 2, 404 → 5)', async () => {
    expect(await refusal(get(cloud, 'nobody'))).toMatchObject({ code: 5, message: "Resource 'nobody' of kind 'SERVICE' in region 'europe-west1' in project 'demo' does not exist." })
  })

  test('the etag is a quoted pair of updateTime and name (gcp.md 3.1, etag)', async () => {
    const id = freshId()
    await create(cloud, id)
    const service = await get(cloud, id)
    const [stamp = '', name = ''] = (service.etag ?? '').replaceAll('"', '').split('/')
    expect(service.etag).toMatch(/^"[\w-]+\/[\w-]+"$/)
    expect(Buffer.from(name, 'base64url').toString()).toBe(nameOf(id))
    expect(Buffer.from(stamp, 'base64url')[0]).toBe(8)
  })

  test('generation is a 64-bit integer, so text (gcp.md 3.1)', async () => {
    const id = freshId()
    await create(cloud, id)
    expect((await get(cloud, id)).generation).toBe('1')
  })

  test('lists a region page by page, sorted, without other regions (service.proto, ListServices)', async () => {
    const region = 'projects/paged/locations/europe-north1'
    for (const id of ['c', 'a', 'b']) await settled(cloud.services.createService({ parent: region, serviceId: id, service: withImage('v1') }))
    const [page, , answer] = await cloud.services.listServices({ parent: region, pageSize: 2 }, { autoPaginate: false })
    expect(page.map(one => one.name?.at(-1))).toEqual(['a', 'b'])
    expect(answer?.nextPageToken).toBeTruthy()
    const [all] = await cloud.services.listServices({ parent: region })
    expect(all.map(one => one.name?.at(-1))).toEqual(['a', 'b', 'c'])
  })

  test("location '-' is refused (gcp.md 3.1, ListServices)", async () => {
    expect(await refusal(cloud.services.listServices({ parent: 'projects/demo/locations/-' }))).toMatchObject({ code: 3 })
  })
})

describe('UpdateService', () => {
  test('a stale etag is ABORTED with both versions and changes nothing (gcp.md 3.3, captured)', async () => {
    const id = freshId()
    await create(cloud, id)
    const { etag } = await get(cloud, id)
    await deploy(cloud, id, 'v2')
    const before = await get(cloud, id)
    const error = await refusal(shift(cloud, id, [pin(`${id}-00001-abc`, 100)], etag))
    expect(error.code).toBe(10)
    expect(error.message).toMatch(new RegExp(`^Conflict for resource '${id}': version '\\d{16}' was specified but current version is '\\d{16}'\\.$`))
    expect(await get(cloud, id)).toEqual(before)
  })

  test('the current etag passes and every write moves it, an equal one too', async () => {
    const id = freshId()
    await create(cloud, id)
    const traffic = [pin(`${id}-00001-abc`, 100)]
    const first = await get(cloud, id)
    await shift(cloud, id, traffic, first.etag)
    const second = await get(cloud, id)
    await shift(cloud, id, traffic, second.etag)
    const third = await get(cloud, id)
    expect(new Set([first.etag, second.etag, third.etag]).size).toBe(3)
    expect(third.generation).toBe(second.generation)
  })

  test('a field that the message does not have is refused by name (protobuf JSON mapping)', async () => {
    const id = freshId()
    await create(cloud, id)
    const answer = await fetch(`${cloud.emulator.url}/v2/${nameOf(id)}?updateMask=traffic`, { method: 'PATCH', body: '{"trafic":[]}' })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining('Unknown name "trafic" at \'service\'') as string } })
  })

  test('a path that is not a field of Service is refused', async () => {
    const id = freshId()
    await create(cloud, id)
    expect(await refusal(cloud.services.updateService({ service: { name: nameOf(id) }, updateMask: { paths: ['traffics'] } }))).toMatchObject({ code: 3, message: expect.stringContaining('traffics') as string })
  })

  test('an unknown service is NOT_FOUND, and allowMissing creates it (service.proto, allow_missing)', async () => {
    const id = freshId()
    const service = { name: nameOf(id), ...withImage('v1') }
    expect(await refusal(cloud.services.updateService({ service }))).toMatchObject({ code: 5 })
    await settled(cloud.services.updateService({ service, allowMissing: true }))
    expect((await get(cloud, id)).latestReadyRevision).toContain(`${id}-00001-`)
  })

  test('validateOnly answers as if done and changes nothing, etag included', async () => {
    const id = freshId()
    await create(cloud, id)
    const before = await get(cloud, id)
    const dry = await settled(cloud.services.updateService({ service: { name: nameOf(id), traffic: [pin(`${id}-00001-abc`, 100)] }, updateMask: { paths: ['traffic'] }, validateOnly: true }))
    expect(dry.traffic).toHaveLength(1)
    expect(await get(cloud, id)).toEqual(before)
  })
})

describe('DeleteService', () => {
  test('is an operation; service and revisions are gone after it', async () => {
    const id = freshId()
    await create(cloud, id)
    await settled(cloud.services.deleteService({ name: nameOf(id) }))
    expect(await refusal(get(cloud, id))).toMatchObject({ code: 5 })
    const [revisions] = await cloud.revisions.listRevisions({ parent: nameOf(id) })
    expect(revisions).toEqual([])
  })

  test('a stale etag or validateOnly keeps it', async () => {
    const id = freshId()
    await create(cloud, id)
    const { etag } = await get(cloud, id)
    await deploy(cloud, id, 'v2')
    expect(await refusal(cloud.services.deleteService({ name: nameOf(id), etag: etag ?? '' }))).toMatchObject({ code: 10 })
    await settled(cloud.services.deleteService({ name: nameOf(id), validateOnly: true }))
    expect((await get(cloud, id)).name).toBe(nameOf(id))
  })
})
