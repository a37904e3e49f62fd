import { describe, expect, test } from 'vitest'
import { DriverError } from '#lib/drivers/errors.ts'
import type { ImageRegistry } from '#lib/drivers/registry-images.ts'
import { checkArtifacts, resolveArtifacts } from '#lib/releases/artifacts.ts'

const service = (slug: string, over: object = {}) => ({ id: `id-${slug}`, slug, kind: 'service', repository: null as string | null, retiredAt: null as Date | null, ...over })
const services = [service('api', { repository: 'eu-docker.pkg.dev/acme/api' }), service('worker'), service('old', { retiredAt: new Date(0) }), service('nightly', { kind: 'job' })]
const digest = `sha256:${'1'.repeat(64)}`

describe('what may be shipped', () => {
  test.each([
    ['the repository itself', 'eu-docker.pkg.dev/acme/api:v1'],
    ['an image in the repository', 'eu-docker.pkg.dev/acme/api/api:v1'],
    ['a digest of it', `eu-docker.pkg.dev/acme/api@${digest}`],
  ])('%s', (_, image) => {
    expect(checkArtifacts([{ service: 'api', image }], services)).toHaveLength(1)
  })
})

describe('refused with the field and what is allowed', () => {
  test.each([
    ['a service that is not there', [{ service: 'web', image: 'a.io/web:1' }], 'artifacts.0.service', /allowed: api, worker$/],
    ['a retired service', [{ service: 'old', image: 'a.io/old:1' }], 'artifacts.0.service', /not a service/],
    ['a job', [{ service: 'nightly', image: 'a.io/n:1' }], 'artifacts.0.service', /not a service/],
    ['a service named twice', [{ service: 'worker', image: 'a.io/w:1' }, { service: 'worker', image: 'a.io/w:2' }], 'artifacts.1.service', /twice/],
    ['another repository', [{ service: 'worker', image: 'a.io/w:1' }, { service: 'api', image: 'eu-docker.pkg.dev/acme/apix:v1' }], 'artifacts.1.image', /must come from eu-docker\.pkg\.dev\/acme\/api/],
    ['what is no reference', [{ service: 'worker', image: 'a.io/W:1' }], 'artifacts.0.image', /allowed: /],
  ])('%s', (_, given, field, message) => {
    expect(() => checkArtifacts(given, services)).toThrow(expect.objectContaining({ code: 'invalid_input', field, message: expect.stringMatching(message) }))
  })
})

describe('digests', () => {
  const registry = (known: Record<string, string>, kind: DriverError['kind'] = 'not_found'): ImageRegistry => ({
    resolve: async (ref) => {
      const found = known[`${ref.repository}:${ref.tag}`]
      if (found) return found
      throw new DriverError({ provider: 'test', operation: 'manifest', kind, message: `no ${ref.repository}`, retriable: false, outcome: 'none' })
    },
    exists: async () => true,
  })
  const checked = checkArtifacts([{ service: 'worker', image: 'a.io/w:1' }, { service: 'api', image: 'eu-docker.pkg.dev/acme/api:v9' }], services)

  test('are resolved for all', async () => {
    const resolved = await resolveArtifacts(checked, registry({ 'a.io/w:1': digest, 'eu-docker.pkg.dev/acme/api:v9': digest }))
    expect(resolved.map((a) => [a.service, a.digest])).toEqual([['worker', digest], ['api', digest]])
  })
  test('one that is unknown refuses the release, naming its field', async () => {
    await expect(resolveArtifacts(checked, registry({ 'a.io/w:1': digest }))).rejects.toMatchObject({ code: 'unprocessable', field: 'artifacts.1.image' })
  })
  test('a registry that refuses says so at the field', async () => {
    await expect(resolveArtifacts(checked, registry({}, 'denied'))).rejects.toMatchObject({ code: 'unprocessable', field: 'artifacts.0.image' })
  })
  test('a registry that does not answer is no fault of the input', async () => {
    await expect(resolveArtifacts(checked, registry({}, 'unavailable'))).rejects.toBeInstanceOf(DriverError)
  })
})
