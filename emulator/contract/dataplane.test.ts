import { beforeAll, describe, expect, test } from 'vitest'
import { create, deploy, emulatedCloud, freshId, get, image, nameOf, pin, settled, shift } from '#emulator/contract/clients.ts'

const cloud = emulatedCloud()
// Draws that repeat: counts below are the same in every run.
beforeAll(() => cloud.emulator.control('random', { seed: 7 }))

/** So many requests, ten at a time: how often each revision and status answered. */
async function ask(url: string, times: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  let left = times
  const asker = async () => {
    while (left-- > 0) {
      const answer = await fetch(url)
      await answer.arrayBuffer()
      for (const key of [answer.headers.get('x-revision') ?? 'none', String(answer.status)]) counts[key] = (counts[key] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: 10 }, asker))
  return counts
}

/** A pinned first revision and a candidate with the tag `blue`; returns both names and URLs. */
async function canary(tag: string, percent: number) {
  const id = freshId('data')
  await create(cloud, id)
  const first = `${id}-00001-abc`
  await shift(cloud, id, [pin(first, 100)])
  const second = await deploy(cloud, id, tag)
  await shift(cloud, id, [pin(first, 100 - percent), pin(second, percent), pin(second, 0, 'blue')])
  const service = await get(cloud, id)
  return { id, first, second, uri: service.uri ?? '', tagUri: service.trafficStatuses?.[2]?.uri ?? '' }
}

describe('the split', () => {
  test('a thousand requests show it within sampling error (DESIGN 10, drawn by trafficStatuses)', async () => {
    const { uri, first, second } = await canary('v2', 10)
    const counts = await ask(`${uri}/`, 1000)
    // Four standard deviations of a binomial of 1,000 at 10%.
    expect(Math.abs((counts[second] ?? 0) - 100)).toBeLessThan(38)
    expect((counts[first] ?? 0) + (counts[second] ?? 0)).toBe(1000)
  })

  test('LATEST goes to the latest ready revision (gcp.md 3.1, resolve through latestReadyRevision)', async () => {
    const id = freshId('data')
    await create(cloud, id)
    const second = await deploy(cloud, id, 'v2')
    expect(await ask(`${(await get(cloud, id)).uri ?? ''}/`, 20)).toEqual({ [second]: 20, 200: 20 })
  })

  test('a tag is reached at its URL at 0% (gcp.md 3.1, tag at 0%)', async () => {
    const { uri, tagUri, first, second } = await canary('v2', 0)
    expect(await ask(`${tagUri}/health`, 20)).toEqual({ [second]: 20, 200: 20 })
    expect(await ask(`${uri}/health`, 20)).toEqual({ [first]: 20, 200: 20 })
  })

  test('a service or tag that does not exist is 404', async () => {
    const { uri, tagUri } = await canary('v2', 0)
    expect((await fetch(`${uri}x/`)).status).toBe(404)
    expect((await fetch(tagUri.replace(/blue$/, 'green'))).status).toBe(404)
  })
})

describe('paths', () => {
  test.each([['/', 200], ['/health', 200], ['/healthz', 200], ['/api/v1/health/', 200], ['/nope', 404], ['/api/v1/admin/tenants', 401]])('%s answers %i (DESIGN 10)', async (path, status) => {
    const { tagUri } = await canary('v2', 0)
    expect((await fetch(tagUri + path)).status).toBe(status)
  })

  test('the admin path opens with x-admin-key; the body names the revision too', async () => {
    const { tagUri, second } = await canary('v2', 0)
    expect((await fetch(`${tagUri}/api/v1/admin/tenants`, { method: 'POST', headers: { 'x-admin-key': 'k' } })).status).toBe(200)
    expect(await (await fetch(`${tagUri}/`)).json()).toMatchObject({ revision: second, status: 200, path: '/' })
  })
})

describe('behaviours of the image tag (DESIGN 10)', () => {
  test('-err20 fails a fifth of the requests by the split and none of its tag', async () => {
    const { uri, tagUri } = await canary('v2-err20', 100)
    const failed = (await ask(`${uri}/`, 500))[500] ?? 0
    expect(Math.abs(failed - 100)).toBeLessThan(36)
    expect(await ask(`${tagUri}/`, 50)).toMatchObject({ 200: 50 })
  })

  test('-verifyfail fails at its tag only', async () => {
    const { uri, tagUri } = await canary('v2-verifyfail', 100)
    expect((await fetch(`${tagUri}/health`)).status).toBe(500)
    expect((await fetch(`${uri}/health`)).status).toBe(200)
  })

  test('a revision deployed by digest behaves by its tag', async () => {
    const id = freshId('data')
    await create(cloud, id)
    const manifest = await fetch(`${cloud.emulator.url}/registry/europe-docker.pkg.dev/v2/bar/api/api/manifests/v9-verifyfail`)
    const digest = manifest.headers.get('docker-content-digest') ?? ''
    await settled(cloud.services.updateService({ service: { name: nameOf(id), template: { containers: [{ image: `${image('x').split(':')[0] ?? ''}@${digest}` }] } }, updateMask: { paths: ['template'] } }))
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100), pin((await get(cloud, id)).latestReadyRevision?.split('/').at(-1) ?? '', 0, 'blue')])
    expect((await fetch(`${(await get(cloud, id)).trafficStatuses?.[1]?.uri ?? ''}/health`)).status).toBe(500)
  })

  test('-leak is sound at first and fails more than ten minutes after its first traffic', async () => {
    const { uri } = await canary('v2-leak', 100)
    expect((await ask(`${uri}/`, 100))[500]).toBeUndefined()
    await cloud.emulator.control('clock', { advanceMs: 50 * 60_000 })
    expect((await ask(`${uri}/`, 200))[500] ?? 0).toBeGreaterThan(40)
  })

  test('/_control/behaviour makes one revision fail, and lets it be again', async () => {
    const { uri, second } = await canary('v2', 100)
    await cloud.emulator.control('behaviour', { revision: second, errorPercent: 100 })
    expect(await ask(`${uri}/`, 10)).toMatchObject({ 500: 10 })
    await cloud.emulator.control('behaviour', { revision: second, errorPercent: null })
    expect(await ask(`${uri}/`, 10)).toMatchObject({ 200: 10 })
  })
})
