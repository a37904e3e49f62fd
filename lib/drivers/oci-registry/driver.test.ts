import { createHash } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { ociRegistry } from '#lib/drivers/oci-registry/driver.ts'
import type { ImageRef } from '#lib/drivers/registry-images.ts'

const digest = `sha256:${'1'.repeat(64)}`
const image = (over: Partial<ImageRef> = {}): ImageRef => ({ host: 'gcr.io', path: 'acme/api', repository: 'gcr.io/acme/api', tag: 'v1', digest: null, ...over })
const servers: Server[] = []
const seen: { method: string; url: string; headers: Record<string, unknown> }[] = []

async function registry(answer: RequestListener, options: { timeoutMs?: number } = {}) {
  const server = createServer((request, response) => {
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return ociRegistry({ baseUrl: (host) => `http://127.0.0.1:${port}/registry/${host}`, bearer: async (host) => (host === 'gcr.io' ? 'secret-token' : null), ...options })
}

afterEach(() => {
  seen.length = 0
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

describe('a tag', () => {
  test('is resolved by HEAD from the digest header', async () => {
    const r = await registry((_, response) => response.writeHead(200, { 'docker-content-digest': digest }).end())
    expect(await r.resolve(image())).toBe(digest)
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ method: 'HEAD', url: '/registry/gcr.io/v2/acme/api/manifests/v1' })
    expect(seen[0]?.headers['accept']).toContain('application/vnd.oci.image.index.v1+json')
    expect(seen[0]?.headers['authorization']).toBe('Bearer secret-token')
  })
  test('is hashed from its manifest when the registry leaves the header out', async () => {
    const body = '{"schemaVersion":2}'
    const r = await registry((_, response) => response.writeHead(200).end(body))
    expect(await r.resolve(image({ host: 'other.example' }))).toBe(`sha256:${createHash('sha256').update(body).digest('hex')}`)
    expect(seen.map((s) => s.method)).toEqual(['HEAD', 'GET'])
    expect(seen[0]?.headers['authorization']).toBeUndefined()
  })
  test('of a manifest without end is refused', async () => {
    const r = await registry((request, response) => {
      response.writeHead(200)
      if (request.method === 'HEAD') return response.end()
      const write = (): void => void (response.write(Buffer.alloc(256 * 1024)) ? setImmediate(write) : response.once('drain', write))
      return write()
    })
    await expect(r.resolve(image())).rejects.toMatchObject({ kind: 'invalid', retriable: false })
  })
})

test('a digest is looked up, not believed', async () => {
  const r = await registry((request, response) => response.writeHead(request.url?.endsWith(digest) ? 200 : 404).end())
  expect(await r.resolve(image({ digest }))).toBe(digest)
  expect(await r.exists('gcr.io/acme/api', digest)).toBe(true)
  expect(await r.exists('gcr.io/acme/api', `sha256:${'2'.repeat(64)}`)).toBe(false)
})

describe('what the registry answers becomes', () => {
  test.each([
    [404, 'not_found', false],
    [401, 'denied', false],
    [403, 'denied', false],
    [429, 'quota', true],
    [500, 'unavailable', true],
    [503, 'unavailable', true],
    [302, 'failed', false],
    [418, 'failed', false],
  ])('%i → %s', async (status, kind, retriable) => {
    const r = await registry((_, response) => response.writeHead(status, status === 302 ? { location: 'http://169.254.169.254/' } : {}).end())
    await expect(r.resolve(image())).rejects.toMatchObject({ name: 'DriverError', kind, retriable, outcome: 'none' })
    expect(seen).toHaveLength(1)
  })
  test('no answer → timeout', async () => {
    const r = await registry(() => undefined, { timeoutMs: 50 })
    await expect(r.resolve(image())).rejects.toMatchObject({ kind: 'timeout', retriable: true })
  })
  test('nobody there → unavailable, without the token in the message', async () => {
    const r = ociRegistry({ baseUrl: () => 'http://127.0.0.1:1', bearer: async () => 'secret-token' })
    const error: unknown = await r.resolve(image()).catch((e: unknown) => e)
    expect(error).toMatchObject({ kind: 'unavailable' })
    expect(String(error)).not.toContain('secret-token')
  })
})
