import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { create, deploy, emulatedCloud, freshId, get, image, nameOf, pin, shift, split } from '#emulator/contract/clients.ts'

// The HTTP exchange of gcloud 528 as recorded with the settings of gcp.md 4: a proxy, so absolute-form targets, and the
// region in front of the host. gcloud.test.ts runs the command itself where it is installed.
const cloud = emulatedCloud()

interface V1 { metadata: Record<string, unknown> & { annotations: Record<string, string>; labels: Record<string, string> }; spec: { template: { metadata: Record<string, unknown>; spec: { containers: Record<string, unknown>[] } & Record<string, unknown> }; traffic: Record<string, unknown>[] }; status: { url: string; traffic: Record<string, unknown>[]; conditions: { type: string; status: string; message?: string }[]; observedGeneration: number; latestReadyRevisionName: string } }

function gcloud(method: string, target: string, body?: unknown): Promise<{ status: number; body: V1 }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: cloud.emulator.port, method, path: target, headers: { host: new URL(target).host, 'user-agent': 'google-cloud-sdk gcloud/528.0.0' } }, answer => {
      let text = ''
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) as V1 }))
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
const host = 'http://europe-west1-run.local'
const namespace = `${host}/apis/serving.knative.dev/v1/namespaces/demo`
const read = async (id: string) => (await gcloud('GET', `${namespace}/services/${id}?alt=json`)).body
const replace = (id: string, body: V1) => gcloud('PUT', `${namespace}/services/${id}?alt=json`, body)

/** What `gcloud run deploy` posts for a service that does not exist yet. */
const newService = (id: string) => ({
  apiVersion: 'serving.knative.dev/v1', kind: 'Service',
  metadata: { annotations: { 'run.googleapis.com/client-name': 'gcloud', 'run.googleapis.com/client-version': '528.0.0' }, labels: {}, name: id, namespace: 'demo' },
  spec: {
    template: {
      metadata: { annotations: { 'autoscaling.knative.dev/maxScale': '10', 'run.googleapis.com/client-name': 'gcloud', 'run.googleapis.com/startup-cpu-boost': 'True', 'run.googleapis.com/vpc-access-connector': 'haystack-connector' }, labels: { 'client.knative.dev/nonce': 'qkbhrfxikr' } },
      spec: {
        containers: [{ env: [{ name: 'HAYSTACK_ENV', value: 'production' }, { name: 'DATABASE_PASSWORD', valueFrom: { secretKeyRef: { key: 'latest', name: 'haystack-db-password' } } }], image: image('v1'), name: '', resources: { limits: { cpu: '2', memory: '4Gi' }, requests: {} } }],
        nodeSelector: {}, serviceAccountName: 'haystack-cloudrun@P.iam.gserviceaccount.com', timeoutSeconds: 60,
      },
    },
  },
  status: { address: {} },
})

describe('gcloud run deploy', () => {
  test('asks serviceusage whether the API is enabled (gcp.md 4)', async () => {
    const answer = await gcloud('GET', `${cloud.emulator.url}/v1/projects/demo/services/run.googleapis.com?alt=json`)
    expect(answer.body).toMatchObject({ state: 'ENABLED' })
  })

  test('creates the service with env, secrets, limits, scaling and connector where v2 has them', async () => {
    const id = freshId('gc')
    expect((await gcloud('POST', `${namespace}/services?alt=json`, newService(id))).status).toBe(200)
    expect((await get(cloud, id)).template).toMatchObject({
      scaling: { maxInstanceCount: 10 }, timeout: { seconds: '60' }, serviceAccount: 'haystack-cloudrun@P.iam.gserviceaccount.com', vpcAccess: { connector: 'haystack-connector' },
      containers: [{ image: image('v1'), resources: { limits: { cpu: '2', memory: '4Gi' }, startupCpuBoost: true }, env: [{ name: 'HAYSTACK_ENV', value: 'production' }, { name: 'DATABASE_PASSWORD', valueSource: { secretKeyRef: { secret: 'haystack-db-password', version: 'latest' } } }] }],
    })
    expect(await read(id)).toMatchObject({ status: { url: (await get(cloud, id)).uri, latestReadyRevisionName: `${id}-00001-abc`, traffic: [{ latestRevision: true, revisionName: `${id}-00001-abc`, percent: 100 }] } })
  })

  test('a new image by PUT makes a revision; a broken one shows in the conditions, not in the status code', async () => {
    const id = freshId('gc')
    await gcloud('POST', `${namespace}/services?alt=json`, newService(id))
    const service = await read(id)
    service.spec.template.spec.containers[0] = { ...service.spec.template.spec.containers[0], image: image('v2-crash') }
    const answer = await replace(id, service)
    expect(answer.status).toBe(200)
    const failed = (await read(id)).status
    expect(failed.conditions.find(one => one.type === 'Ready')).toMatchObject({ status: 'False', message: expect.stringContaining('is not ready and cannot serve traffic') as string })
    expect(failed).toMatchObject({ observedGeneration: 2, latestReadyRevisionName: `${id}-00001-abc` })
  })

  test('--allow-unauthenticated reads and writes the policy; its etag is base64 (gcp.md 3.1)', async () => {
    const id = freshId('gc')
    await gcloud('POST', `${namespace}/services?alt=json`, newService(id))
    const policyUrl = `${host}/v1/projects/demo/locations/europe-west1/services/${id}`
    const { body } = await gcloud('GET', `${policyUrl}:getIamPolicy?alt=json`)
    const { etag } = body as unknown as { etag: string }
    expect(Buffer.from(etag, 'base64').toString('base64')).toBe(etag)
    const bindings = [{ role: 'roles/run.invoker', members: ['allUsers'] }]
    expect((await gcloud('POST', `${policyUrl}:setIamPolicy?alt=json`, { policy: { bindings, etag, version: 1 } })).body).toMatchObject({ bindings })
    expect((await gcloud('POST', `${policyUrl}:setIamPolicy?alt=json`, { policy: { bindings: [], etag, version: 1 } })).status).toBe(409)
    expect((await gcloud('GET', `${policyUrl}:getIamPolicy?alt=json`)).body).toMatchObject({ bindings })
  })
})

describe('gcloud run services update-traffic', () => {
  test('--to-revisions=LATEST=10: the whole service goes back with new traffic and makes no revision', async () => {
    const id = freshId('gc')
    await create(cloud, id)
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100)])
    const second = await deploy(cloud, id, 'v2')
    const service = await read(id)
    service.spec.traffic = [{ percent: 90, revisionName: `${id}-00001-abc` }, { latestRevision: true, percent: 10 }]
    expect((await replace(id, service)).status).toBe(200)
    expect(split(await get(cloud, id))).toEqual([`${id}-00001-abc=90`, 'LATEST=10'])
    expect((await cloud.revisions.listRevisions({ parent: nameOf(id) }))[0]).toHaveLength(2)
    expect((await read(id)).status.traffic[1]).toMatchObject({ latestRevision: true, revisionName: second, percent: 10 })
  })

  test('an echo keeps tags, scaling, labels, probes and whatever v1 cannot say', async () => {
    const id = freshId('gc')
    await create(cloud, id, 'v1', {
      labels: { team: 'a' }, annotations: { 'example.test/x': 'y' }, scaling: { minInstanceCount: 2 }, customAudiences: ['https://a.example.test'],
      template: { healthCheckDisabled: true, sessionAffinity: true, volumes: [{ name: 's', secret: { secret: 'k', items: [{ path: 'p', version: '3' }] } }], containers: [{ image: image('v1'), startupProbe: { httpGet: { path: '/health' }, periodSeconds: 3 } }] },
    })
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100), pin(`${id}-00001-abc`, 0, 'blue')])
    const { etag: _, updateTime: __, lastModifier: ___, terminalCondition: ____, conditions: _____, ...before } = await get(cloud, id)
    expect((await replace(id, await read(id))).status).toBe(200)
    const { etag: a, updateTime: b, lastModifier: c, terminalCondition: d, conditions: e, ...after } = await get(cloud, id)
    expect([a, b, c, d, e].every(value => value !== undefined)).toBe(true)
    expect(after).toEqual(before)
  })

  test('an old resourceVersion is 409 ABORTED; a change by v2 moves it (gcp.md 3.3)', async () => {
    const id = freshId('gc')
    await create(cloud, id)
    const stale = await read(id)
    await shift(cloud, id, [pin(`${id}-00001-abc`, 100)])
    const answer = await replace(id, stale)
    expect(answer).toMatchObject({ status: 409, body: { error: { status: 'ABORTED', message: expect.stringMatching(/^Conflict for resource '.+': version '\d{16}' was specified but current version is '\d{16}'\.$/) as string } } })
  })

  test('an unknown revision is taken and fails in the conditions, as gcloud reports it', async () => {
    const id = freshId('gc')
    await create(cloud, id)
    const service = await read(id)
    service.spec.traffic = [{ percent: 100, revisionName: `${id}-00077-abc` }]
    expect((await replace(id, service)).status).toBe(200)
    expect((await read(id)).status.conditions.find(one => one.type === 'RoutesReady')).toMatchObject({ status: 'False', message: expect.stringContaining('does not exist or is deleted') as string })
  })
})

describe('gcloud run … list and delete', () => {
  test('services of a region, and of all regions at the global host', async () => {
    const id = freshId('gc')
    await create(cloud, id)
    const names = async (url: string) => ((await gcloud('GET', url)).body as unknown as { items: V1[] }).items.map(one => one.metadata['name'])
    expect(await names(`${namespace}/services?alt=json`)).toContain(id)
    expect(await names('http://us-east1-run.local/apis/serving.knative.dev/v1/namespaces/demo/services')).not.toContain(id)
    expect(await names('http://run.local/v1/projects/demo/locations/-/services?alt=json')).toContain(id)
  })

  test('revisions of a service by label, with readiness and the image digest', async () => {
    const id = freshId('gc')
    await create(cloud, id)
    const second = await deploy(cloud, id, 'v2')
    const { items } = (await gcloud('GET', `${namespace}/revisions?labelSelector=${encodeURIComponent(`serving.knative.dev/service=${id}`)}`)).body as unknown as { items: { metadata: { name: string }; status: { imageDigest: string; conditions: { type: string; status: string }[] } }[] }
    expect(items.map(one => one.metadata.name)).toEqual([second, `${id}-00001-abc`])
    expect(items[0]?.status).toMatchObject({ imageDigest: expect.stringMatching(/@sha256:[0-9a-f]{64}$/) as string })
    expect(items[0]?.status.conditions.find(one => one.type === 'Ready')?.status).toBe('True')
  })

  test('a service is deleted for both faces', async () => {
    const id = freshId('gc')
    await create(cloud, id)
    expect((await gcloud('DELETE', `${namespace}/services/${id}`)).status).toBe(200)
    expect((await gcloud('GET', `${namespace}/services/${id}`)).status).toBe(404)
    await expect(get(cloud, id)).rejects.toMatchObject({ code: 5 })
  })

  test('a tunnel is declined with the reason', async () => {
    const answer = await new Promise<number>((resolve, reject) => {
      request({ host: '127.0.0.1', port: cloud.emulator.port, method: 'CONNECT', path: 'run.googleapis.com:443' }).on('connect', response => resolve(response.statusCode ?? 0)).on('error', reject).end()
    })
    expect(answer).toBe(501)
  })
})
