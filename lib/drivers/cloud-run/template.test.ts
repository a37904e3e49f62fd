import { expect, test } from 'vitest'
import { configOf, observationOf, revisionOf } from '#lib/drivers/cloud-run/read.ts'
import { nextTemplate } from '#lib/drivers/cloud-run/template.ts'

const proxy = { name: 'proxy', image: 'docker.io/envoy:1', env: [{ name: 'MODE', value: 'edge' }] }
const own = { name: 'api', image: 'a.io/api:v1', ports: [{ containerPort: 8080 }], env: [{ name: 'LEVEL', value: 'INFO' }] }
const containers = [proxy, own]

test('a sidecar that stands first stays as it is: image and config are those of the container that takes requests', () => {
  const next = nextTemplate({ containers }, 'a.io/api@sha256:1', { env: { LEVEL: 'DEBUG' } }, {})
  expect(next.containers).toEqual([proxy, { ...own, image: 'a.io/api@sha256:1', env: [{ name: 'LEVEL', value: 'DEBUG' }] }])
})

test('what is read of a service with sidecars is its own', () => {
  expect(configOf({ containers })).toEqual({ 'env LEVEL': 'INFO' })
  expect(observationOf({ template: { containers } }).image).toBe('a.io/api:v1')
  expect(revisionOf({ name: 'r', containers }).image).toBe('a.io/api:v1')
})

test('a service without ports on record, and one that is made, have one container', () => {
  expect(nextTemplate({ containers: [{ image: 'a.io/api:v1' }] }, 'a.io/api:v2', {}, {}).containers).toEqual([{ image: 'a.io/api:v2', env: [] }])
  expect(nextTemplate({}, 'a.io/api:v2', {}, {}).containers).toEqual([{ image: 'a.io/api:v2', env: [] }])
})
