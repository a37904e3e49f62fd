import { describe, expect, test } from 'vitest'
import { create, deploy, emulatedCloud, freshId, get, latestType, nameOf, pin, refusal, settled, shift, split } from '#emulator/contract/clients.ts'

const cloud = emulatedCloud()

describe('a traffic write with the mask traffic', () => {
  test('sets the split, shows it in trafficStatuses and makes no revision (gcp.md 3.1, traffic write to use)', async () => {
    const id = freshId()
    await create(cloud, id)
    const second = await deploy(cloud, id, 'v2')
    await shift(cloud, id, [pin(`${id}-00001-abc`, 90), pin(second, 10)])
    expect(split(await get(cloud, id))).toEqual([`${id}-00001-abc=90`, `${second}=10`])
    const [revisions] = await cloud.revisions.listRevisions({ parent: nameOf(id) })
    expect(revisions).toHaveLength(2)
  })

  test('leaves labels alone although the client sends empty ones (gcp.md 2, wire facts)', async () => {
    const id = freshId()
    await create(cloud, id, 'v1', { labels: { team: 'a' }, annotations: { 'example.test/unknown': 'kept' } })
    await settled(cloud.services.updateService({ service: { name: nameOf(id), labels: {}, annotations: {}, traffic: [pin(`${id}-00001-abc`, 100)] }, updateMask: { paths: ['traffic'] } }))
    expect(await get(cloud, id)).toMatchObject({ labels: { team: 'a' }, annotations: { 'example.test/unknown': 'kept' } })
  })

  test('twenty tags, scaling by hand and unknown annotations survive a whole rollout (DESIGN 1, promise 7)', async () => {
    const id = freshId()
    const tags = Array.from({ length: 20 }, (_, i) => `t${i}`)
    await create(cloud, id, 'v1', { annotations: { 'example.test/owner': 'x' }, scaling: { minInstanceCount: 3 }, customAudiences: ['https://api.example.test'] })
    const first = `${id}-00001-abc`
    await shift(cloud, id, [pin(first, 100), ...tags.map(tag => pin(first, 0, tag))])
    const before = await get(cloud, id)
    const second = await deploy(cloud, id, 'v2', { 'rollout-id': 'r1' })
    for (const percent of [10, 50]) await shift(cloud, id, [pin(first, 100 - percent), pin(second, percent), ...tags.map(tag => pin(first, 0, tag))])
    await shift(cloud, id, [pin(second, 100), ...tags.map(tag => pin(first, 0, tag))])
    const after = await get(cloud, id)
    expect(after).toMatchObject({ annotations: before.annotations, scaling: before.scaling, customAudiences: before.customAudiences, ingress: before.ingress })
    expect(after.trafficStatuses?.filter(one => one.tag).map(one => one.tag)).toEqual(tags)
  })

  test('one revision may have two entries, one of them a tag (gcp.md 3.1, same revision twice)', async () => {
    const id = freshId()
    await create(cloud, id)
    const first = `${id}-00001-abc`
    await shift(cloud, id, [pin(first, 60), pin(first, 40), pin(first, 0, 'blue')])
    expect(split(await get(cloud, id))).toEqual([`${first}=60`, `${first}=40`, `${first}=0#blue`])
  })

  test('percents that do not sum to 100 are INVALID_ARGUMENT at service.traffic (gcp.md 3.3)', async () => {
    const id = freshId()
    await create(cloud, id)
    const error = await refusal(shift(cloud, id, [pin(`${id}-00001-abc`, 90)]))
    expect(error.code).toBe(3)
    expect(error.statusDetails?.[0]?.fieldViolations?.[0]).toMatchObject({ field: 'service.traffic', description: expect.stringContaining('90') as string })
  })

  test.each([
    ['a percent above 100', [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION' as const, revision: 'x', percent: 101 }]],
    ['LATEST with a revision', [{ type: latestType as 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', revision: 'x', percent: 100 }]],
    ['REVISION without one', [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION' as const, percent: 100 }]],
    ['a tag twice', [pin('x', 100, 'a'), pin('x', 0, 'a')]],
    ['a tag in capitals', [pin('x', 100, 'Blue')]],
  ])('%s is INVALID_ARGUMENT (assumed texts)', async (_what, traffic) => {
    const id = freshId()
    await create(cloud, id)
    expect(await refusal(shift(cloud, id, traffic as ReturnType<typeof pin>[]))).toMatchObject({ code: 3 })
  })

  test('a percent that is not a number is refused with its place (protobuf JSON mapping)', async () => {
    const id = freshId()
    await create(cloud, id)
    const answer = await fetch(`${cloud.emulator.url}/v2/${nameOf(id)}?updateMask=traffic`, { method: 'PATCH', body: '{"traffic":[{"type":2,"percent":"ten"}]}' })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain("'service.traffic[0].percent' (TYPE_INT32)")
  })

  test('an unknown revision is accepted and fails in the operation with code 13; the last split keeps serving (gcp.md 3.3)', async () => {
    const id = freshId()
    await create(cloud, id)
    const before = await get(cloud, id)
    const error = await refusal(shift(cloud, id, [pin(`${id}-00009-xyz`, 100)]))
    expect(error).toMatchObject({ code: 13, message: `Revision '${id}-00009-xyz' does not exist or is deleted. Update all traffic to route to currently available revisions.` })
    const after = await get(cloud, id)
    expect(after.trafficStatuses).toEqual(before.trafficStatuses)
    expect(after.observedGeneration).toBe(before.observedGeneration)
    expect(after.terminalCondition?.state).toBe('CONDITION_FAILED')
    expect(after.traffic?.[0]?.revision).toBe(`${id}-00009-xyz`)
  })

  test('a revision that is not ready cannot be given traffic (text assumed)', async () => {
    const id = freshId()
    await create(cloud, id)
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100)])
    await refusal(deploy(cloud, id, 'v2-crash'))
    const broken = (await get(cloud, id)).latestCreatedRevision?.split('/').at(-1) ?? ''
    const error = await refusal(shift(cloud, id, [pin(broken, 100)]))
    expect(error).toMatchObject({ code: 13, message: expect.stringContaining(`Revision '${broken}' is not ready and cannot serve traffic.`) as string })
    expect(split(await get(cloud, id))).toEqual([`${id}-00001-abc=100`])
  })

  test('a revision that breaks while it serves keeps what it has, may be given less, and no more (assumed)', async () => {
    const id = freshId()
    await create(cloud, id)
    const first = `${id}-00001-abc`
    const second = await deploy(cloud, id, 'v2')
    await shift(cloud, id, [pin(first, 50), pin(second, 50)])
    await cloud.emulator.control('behaviour', { revision: second, notReady: true })
    await shift(cloud, id, [pin(first, 80), pin(second, 20)])
    expect(await refusal(shift(cloud, id, [pin(first, 40), pin(second, 60)]))).toMatchObject({ code: 13 })
    expect(split(await get(cloud, id))).toEqual([`${first}=80`, `${second}=20`])
  })

  test('a good split after a broken deployment is carried out (assumed: routes alone decide)', async () => {
    const id = freshId()
    await create(cloud, id)
    const first = `${id}-00001-abc`
    const second = await deploy(cloud, id, 'v2')
    await refusal(deploy(cloud, id, 'v3-crash'))
    await shift(cloud, id, [pin(first, 100)])
    expect(split(await get(cloud, id))).toEqual([`${first}=100`])
    expect(second).not.toBe(first)
  })
})

describe('tags', () => {
  test('each has a URL of its own in trafficStatuses, at 0% too (gcp.md 3.1, tag at 0%)', async () => {
    const id = freshId()
    await create(cloud, id)
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100), pin(`${id}-00001-abc`, 0, 'blue')])
    const service = await get(cloud, id)
    expect(service.trafficStatuses?.[1]).toMatchObject({ tag: 'blue', percent: 0, uri: `${cloud.emulator.url}/tag/demo/europe-west1/${id}/blue` })
    expect(service.uri).toBe(`${cloud.emulator.url}/svc/demo/europe-west1/${id}`)
  })

  test('beyond 2,000 in a project and region the oldest without a percent go (gcp.md 3.4)', async () => {
    const region = 'projects/tagged/locations/europe-west1'
    const many = (id: string, count: number) => [pin(`${id}-00001-abc`, 100), ...Array.from({ length: count }, (_, i) => pin(`${id}-00001-abc`, 0, `t${i}`))]
    for (const [id, count] of [['old', 1500], ['new', 600]] as const) {
      const name = `${region}/services/${id}`
      await settled(cloud.services.createService({ parent: region, serviceId: id, service: { template: { containers: [{ image: 'h.example.test/a:v1' }] } } }))
      await settled(cloud.services.updateService({ service: { name, traffic: many(id, count) }, updateMask: { paths: ['traffic'] } }))
    }
    const [old] = await cloud.services.getService({ name: `${region}/services/old` })
    const [recent] = await cloud.services.getService({ name: `${region}/services/new` })
    expect([old.trafficStatuses?.length, recent.trafficStatuses?.length]).toEqual([1401, 601])
  })
})
