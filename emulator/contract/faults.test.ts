import { request } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { create, deploy, emulatedCloud, freshId, get, nameOf, parent, pin, refusal, settled, shift, split } from '#emulator/contract/clients.ts'

const cloud = emulatedCloud()
const fault = (body: object) => cloud.emulator.control('faults', body)
const callsOf = (id: string) => cloud.emulator.calls({ service: nameOf(id) })
const shiftWithin = (id: string, timeoutMs: number) => cloud.services.updateService({ service: { name: nameOf(id), traffic: [pin(`${id}-00001-abc`, 100)] }, updateMask: { paths: ['traffic'] } }, { timeout: timeoutMs })

/** fetch does not let a test choose the Host header. */
const statusWithHost = (host: string) => new Promise<number>((resolve, reject) => {
  request({ host: '127.0.0.1', port: cloud.emulator.port, path: '/_control', headers: { host } }, answer => {
    answer.resume()
    resolve(answer.statusCode ?? 0)
  }).on('error', reject).end()
})

afterEach(async () => {
  await cloud.emulator.control('faults', undefined, 'DELETE')
  await cloud.emulator.control('quota', {})
})

describe('quota', () => {
  test('writes beyond the limit are RESOURCE_EXHAUSTED with the details of the real API (gcp.md 3.3, quota)', async () => {
    const id = freshId()
    await create(cloud, id)
    await cloud.emulator.control('quota', { writesPerMinute: 1 })
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100)])
    const error = await refusal(shift(cloud, id, [pin(`${id}-00001-abc`, 100)]))
    expect(error).toMatchObject({
      code: 8, reason: 'RATE_LIMIT_EXCEEDED', domain: 'googleapis.com',
      errorInfoMetadata: { service: 'run.googleapis.com', quota_metric: 'run.googleapis.com/write_regional', quota_limit: 'WritePerMinutePerProjectRegion', quota_limit_value: '1', quota_location: 'europe-west1' },
    })
    expect(error.message).toMatch(/^Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per region' of service 'run\.googleapis\.com' for consumer 'project_number:\d+'/)
  })

  test('reads have a limit of their own, per project and region, that opens a minute later', async () => {
    const id = freshId()
    await create(cloud, id)
    await cloud.emulator.control('quota', { readsPerMinute: 1 })
    await get(cloud, id)
    expect(await refusal(get(cloud, id))).toMatchObject({ code: 8 })
    expect((await cloud.services.listServices({ parent: 'projects/demo/locations/us-east1' }))[0]).toEqual([])
    await cloud.emulator.control('clock', { advanceMs: 60_000 })
    await get(cloud, id)
  })

  test('the defaults are 3,000 reads and 180 writes (gcp.md 3.4)', async () => {
    expect(await cloud.emulator.control('quota')).toEqual({ readsPerMinute: 3000, writesPerMinute: 180 })
  })
})

describe('faults', () => {
  test('error 503 is UNAVAILABLE, which an update does not retry (gcp.md 3.3, client retries)', async () => {
    const id = freshId()
    await create(cloud, id)
    await fault({ rpc: 'UpdateService', kind: 'error', status: 503 })
    expect(await refusal(shiftWithin(id, 5000))).toMatchObject({ code: 14 })
    expect((await callsOf(id)).filter(call => call.rpc === 'UpdateService').map(call => call.status)).toEqual([503])
  })

  test('a read is retried by the client on UNAVAILABLE, and passes once the fault is used up', async () => {
    const id = freshId()
    await create(cloud, id)
    await fault({ rpc: 'GetService', kind: 'error', status: 503, times: 1 })
    expect((await get(cloud, id)).name).toBe(nameOf(id))
  })

  test('429 carries Retry-After in seconds', async () => {
    const id = freshId()
    await create(cloud, id)
    await fault({ rpc: 'GetService', kind: 'error', status: 429, retryAfterSeconds: 7 })
    const answer = await fetch(`${cloud.emulator.url}/v2/${nameOf(id)}`)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7'])
  })

  test('etag_conflict refuses as a real conflict does, though nobody else wrote', async () => {
    const id = freshId()
    await create(cloud, id)
    await fault({ rpc: 'UpdateService', service: id, kind: 'etag_conflict', times: 1 })
    expect(await refusal(shiftWithin(id, 5000))).toMatchObject({ code: 10, message: expect.stringContaining(`Conflict for resource '${id}'`) as string })
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100)])
  })

  test('timeout: no answer and no effect', async () => {
    const id = freshId()
    await create(cloud, id)
    await fault({ rpc: 'UpdateService', kind: 'timeout', times: 1 })
    expect(await refusal(shiftWithin(id, 200))).toMatchObject({ code: 4 })
    expect(split(await get(cloud, id))).toEqual(['LATEST=100'])
  })

  test('timeout_applied: no answer, but the effect is there', async () => {
    const id = freshId()
    await create(cloud, id)
    await fault({ rpc: 'UpdateService', kind: 'timeout_applied', times: 1 })
    expect(await refusal(shiftWithin(id, 200))).toMatchObject({ code: 4 })
    expect(split(await get(cloud, id))).toEqual([`${id}-00001-abc=100`])
  })

  test('not_applied: 200, but nothing changed', async () => {
    const id = freshId()
    await create(cloud, id)
    const before = await get(cloud, id)
    await fault({ rpc: 'UpdateService', kind: 'not_applied', times: 1 })
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100)])
    expect(await get(cloud, id)).toEqual(before)
  })

  test('reset cuts the connection', async () => {
    const id = freshId()
    await create(cloud, id)
    await fault({ pathContains: '/v2/projects', kind: 'reset', times: 1 })
    await expect(fetch(`${cloud.emulator.url}/v2/${nameOf(id)}`)).rejects.toThrow()
    await get(cloud, id)
  })

  test('the data plane fails only where it is meant', async () => {
    const id = freshId()
    await create(cloud, id)
    const uri = (await get(cloud, id)).uri ?? ''
    await fault({ service: id, kind: 'error', status: 503 })
    expect((await fetch(`${uri}/`)).status).toBe(200)
    await fault({ rpc: 'data', service: id, kind: 'error', status: 502 })
    expect((await fetch(`${uri}/`)).status).toBe(502)
  })

  test('a fault with a wrong field is refused by name', async () => {
    await expect(fault({ kind: 'explode' })).rejects.toThrow(/'kind'/)
    await expect(fault({ kind: 'error', retry: 1 })).rejects.toThrow(/400/)
  })
})

describe('the call log', () => {
  test('has every write once, with mask, body, reason and outcome', async () => {
    const id = freshId()
    await create(cloud, id)
    await cloud.services.updateService({ service: { name: nameOf(id), traffic: [pin(`${id}-00001-abc`, 100)] }, updateMask: { paths: ['traffic'] } }, { otherArgs: { headers: { 'x-goog-request-reason': 'rollout r1 epoch 3' } } })
    await refusal(shift(cloud, id, [pin(`${id}-00001-abc`, 10)]))
    const [created, shifted, refused] = await callsOf(id)
    expect(created).toMatchObject({ api: 'run.v2', rpc: 'CreateService', status: 200 })
    expect(shifted).toMatchObject({ rpc: 'UpdateService', method: 'PATCH', updateMask: 'traffic', requestReason: 'rollout r1 epoch 3', status: 200, body: expect.stringContaining('"percent":100') as string })
    expect(refused).toMatchObject({ status: 400, error: expect.stringContaining('INVALID_ARGUMENT') as string })
  })

  test('leaves reads, dry runs and requests to services out of the writes; since= goes on from a number', async () => {
    const id = freshId()
    await create(cloud, id)
    const before = ((await cloud.emulator.control('calls')) as { lastSeq: number }).lastSeq
    await get(cloud, id)
    await settled(cloud.services.updateService({ service: { name: nameOf(id), traffic: [] }, updateMask: { paths: ['traffic'] }, validateOnly: true }))
    await fetch(`${(await get(cloud, id)).uri ?? ''}/`)
    expect(await cloud.emulator.calls({ since: before })).toEqual([])
    const reads = await cloud.emulator.calls({ since: before, write: false, service: id })
    expect(reads.map(call => call.rpc)).toEqual(['GetService', 'UpdateService', 'GetService'])
  })
})

describe('/_control itself', () => {
  test('refuses web pages and other hosts', async () => {
    expect((await fetch(`${cloud.emulator.url}/_control`, { headers: { origin: 'http://evil.test' } })).status).toBe(403)
    expect(await statusWithHost('rebound.evil.test')).toBe(403)
    expect(await statusWithHost('localhost:3010')).toBe(200)
  })

  test('says what it has when asked for what it does not', async () => {
    await expect(cloud.emulator.control('nope')).rejects.toThrow(/GET \/_control\/calls/)
  })

  test('reset empties the cloud', async () => {
    const id = freshId()
    await create(cloud, id)
    await deploy(cloud, id, 'v2')
    await cloud.emulator.control('reset', {})
    expect(await refusal(get(cloud, id))).toMatchObject({ code: 5 })
    expect((await cloud.services.listServices({ parent }))[0]).toEqual([])
  })
})
