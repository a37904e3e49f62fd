import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { create, deploy, emulatedCloud, freshId, nameOf, pin, refusal, shift } from '#emulator/contract/clients.ts'

const cloud = emulatedCloud()
const repository = 'europe-docker.pkg.dev/bar/api/api'
const manifest = (reference: string, method = 'GET') => fetch(`${cloud.emulator.url}/registry/europe-docker.pkg.dev/v2/bar/api/api/manifests/${reference}`, { method })
const digestOf = (tag: string) => `sha256:${createHash('sha256').update(`${repository}:${tag}`).digest('hex')}`

describe('OCI distribution API', () => {
  test('/v2/ answers the version check (distribution-spec, "Determining Support")', async () => {
    const answer = await fetch(`${cloud.emulator.url}/registry/europe-docker.pkg.dev/v2/`)
    expect([answer.status, answer.headers.get('docker-distribution-api-version')]).toEqual([200, 'registry/2.0'])
  })

  test.each(['GET', 'HEAD'])('%s of any tag resolves to the same digest every time (distribution-spec, "Pulling manifests")', async method => {
    const answer = await manifest('v1.0.0', method)
    expect([answer.status, answer.headers.get('docker-content-digest')]).toEqual([200, digestOf('v1.0.0')])
    expect(answer.headers.get('content-type')).toBe('application/vnd.oci.image.manifest.v1+json')
  })

  test('a digest is known once its tag was resolved, or deployed', async () => {
    expect((await manifest(digestOf('v77'))).status).toBe(404)
    await manifest('v77')
    expect((await manifest(digestOf('v77'))).status).toBe(200)
    await create(cloud, freshId(), 'v78')
    expect((await manifest(digestOf('v78'), 'HEAD')).status).toBe(200)
  })

  test('a tag that ends in -missing is MANIFEST_UNKNOWN (distribution-spec, "Error codes")', async () => {
    const answer = await manifest('v1-missing')
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ errors: [{ code: 'MANIFEST_UNKNOWN' }] })
  })

  test('a deleted image is gone by tag and digest; an idle revision of it is no longer ready, a serving one still is', async () => {
    const id = freshId()
    await create(cloud, id, 'v5')
    const second = await deploy(cloud, id, 'v6')
    for (const tag of ['v5', 'v6']) await cloud.emulator.control('registry', { delete: `${repository}@${digestOf(tag)}` })
    expect([(await manifest('v5')).status, (await manifest(digestOf('v5'))).status]).toEqual([404, 404])
    const ready = async (revision: string) => (await cloud.revisions.getRevision({ name: `${nameOf(id)}/revisions/${revision}` }))[0].conditions?.find(one => one.type === 'Ready')?.state
    expect([await ready(`${id}-00001-abc`), await ready(second)]).toEqual(['CONDITION_FAILED', 'CONDITION_SUCCEEDED'])
    expect(await refusal(shift(cloud, id, [pin(`${id}-00001-abc`, 100)]))).toMatchObject({ code: 13 })
    await cloud.emulator.control('registry', { restore: `${repository}@${digestOf('v5')}` })
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100)])
  })

  test('pushing is refused', async () => {
    expect((await manifest('v1', 'PUT')).status).toBe(405)
  })
})
