import 'server-only'
import { z } from 'zod'
import { invalidInput } from '#lib/http/problem.ts'
import type { Endpoint, Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'

export const maxBodyBytes = 1_000_000
// Ids are opaque to callers; one that the database could not have made names nothing, and would be an error there.
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const tooLarge = () => new AppError('body_too_large', `The body may have ${maxBodyBytes} bytes at most`)

/** Bytes of a body, refused as soon as they are too many, whatever content-length said. */
async function readBytes(req: Request): Promise<Uint8Array> {
  if (Number(req.headers.get('content-length') ?? 0) > maxBodyBytes) throw tooLarge()
  const parts: Uint8Array[] = []
  let size = 0
  const reader = req.body?.getReader()
  while (reader) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > maxBodyBytes) {
      await reader.cancel()
      throw tooLarge()
    }
    parts.push(value)
  }
  return Buffer.concat(parts)
}

/** The JSON object of a body; `{}` when there is none. Only application/json: a form of another site cannot send that. */
export async function readJsonObject(req: Request): Promise<Record<string, unknown>> {
  const bytes = await readBytes(req)
  if (bytes.byteLength === 0) return {}
  const type = (req.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw new AppError('unsupported_media_type', `The body must be application/json, not ${type || 'of no type'}`, { field: 'content-type' })
  const body = parseJson(bytes)
  if (body === null || typeof body !== 'object' || Array.isArray(body)) throw new AppError('invalid_input', 'The body must be a JSON object')
  return body as Record<string, unknown>
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (err) {
    throw new AppError('invalid_json', `The body is not JSON: ${err instanceof Error ? err.message : 'unreadable'}`, { cause: err })
  }
}

/** Query parameters; naming one twice is refused, since readers differ in which they take. */
function readQuery(url: URL): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [name, value] of url.searchParams) {
    if (Object.hasOwn(query, name)) throw new AppError('invalid_input', `${name}: may be given once`, { field: name })
    query[name] = value
  }
  return query
}

/**
 * The input of an endpoint: query, body and path together, the path winning. Every field has to be one of the
 * endpoint's, also inside objects: a misspelt or smuggled field is named, never ignored.
 */
export async function readInput<E extends Endpoint>(e: E, req: Request, params: Record<string, string>): Promise<Parsed<E>> {
  if (params['id'] !== undefined && !uuid.test(params['id'])) throw new AppError('not_found', 'There is nothing with this id')
  const body = e.method === 'GET' ? {} : await readJsonObject(req)
  const raw: Record<string, unknown> = { ...readQuery(new URL(req.url)), ...body, ...params }
  refuseDepth(raw)
  const unstorable = firstUnstorable(raw, '')
  if (unstorable !== null) throw new AppError('invalid_input', `${unstorable}: has a NUL or half a surrogate pair`, { field: unstorable })
  const parsed = e.input.safeParse(raw)
  if (!parsed.success) throw invalidInput(parsed.error)
  const unknown = firstUnknown(raw, parsed.data, '')
  if (unknown !== null) throw new AppError('invalid_input', `${unknown}: not a field here${allowedFields(e.input)}`, { field: unknown })
  return parsed.data as Parsed<E>
}

/** Nothing that a person sends is nested so deep, and whatever walks it after this does so by calling itself. */
const deepest = 64

/** Level by level, since a body of a megabyte could be nested beyond what calls can be. */
function refuseDepth(raw: object): void {
  let level: unknown[] = [raw]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) throw new AppError('invalid_input', `The body is nested deeper than ${deepest} levels`)
    level = level.flatMap((value) => (value !== null && typeof value === 'object' ? Object.values(value) : []))
  }
}

// Postgres keeps no such text and would fail on it, also where it is only compared with.
function firstUnstorable(value: unknown, path: string): string | null {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0') ? null : path
  if (value === null || typeof value !== 'object') return null
  for (const [key, inner] of Object.entries(value)) {
    const at = path ? `${path}.${key}` : key
    const found = firstUnstorable(key, at) ?? firstUnstorable(inner, at)
    if (found !== null) return found
  }
  return null
}

// zod drops fields that a schema does not name, so what was sent and did not come out is unknown.
function firstUnknown(raw: unknown, parsed: unknown, path: string): string | null {
  if (raw === null || parsed === null || typeof raw !== 'object' || typeof parsed !== 'object') return null
  for (const [key, value] of Object.entries(raw)) {
    const at = path ? `${path}.${key}` : key
    if (!Object.hasOwn(parsed, key)) return at
    const found = firstUnknown(value, (parsed as Record<string, unknown>)[key], at)
    if (found !== null) return found
  }
  return null
}

const allowedFields = (schema: z.ZodType): string => (schema instanceof z.ZodObject ? `; allowed: ${Object.keys(schema.shape).join(', ') || 'none'}` : '')
