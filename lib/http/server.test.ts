import { PrismaPg } from '@prisma/adapter-pg'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { callRoute as call, testPerson } from '#lib/access/testing/people.ts'
import { DriverError } from '#lib/drivers/errors.ts'
import { route, routeText } from '#lib/http/server.ts'
import { PrismaClient } from '#lib/platform/db/generated/client.ts'
import { endpoint } from '#lib/platform/endpoint.ts'
import { AppError, unmet } from '#lib/platform/errors.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const dev = await testPerson('dora', ['developer'])

const Item = z.object({ service: z.string(), image: z.string().min(3) })
const echo = endpoint({
  id: 'test.echo', method: 'POST', path: '/test/:id', verb: 'propose', status: 201, summary: 'Echo.',
  input: z.object({ id: z.string(), count: z.number().int().optional(), kind: z.enum(['a', 'b']).optional(), items: z.array(Item).optional() }),
  output: z.object({ id: z.string(), count: z.number().nullable() }),
})
const id = '01a1fa07-50c4-7744-82f6-cc6b3cf29acc'
const post = route(echo, async (_, input) => ({ id: input.id, count: input.count ?? null, secret: 'not in the schema' }))
const send = (body: unknown, more: Parameters<typeof call>[2] = {}) => call(post, 'POST', { as: dev, params: { id }, body, ...more })
const failing = (err: unknown) => call(route(echo, () => Promise.reject(err)), 'POST', { as: dev, params: { id }, body: {} })

test('the answer is what the schema says, with the status of the endpoint, and never cached', async () => {
  const res = await send({ count: 2 })
  expect(res.status).toBe(201)
  expect(res.body).toEqual({ id, count: 2 })
  expect(res.headers.get('cache-control')).toBe('private, no-store')
})

test('the path decides over the body', async () => {
  expect((await send({ id: 'other' })).body).toMatchObject({ id })
})

test.each([
  ['a wrong type', { count: 'x' }, 'count', /expected number/],
  ['a value that is not one of the allowed', { kind: 'c' }, 'kind', /"a"\|"b"/],
  ['a field that is left out', { items: [{ service: 's' }] }, 'items.0.image', /items\.0\.image: is required$/],
  ['a field inside a list', { items: [{ service: 's', image: 'x' }] }, 'items.0.image', /3/],
  ['an unknown field', { cuont: 2 }, 'cuont', /allowed: id, count, kind, items/],
  ['an unknown field inside', { items: [{ service: 's', image: 'xxx', admin: true }] }, 'items.0.admin', /not a field/],
  ['a prototype key', '{"__proto__": {"count": 1}}', '__proto__', /not a field/],
])('%s is refused by name', async (_, body, field, detail) => {
  const res = await send(body)
  expect(res).toMatchObject({ status: 400, body: { code: 'invalid_input', field } })
  expect(res.body['detail']).toMatch(detail)
  expect(res.headers.get('content-type')).toBe('application/problem+json')
})

test('all wrong fields are told at once', async () => {
  expect((await send({ count: 'x', kind: 'c' })).body['detail']).toMatch(/count: .*; kind: /)
})

test.each([
  ['not JSON', '{bad', {}, 400, 'invalid_json'],
  ['bytes that are no text', '\ud800{', {}, 400, 'invalid_json'],
  ['a list', '[]', {}, 400, 'invalid_input'],
  ['null', 'null', {}, 400, 'invalid_input'],
  ['another content type', '{}', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
  ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
  ['5 MB', JSON.stringify({ kind: 'x'.repeat(5e6) }), {}, 413, 'body_too_large'],
  ['5 MB that says it is small', JSON.stringify({ kind: 'x'.repeat(5e6) }), { 'content-length': '10' }, 413, 'body_too_large'],
])('a body of %s is refused', async (_, body, headers, status, code) => {
  expect(await send(body, { headers })).toMatchObject({ status, body: { code, status } })
})

test.each([
  ['lists', `{"items":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
  ['objects', `{"items":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
])('a body of %s nested beyond what can be walked is refused', async (_, body) => {
  expect(await send(body)).toMatchObject({ status: 400, body: { code: 'invalid_input', detail: expect.stringMatching(/nested/) } })
})

test('an id that the database could not have made names nothing', async () => {
  expect(await send({}, { params: { id: "1' or true" } })).toMatchObject({ status: 404, body: { code: 'not_found' } })
})

test.each([
  ['a body', { kind: 'a\0' }, 'kind'],
  ['a list in a body', { items: [{ service: 'half \ud800', image: 'xxx' }] }, 'items.0.service'],
])('text that the database cannot keep, in %s, is refused by name', async (_, body, field) => {
  expect(await send(JSON.stringify(body))).toMatchObject({ status: 400, body: { code: 'invalid_input', field, detail: expect.stringMatching(/NUL/) } })
})

test('a query field given twice, or unknown, is refused', async () => {
  const list = route(endpoint({ id: 'test.list', method: 'GET', path: '/test', verb: 'view', summary: 'List.', input: z.object({ q: z.string().optional() }), output: z.object({}) }), async () => ({}))
  expect((await call(list, 'GET', { as: dev, query: '?q=1' })).status).toBe(200)
  expect(await call(list, 'GET', { as: dev, query: '?q=1&q=2' })).toMatchObject({ status: 400, body: { field: 'q' } })
  expect(await call(list, 'GET', { as: dev, query: '?p=1' })).toMatchObject({ status: 400, body: { field: 'p' } })
  expect(await call(list, 'GET', { as: dev, query: '?q=%00' })).toMatchObject({ status: 400, body: { field: 'q' } })
})

test('a refusal says every reason, a provider error the provider, a bug nothing', async () => {
  const reasons = [unmet('hold', 'held since', 'approve'), unmet('freeze', 'frozen', null, '2026-01-01T00:00:00.000Z')]
  expect(await failing(new AppError('refused', 'no', { unmet: reasons, ref: { promotion: 'p' } }))).toMatchObject({ status: 409, body: { code: 'refused', unmet: reasons, ref: { promotion: 'p' } } })
  const driver = { provider: 'cloud-run', operation: 'x', kind: 'quota' as const, message: 'Quota exceeded', outcome: 'none' as const }
  expect(await failing(new DriverError({ ...driver, retriable: true }))).toMatchObject({ status: 503, body: { code: 'provider_error', detail: 'cloud-run: Quota exceeded' } })
  expect((await failing(new DriverError({ ...driver, retriable: false }))).status).toBe(502)
  const busy = Object.assign(new Error('Unable to start a transaction in the given time.'), { code: 'P2028' })
  expect(await failing(busy)).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  // What a statement by hand says of a database that is not there.
  const gone = await new PrismaClient({ adapter: new PrismaPg({ connectionString: 'postgresql://nobody:none@127.0.0.1:1/none' }) }).$queryRaw`select 1`.catch((err: unknown) => err)
  expect(await failing(gone)).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  const bug = await failing(new TypeError('secret inside'))
  expect(bug).toMatchObject({ status: 500, body: { code: 'internal' } })
  expect(JSON.stringify(bug.body)).not.toContain('secret inside')
})

test('a plain request id goes through to answer and error, an odd one is replaced', async () => {
  const res = await send({ count: 'x' }, { headers: { 'x-request-id': 'ci-42' } })
  expect([res.headers.get('x-request-id'), res.body['requestId']]).toEqual(['ci-42', 'ci-42'])
  expect((await send({}, { headers: { 'x-request-id': 'a b<script>' } })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

const browser = (headers: Record<string, string>) => call(post, 'POST', { params: { id }, body: {}, headers: { cookie: dev.cookie, host: '127.0.0.1:3000', ...headers } })

test.each([
  ['our own page', { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-origin' }, 201],
  ['our own page, old browser', { origin: 'http://127.0.0.1:3000' }, 201],
  ['our own page without an origin', { 'sec-fetch-site': 'same-origin' }, 201],
  ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
  ['another site, old browser', { origin: 'https://evil.example' }, 403],
  ['a sandboxed frame', { origin: 'null' }, 403],
  ['another port of this host', { origin: 'http://127.0.0.1:4000', 'sec-fetch-site': 'same-site' }, 403],
  ['nobody knows where', {}, 403],
])('a change with the cookie from %s', async (_, headers, status) => {
  expect((await browser(headers)).status).toBe(status)
})

test('a wrong token is refused even beside a good cookie', async () => {
  for (const authorization of ['Bearer slc_wrong', 'Basic abc', 'Bearer', '', `Bearer ${dev.secret} `.repeat(2)])
    expect((await browser({ authorization, origin: 'http://127.0.0.1:3000' })).status).toBe(401)
})

test('text answers keep the rules of the edge', async () => {
  const text = routeText(endpoint({ id: 'test.text', method: 'GET', path: '/test', verb: 'view', summary: 'Text.', input: z.object({}), output: z.string() }), async () => 'a: 1\n', 'text/yaml')
  expect(await call(text, 'GET', { as: dev })).toMatchObject({ status: 200, body: { text: 'a: 1\n' } })
  expect((await call(text, 'GET')).status).toBe(401)
})
