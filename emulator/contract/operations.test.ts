import { afterEach, describe, expect, test } from 'vitest'
import { create, deploy, emulatedCloud, freshId, get, image, nameOf, parent, pin, refusal, settled, shift, split } from '#emulator/contract/clients.ts'

const cloud = emulatedCloud()
const startShift = async (id: string, revision: string) => (await cloud.services.updateService({ service: { name: nameOf(id), traffic: [pin(revision, 100)] }, updateMask: { paths: ['traffic'] } }))[0]

afterEach(() => cloud.emulator.control('operations', {}))

describe('long-running operations', () => {
  test('a slow one leaves the service reconciling on its last split until product time has passed (service.proto, reconciling)', async () => {
    const id = freshId()
    await create(cloud, id)
    await cloud.emulator.control('operations', { delayMs: 600_000 })
    const operation = await startShift(id, `${id}-00001-abc`)
    expect(operation.done).toBe(false)
    const meanwhile = await get(cloud, id)
    expect(meanwhile).toMatchObject({ reconciling: true, generation: '2', observedGeneration: '1' })
    expect(split(meanwhile)).toEqual(['LATEST=100'])
    await cloud.emulator.control('clock', { advanceMs: 600_000 })
    await operation.promise()
    expect(await get(cloud, id)).toMatchObject({ reconciling: false, observedGeneration: '2' })
  })

  test('one that never ends ends when it is let go', async () => {
    const id = freshId()
    await create(cloud, id)
    await cloud.emulator.control('operations', { never: true })
    const operation = await startShift(id, `${id}-00001-abc`)
    await cloud.emulator.control('clock', { advanceMs: 86_400_000 })
    expect((await get(cloud, id)).reconciling).toBe(true)
    await cloud.emulator.control('operations', {})
    await operation.promise()
    expect(split(await get(cloud, id))).toEqual([`${id}-00001-abc=100`])
  })

  test('one that fails carries code and message only, and the client throws them (gcp.md 3.3, LRO failure in Node)', async () => {
    const id = freshId()
    await create(cloud, id)
    await cloud.emulator.control('operations', { failWith: 'The zone is on fire.' })
    expect(await refusal(shift(cloud, id, [pin(`${id}-00001-abc`, 100)]))).toMatchObject({ code: 13, message: 'The zone is on fire.' })
    expect(split(await get(cloud, id))).toEqual(['LATEST=100'])
  })

  test('a revision that does not get ready keeps its operation open (behaviour notReady)', async () => {
    const id = freshId()
    await create(cloud, id)
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100)])
    await cloud.emulator.control('behaviour', { service: id, notReady: true })
    await cloud.emulator.control('operations', { delayMs: 1 })
    const [operation] = await cloud.services.updateService({ service: { name: nameOf(id), template: { containers: [{ image: image('v2') }] } }, updateMask: { paths: ['template'] } })
    await cloud.emulator.control('clock', { advanceMs: 1000 })
    const service = await get(cloud, id)
    const [waiting] = await cloud.revisions.getRevision({ name: service.latestCreatedRevision ?? '' })
    expect(waiting.conditions?.find(one => one.type === 'Ready')?.state).toBe('CONDITION_RECONCILING')
    await cloud.emulator.control('behaviour', { service: id, notReady: null })
    await operation.promise()
    expect((await get(cloud, id)).latestReadyRevision).toBe(service.latestCreatedRevision)
  })

  test('get, list, wait and delete by name (google.longrunning over REST, gcp.md 2)', async () => {
    const id = freshId()
    const [operation] = await cloud.services.createService({ parent, serviceId: id, service: { template: { containers: [{ image: image('v1') }] } } })
    const url = `${cloud.emulator.url}/v2/${operation.name ?? ''}`
    expect(await (await fetch(url)).json()).toMatchObject({ name: operation.name, done: true, response: { '@type': 'type.googleapis.com/google.cloud.run.v2.Service', name: nameOf(id) } })
    expect(await (await fetch(`${url}:wait`, { method: 'POST', body: '{"timeout":"1s"}' })).json()).toMatchObject({ done: true })
    expect(await (await fetch(`${cloud.emulator.url}/v2/${parent}/operations`)).text()).toContain(operation.name)
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(200)
    expect((await fetch(url)).status).toBe(404)
  })

  test('results have numeric enums and 64-bit longs, unlike getService (gcp.md G2)', async () => {
    const id = freshId()
    const result = await create(cloud, id)
    expect(result.terminalCondition?.state).toBe(4)
    expect((await get(cloud, id)).terminalCondition?.state).toBe('CONDITION_SUCCEEDED')
  })

  test('a newer write takes over from one that is still open', async () => {
    const id = freshId()
    await create(cloud, id)
    const second = await deploy(cloud, id, 'v2')
    await cloud.emulator.control('operations', { delayMs: 60_000 })
    const first = await startShift(id, `${id}-00001-abc`)
    const next = await startShift(id, second)
    await cloud.emulator.control('clock', { advanceMs: 60_000 })
    await Promise.all([first.promise(), next.promise()])
    expect(split(await get(cloud, id))).toEqual([`${second}=100`])
  })

  test('validateOnly is done at once and is not kept', async () => {
    const id = freshId()
    await create(cloud, id)
    const [operation] = await cloud.services.updateService({ service: { name: nameOf(id), traffic: [pin(`${id}-00001-abc`, 100)] }, updateMask: { paths: ['traffic'] }, validateOnly: true })
    expect(operation.done).toBe(true)
    expect((await fetch(`${cloud.emulator.url}/v2/${operation.name ?? ''}`)).status).toBe(404)
    await settled(Promise.resolve([operation]))
  })
})
