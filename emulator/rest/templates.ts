import type protobuf from 'protobufjs'
import { isObject } from '#emulator/state/json.ts'

/** One HTTP form of an RPC, from its google.api.http option. */
export interface HttpRule { verb: string; pattern: RegExp; variables: string[]; body: string | null }

const verbs = ['get', 'post', 'put', 'patch', 'delete'] as const
const escape = (text: string) => text.replace(/[.+?^$()|[\]\\]/g, '\\$&')

/** `/v2/{service.name=projects/*\/locations/*}:verb` → a pattern with one capture per variable (google/api/http.proto). */
export function compileTemplate(template: string): { pattern: RegExp; variables: string[] } {
  const variables: string[] = []
  let source = ''
  let at = 0
  for (const match of template.matchAll(/\{([^}=]+)(?:=([^}]*))?\}/g)) {
    variables.push(match[1] ?? '')
    const glob = escape(match[2] ?? '*').replace(/\*+/g, stars => (stars === '**' ? '.+' : '[^/:]+'))
    source += `${escape(template.slice(at, match.index))}(${glob})`
    at = match.index + match[0].length
  }
  return { pattern: new RegExp(`^${source}${escape(template.slice(at))}$`), variables }
}

/** Every rule of a method, its additional bindings included. */
export function httpRules(method: protobuf.Method): HttpRule[] {
  const options: unknown[] = method.parsedOptions ?? []
  const declared = options.flatMap(option => (isObject(option) && isObject(option['(google.api.http)']) ? [option['(google.api.http)']] : []))
  const all = declared.flatMap(rule => [rule, ...[rule['additional_bindings']].flat().filter(isObject)])
  return all.flatMap(rule => verbs.flatMap(verb => {
    const template = rule[verb]
    if (typeof template !== 'string') return []
    return [{ verb: verb.toUpperCase(), ...compileTemplate(template), body: typeof rule['body'] === 'string' ? rule['body'] : null }]
  }))
}
