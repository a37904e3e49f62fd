import { expect, test } from 'vitest'
import { googleRegistry } from '#lib/drivers/oci-registry/google.ts'

test.each(['169.254.169.254', 'localhost:1', '127.0.0.1:1', 'metadata.google.internal'])('a release cannot send us to %s', async (host) => {
  const image = { host, path: 'a', repository: `${host}/a`, tag: 'v1', digest: null }
  await expect(googleRegistry([]).resolve(image)).rejects.toMatchObject({ name: 'DriverError', kind: 'denied' })
})
