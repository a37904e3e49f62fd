import { bad, fail, keyed, list, object, optional, type Read, required } from '#lib/blueprints/reading/shape.ts'
import { duration, freeName, oneOf, oneOrMany, pattern, slug, whole } from '#lib/blueprints/reading/scalars.ts'
import { uniqueNames } from '#lib/blueprints/reading/unique.ts'
import type { HttpCheck } from '#lib/rollouts/schema.ts'

const status = whole(100, 599)
// The path is joined to the address that the provider gave for the revision: it must not be able to name another host.
const path = pattern(/^\/(?![/\\])[^\s#\\]{0,499}$/, 'a path that starts with one / and has no spaces')
const secretHeaders = ['authorization', 'proxy-authorization', 'cookie']
const headers = keyed(
  /^[A-Za-z0-9-]{1,64}$/,
  'header names: letters, digits and dashes',
  pattern(/^[\u0020-\u007e]{0,500}$/, 'a header value of printable characters'),
  (name) => (secretHeaders.includes(name.toLowerCase()) ? `${name} carries a secret, and a blueprint is no place for one` : null),
)

const http = object(
  {
    method: optional(oneOf(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']), 'GET' as const),
    path: required(path),
    headers: optional(headers, {}),
    expect: optional(
      object(
        { status: optional(oneOrMany(status, list(status, { min: 1, max: 20, of: 'statuses' })), [200]), within: optional(duration({ minMs: 1, maxMs: 60_000, fine: true }), null) },
        { body: 'expectations on the body are', header: 'expectations on headers are', headers: 'expectations on headers are' },
      ),
      { status: [200], within: null },
    ),
  },
  { body: 'request bodies are', url: 'checks of other addresses are' },
)

const fields = object({ name: required(freeName), http: required(http), attempts: optional(whole(1, 20), 1) }, { exec: 'commands as checks are', grpc: 'gRPC checks are' })

const check: Read<HttpCheck> = (at) => {
  const read = fields(at)
  if (read === bad) return bad
  const { name, attempts, http: request } = read
  return { name, method: request.method, path: request.path, headers: request.headers, status: [...new Set(request.expect.status)].toSorted((a, b) => a - b), withinMs: request.expect.within, attempts }
}

const suiteFields = object({ name: required(slug), checks: required(list(check, { min: 1, max: 50, of: 'checks' })) })
export const suite: Read<{ name: string; checks: HttpCheck[] }> = (at) => {
  const read = suiteFields(at)
  if (read === bad) return bad
  const twice = uniqueNames(read.checks)
  return twice === null ? read : fail(at, `the check "${twice}" stands twice in suite ${read.name}; names are unique in their list`)
}
