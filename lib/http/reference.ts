import 'server-only'

/** The OpenAPI document as a page can show it: fields flattened, types in words, a line to try each operation with. */

export type Type = { text: string; ref: string | null }
export type Field = { name: string; required: boolean; type: Type; note: string }
export type Operation = { id: string; method: string; path: string; summary: string; who: string; parameters: (Field & { in: string })[]; body: Field[] | null; answer: { status: string; type: Type; fields: Field[] }; errors: { status: string; text: string }[]; curl: string }
export type Schema = { name: string; type: Type; fields: Field[] }
export type Reference = { groups: { tag: string; operations: Operation[] }[]; schemas: Schema[] }

type Json = Readonly<Record<string, unknown>>
const isJson = (v: unknown): v is Json => typeof v === 'object' && v !== null && !Array.isArray(v)
const json = (v: unknown): Json => (isJson(v) ? v : {})
const list = (v: unknown): unknown[] => (Array.isArray(v) ? v : [])
const text = (v: unknown): string => (typeof v === 'string' ? v : '')
const refOf = (s: Json): string | null => text(s['$ref']).split('/').at(-1) || null

/** A list deeper than this is named by its type; its schema has the rest. */
const deepest = 3

export function readReference(document: Json): Reference {
  const components = json(document['components'])
  const base = text(json(list(document['servers'])[0])['url'])
  const operations = Object.entries(json(document['paths'])).flatMap(([path, methods]) => Object.entries(json(methods)).map(([method, o]) => operationOf(path, method, json(o), components, base)))
  const tags = [...new Set(operations.map((o) => o.tag))]
  const schemas = Object.entries(json(components['schemas'])).map(([name, s]): Schema => ({ name, type: typeOf(json(s)), fields: fieldsOf(json(s)) }))
  return { groups: tags.map((tag) => ({ tag, operations: operations.filter((o) => o.tag === tag) })), schemas: schemas.toSorted((a, b) => a.name.localeCompare(b.name)) }
}

function operationOf(path: string, method: string, o: Json, components: Json, base: string): Operation & { tag: string } {
  const parameters = list(o['parameters']).map((p) => parameterOf(json(p), components))
  const bodySchema = json(json(json(json(o['requestBody'])['content'])['application/json'])['schema'])
  const hasBody = isJson(o['requestBody'])
  const responses = Object.entries(json(o['responses']))
  const [status, answer] = responses.find(([code]) => code.startsWith('2')) ?? ['200', {}]
  const answerSchema = json(json(Object.values(json(json(answer)['content']))[0])['schema'])
  return {
    id: text(o['operationId']), tag: text(list(o['tags'])[0]), method: method.toUpperCase(), path, summary: text(o['summary']), who: text(o['description']),
    parameters, body: hasBody ? fieldsOf(bodySchema) : null,
    answer: { status, type: typeOf(answerSchema), fields: refOf(answerSchema) ? [] : fieldsOf(answerSchema) },
    errors: responses.filter(([code]) => !code.startsWith('2')).map(([code, r]) => ({ status: code, text: text(json(r)['description']) })),
    curl: curlOf(base, path, method, hasBody ? bodySchema : null),
  }
}

function parameterOf(p: Json, components: Json): Field & { in: string } {
  const shared = refOf(p)
  const own = shared ? json(json(components['parameters'])[shared]) : p
  const schema = json(own['schema'])
  return { name: text(own['name']), in: text(own['in']), required: own['required'] === true, type: typeOf(schema), note: [text(own['description']).replace(/\.$/, ''), noteOf(schema)].filter(Boolean).join('; ') }
}

/** A schema in words; what has a name of its own is named, and linked by `ref`. */
export function typeOf(s: Json): Type {
  const ref = refOf(s)
  if (ref) return { text: ref, ref }
  const options = [...list(s['anyOf']), ...list(s['oneOf'])].map((o) => typeOf(json(o)))
  if (options.length > 0) return { text: [...new Set(options.map((o) => o.text))].join(' or '), ref: options.find((o) => o.ref)?.ref ?? null }
  if ('const' in s) return { text: JSON.stringify(s['const']), ref: null }
  const values = list(s['enum'])
  if (values.length > 0) return { text: values.map((v) => JSON.stringify(v)).join(', '), ref: null }
  if (s['type'] === 'array') {
    const item = typeOf(json(s['items']))
    return { text: `list of ${item.text}`, ref: item.ref }
  }
  if (s['type'] === 'object' && isJson(s['additionalProperties'])) {
    const value = typeOf(s['additionalProperties'])
    return { text: `map to ${value.text}`, ref: value.ref }
  }
  return { text: s['format'] === 'date-time' ? 'time' : text(s['type']) || 'any', ref: null }
}

/** Fields of an object by dotted names, lists marked by []; named schemas are not opened. */
export function fieldsOf(s: Json, prefix = '', depth = 0): Field[] {
  const required = list(s['required'])
  return Object.entries(json(s['properties'])).flatMap(([name, value]) => {
    const schema = json(value)
    const isList = schema['type'] === 'array'
    const inner = isList ? json(schema['items']) : schema
    const own: Field = { name: prefix + name, required: required.includes(name), type: typeOf(schema), note: noteOf(schema) }
    const opens = !refOf(inner) && isJson(inner['properties']) && depth < deepest
    return opens ? [own, ...fieldsOf(inner, `${prefix}${name}${isList ? '[]' : ''}.`, depth + 1)] : [own]
  })
}

const limits: readonly (readonly [string, string])[] = [['minLength', 'at least'], ['maxLength', 'at most'], ['minimum', 'from'], ['maximum', 'to'], ['minItems', 'at least'], ['maxItems', 'at most']]
const unitOf = (name: string): string => (name.endsWith('Length') ? ' characters' : name.endsWith('Items') ? ' items' : '')
/** zod writes the limits of whole numbers that no one meant. */
const isMeant = (v: unknown): boolean => typeof v === 'number' && Math.abs(v) < Number.MAX_SAFE_INTEGER

function noteOf(s: Json): string {
  const said = limits.flatMap(([name, word]) => (!isMeant(s[name]) ? [] : name.startsWith('min') && unitOf(name) && s[name] === 1 ? ['not empty'] : [`${word} ${String(s[name])}${unitOf(name)}`]))
  const standard = 'default' in s ? [`default ${JSON.stringify(s['default'])}`] : []
  const pattern = typeof s['pattern'] === 'string' && s['format'] === undefined ? [`as ${s['pattern']}`] : []
  return [text(s['description']), [...said, ...standard, ...pattern].join(', ')].filter(Boolean).join('; ')
}

function curlOf(base: string, path: string, method: string, body: Json | null): string {
  const head = `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} -H "Authorization: Bearer $SLUICE_TOKEN"`
  const data = body ? ` -H 'content-type: application/json' -d '${JSON.stringify(exampleOf(body))}'` : ''
  return `${head}${data} '${base}${path}'`
}

/** A body with what is required; texts stand for themselves. */
function exampleOf(s: Json): unknown {
  if (list(s['enum']).length > 0) return list(s['enum'])[0]
  if ('const' in s) return s['const']
  if (s['type'] === 'array') return [exampleOf(json(s['items']))]
  if (s['type'] === 'object') {
    if (isJson(s['additionalProperties'])) return { name: exampleOf(s['additionalProperties']) }
    const required = list(s['required'])
    return Object.fromEntries(Object.entries(json(s['properties'])).filter(([name]) => required.includes(name)).map(([name, v]) => [name, exampleOf(json(v))]))
  }
  if (s['type'] === 'integer' || s['type'] === 'number') return typeof s['minimum'] === 'number' ? Math.max(1, s['minimum']) : 1
  return s['type'] === 'boolean' ? true : '…'
}
