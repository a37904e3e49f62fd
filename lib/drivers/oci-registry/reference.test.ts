import { describe, expect, test } from 'vitest'
import { isBadReference, parseImageRef } from '#lib/drivers/oci-registry/reference.ts'

const digest = `sha256:${'a'.repeat(64)}`

describe('an image reference is read as', () => {
  test.each([
    ['europe-docker.pkg.dev/acme/api/api:v1.2.0', 'europe-docker.pkg.dev', 'acme/api/api', 'v1.2.0', null],
    [`europe-docker.pkg.dev/acme/api/api@${digest}`, 'europe-docker.pkg.dev', 'acme/api/api', null, digest],
    [`gcr.io/acme/api:v1@${digest}`, 'gcr.io', 'acme/api', 'v1', digest],
    ['gcr.io/acme/api', 'gcr.io', 'acme/api', 'latest', null],
    ['localhost:5000/api:dev', 'localhost:5000', 'api', 'dev', null],
    ['localhost/api', 'localhost', 'api', 'latest', null],
    ['GCR.io/acme/api:V1', 'gcr.io', 'acme/api', 'V1', null],
    ['acme/api:v1', 'docker.io', 'acme/api', 'v1', null],
    ['nginx', 'docker.io', 'library/nginx', 'latest', null],
  ])('%s', (text, host, path, tag, wanted) => {
    expect(parseImageRef(text)).toEqual({ host, path, repository: `${host}/${path}`, tag, digest: wanted })
  })
})

describe('refused, with what is allowed', () => {
  test.each([
    ['', /not valid in an image path/],
    [' gcr.io/acme/api', /no spaces/],
    ['gcr.io/acme/api v1', /no spaces/],
    ['https://gcr.io/acme/api', /no scheme/],
    ['gcr.io/acme/API:v1', /"API" is not valid/],
    ['gcr.io/acme/api:', /tag is not valid/],
    ['gcr.io/acme/api:v/1', /"api:v" is not valid/],
    [`gcr.io/acme/api:${'v'.repeat(129)}`, /tag is not valid/],
    ['gcr.io/acme/api@sha256:abc', /digest is not valid/],
    [`gcr.io/acme/api@${digest}@${digest}`, /at most one @/],
    ['gcr.io/acme/../api:v1', /"\.\." is not valid/],
    ['gcr.io//api', /"" is not valid/],
    ['-bad.host/api', /not a registry host/],
  ])('%j', (text, problem) => {
    const ref = parseImageRef(text)
    if (!isBadReference(ref)) throw new Error(`read as ${ref.repository}`)
    expect(ref.problem).toMatch(problem)
    expect(ref.allowed.length).toBeGreaterThan(10)
  })
})
