import 'server-only'
import { z } from 'zod'
import { rolesWith } from '#lib/access/actor.ts'
import { contracts, endpoints } from '#lib/endpoints.ts'
import * as gateSchemas from '#lib/gates/schema.ts'
import { type Endpoint, Problem, Unmet } from '#lib/platform/endpoint.ts'
import * as rolloutSchemas from '#lib/rollouts/schema.ts'

type Json = Record<string, unknown>

/**
 * Schemas by their exported names, so that a generated client has types with names, and each is written once. Plain
 * strings (ids, times) stay where they are used.
 */
const named = z.registry<{ id: string }>()
for (const [name, value] of [...contracts, gateSchemas, rolloutSchemas, { Problem, Unmet }].flatMap((module) => Object.entries(module)))
  if (value instanceof z.ZodType && !(value instanceof z.ZodString) && /^[A-Z]/.test(name) && !named.has(value)) named.add(value, { id: name })

/** What a caller may send: fields with a default may be left out. Written out where it is used. */
const inputSchema = (schema: z.ZodType): Json => withoutDialect(z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' }) as Json)

/** What is answered; named parts are put into `components`. Further fields may come with later versions. */
function outputSchema(schema: z.ZodType, components: Record<string, Json>): Json {
  const open = (json: Json) => {
    if (json['additionalProperties'] === false) delete json['additionalProperties']
  }
  const json = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'output', unrepresentable: 'any', metadata: named, override: (c) => open(c.jsonSchema as Json) }) as Json
  const { $defs = {}, ...rest } = JSON.parse(JSON.stringify(withoutDialect(json)).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json & { $defs?: Record<string, Json> }
  Object.assign(components, $defs)
  return rest
}

const withoutDialect = ({ $schema: _dialect, ...json }: Json): Json => json

const problem = (description: string): Json => ({ description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } })

function whoMay(e: Endpoint): string {
  if (e.verb === 'public') return 'Anyone.'
  if (e.verb === 'session') return 'Any signed-in person.'
  const roles = rolesWith(e.verb).join(', ')
  return `Needs \`${e.verb}\` where it applies (${roles}${e.verb === 'operate' ? '; on_call for what moves toward stable' : ''}).`
}

function operationOf(e: Endpoint, components: Record<string, Json>): Json {
  const { properties = {}, required = [], ...rest } = inputSchema(e.input) as { properties?: Record<string, Json>; required?: string[] }
  const inPath = [...e.path.matchAll(/:(\w+)/g)].map((m) => m[1] ?? '')
  const others = Object.keys(properties).filter((name) => !inPath.includes(name))
  const hasBody = e.method === 'POST' || e.method === 'PUT'
  const parameters: Json[] = inPath.map((name) => ({ name, in: 'path', required: true, schema: properties[name] ?? { type: 'string' } }))
  if (!hasBody) parameters.push(...others.map((name) => ({ name, in: 'query', required: required.includes(name), schema: properties[name] })))
  if (hasBody) parameters.push({ $ref: '#/components/parameters/IdempotencyKey' })
  const body = { ...rest, properties: Object.fromEntries(others.map((n) => [n, properties[n]])), required: required.filter((n) => others.includes(n)), additionalProperties: false }
  const answer = outputSchema(e.output, components)
  const isText = answer['type'] === 'string'
  return {
    operationId: e.id,
    tags: [e.id.split('.')[0]],
    summary: e.summary,
    description: whoMay(e),
    ...(e.verb === 'public' && { security: [] }),
    parameters,
    ...(hasBody && { requestBody: { required: body.required.length > 0, content: { 'application/json': { schema: body } } } }),
    responses: {
      [String(e.status ?? 200)]: { description: 'Done.', content: isText ? Object.fromEntries((e.files ?? ['text/plain']).map((type) => [type, { schema: { type: 'string' } }])) : { 'application/json': { schema: answer } } },
      '400': problem('A field is wrong; `field` names it and `detail` says what is allowed.'),
      '401': problem('Nobody is signed in, or the token is not good.'),
      '403': problem('Not allowed; `unmet` says what is missing and who has it.'),
      '404': problem('There is no such thing that you may see.'),
      '409': problem('Refused as things stand; `unmet` has every reason.'),
      ...(hasBody && { '413': problem('The body is larger than 1 MB.'), '422': problem('The Idempotency-Key was used for another request.') }),
      '503': problem('The cloud did not answer; try again.'),
    },
  }
}

/** The API reference as OpenAPI 3.1, made from the schemas that parse the requests. */
export function openApi(serverUrl: string): Json {
  const paths: Record<string, Json> = {}
  const components: Record<string, Json> = {}
  outputSchema(Problem, components)
  for (const e of endpoints) {
    const path = e.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [e.method.toLowerCase()]: operationOf(e, components) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Sluice', version: 'v1', description: 'Release control for Google Cloud Run. Lists take `limit` and `cursor` and answer `{items, nextCursor}`. Errors are application/problem+json.' },
    servers: [{ url: serverUrl }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token (`slc_…`); `npm run token -- <email>` prints one.' },
        session: { type: 'apiKey', in: 'cookie', name: 'sluice.session-token', description: 'The session of a browser; changes then have to come from the same origin.' },
      },
      parameters: { IdempotencyKey: { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 200 }, description: 'Kept 24 hours per caller: the same key and body gives the first answer.' } },
      schemas: components,
    },
  }
}
