import protobuf from 'protobufjs'
import { RpcError, invalid } from '#emulator/errors.ts'
import type { Call } from '#emulator/call.ts'
import { readMessage, withNumericEnums } from '#emulator/rest/messages.ts'
import { compileTemplate, httpRules, type HttpRule } from '#emulator/rest/templates.ts'
import { isObject, setAtPath, type JsonObject } from '#emulator/state/json.ts'
import type { CallEntry } from '#emulator/state/types.ts'

/** Request and answer are canonical JSON of the RPC's messages. */
export type Handler = (request: JsonObject, call: Call) => JsonObject | Promise<JsonObject>

export interface Route extends HttpRule {
  api: CallEntry['api']
  rpc: string
  write: boolean
  request: protobuf.Type
  response: protobuf.Type
  handler: Handler
}

/** The mixin's own http option is not in the packages: google.longrunning is bound per API (gcp.md 2). */
const operationRules: Record<string, HttpRule[]> = {
  GetOperation: [{ verb: 'GET', ...compileTemplate('/v2/{name=projects/*/locations/*/operations/*}'), body: null }],
  ListOperations: [{ verb: 'GET', ...compileTemplate('/v2/{name=projects/*/locations/*}/operations'), body: null }],
  DeleteOperation: [{ verb: 'DELETE', ...compileTemplate('/v2/{name=projects/*/locations/*/operations/*}'), body: null }],
  WaitOperation: [{ verb: 'POST', ...compileTemplate('/v2/{name=projects/*/locations/*/operations/*}:wait'), body: '*' }],
}

/** Binds handlers to the http rules of their RPCs; a handler for an RPC that does not exist is a bug. */
export function bindRoutes(root: protobuf.Root, api: CallEntry['api'], handlers: Readonly<Record<string, Readonly<Record<string, Handler>>>>): Route[] {
  return Object.entries(handlers).flatMap(([serviceName, methods]) => {
    const service = root.lookupService(serviceName)
    return Object.entries(methods).flatMap(([rpc, handler]) => {
      const method = service.methods[rpc]
      if (!method) throw new Error(`${serviceName} has no ${rpc}`)
      method.resolve()
      const { resolvedRequestType: request, resolvedResponseType: response } = method
      if (!request || !response) throw new Error(`${serviceName}.${rpc} has no message types`)
      const rules = serviceName === 'google.longrunning.Operations' ? (operationRules[rpc] ?? []) : httpRules(method)
      return rules.map(rule => ({ ...rule, api, rpc, write: /^(Create|Update|Delete|Set)/.test(rpc) && rpc !== 'DeleteOperation', request, response, handler }))
    })
  })
}

export function findRoute(routes: readonly Route[], verb: string, path: string): { route: Route; captured: string[] } | null {
  for (const route of routes) {
    const match = route.verb === verb ? route.pattern.exec(path) : null
    if (match) return { route, captured: match.slice(1) }
  }
  return null
}

/** Parameters of the protocol, not of the message (cloud.google.com/apis/docs/system-parameters). */
const systemParameters = new Set(['alt', 'key', 'prettyPrint', 'fields', 'access_token', 'quotaUser', 'callback'])

/** Path variables, query and body of one HTTP request as the RPC's message. */
export function readRequest(route: Route, captured: readonly string[], query: URLSearchParams, body: unknown): JsonObject {
  const message: JsonObject = {}
  for (const key of new Set(query.keys())) {
    if (key.startsWith('$') || systemParameters.has(key)) continue
    const field = fieldAt(route.request, key)
    if (!field) throw invalid(key, `Invalid JSON payload received. Unknown name "${key}": Cannot bind query parameter. Field '${key}' could not be found in request message.`)
    const values = query.getAll(key)
    setAtPath(message, key.split('.'), field.repeated ? values : values.at(-1))
  }
  if (route.body === '*') {
    if (body !== undefined && !isObject(body)) throw invalid('', 'Invalid JSON payload received. Expected an object.')
    Object.assign(message, body)
  } else if (route.body !== null) message[route.body] = body ?? {}
  const read = readMessage(route.request, message, '')
  route.variables.forEach((variable, i) => setAtPath(read, variable.split('.'), captured[i]))
  return read
}

function fieldAt(type: protobuf.Type, path: string): protobuf.Field | undefined {
  let current: protobuf.Type | undefined = type
  let field: protobuf.Field | undefined
  for (const key of path.split('.')) {
    field = current?.fields[key] ?? current?.fields[key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())]
    if (!field) return undefined
    current = field.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined
  }
  return field
}

export function renderAnswer(route: Route, query: URLSearchParams, answer: JsonObject): JsonObject {
  return (query.get('$alt') ?? '').includes('enum-encoding=int') ? withNumericEnums(route.response, answer) : answer
}

export function parseBody(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new RpcError('INVALID_ARGUMENT', `Invalid JSON payload received. ${cause instanceof Error ? cause.message : 'Not JSON.'}`)
  }
}
