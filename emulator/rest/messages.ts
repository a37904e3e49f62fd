import protobuf from 'protobufjs'
import { type RpcError, invalid } from '#emulator/errors.ts'
import { isObject, type JsonObject } from '#emulator/state/json.ts'

/** Types whose JSON form is not that of their fields. */
const opaque = new Set(['.google.protobuf.Any', '.google.protobuf.Struct', '.google.protobuf.Value', '.google.protobuf.ListValue', '.google.protobuf.FieldMask',
  '.google.protobuf.BoolValue', '.google.protobuf.StringValue', '.google.protobuf.Int32Value', '.google.protobuf.Int64Value', '.google.protobuf.DoubleValue'])

const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
const typeName = (type: string) => `TYPE_${type.toUpperCase()}`
const show = (value: unknown) => JSON.stringify(value)

const bad = (path: string, kind: string, value: unknown) => invalid(path, `Invalid value at '${path}' (${kind}), ${show(value)}`)

function unknownName(path: string, key: string): RpcError {
  const text = `Invalid JSON payload received. Unknown name "${key}"${path === '' ? '' : ` at '${path}'`}: Cannot find field.`
  return invalid(path === '' ? key : path, text)
}

/**
 * Reads a message in proto3 JSON into our canonical form: names in camelCase, enums by name, 64-bit integers as
 * strings, zero values left out (protobuf.dev JSON mapping). Clients send enums as numbers (gcp.md 2).
 * `path` is how the field is called in an error. Throws INVALID_ARGUMENT for what the type does not have.
 */
export function readMessage(type: protobuf.Type, value: unknown, path: string): JsonObject {
  if (!isObject(value)) throw bad(path, `type.googleapis.com/${type.fullName.slice(1)}`, value)
  const out: JsonObject = {}
  for (const [key, raw] of Object.entries(value)) {
    const field = type.fields[key] ?? type.fields[camel(key)]
    if (field === undefined) throw unknownName(path, key)
    if (raw === null || raw === undefined) continue
    const read = readField(field, raw, path === '' ? key : `${path}.${key}`)
    if (read !== undefined) out[field.name] = read
  }
  return out
}

function readField(field: protobuf.Field, raw: unknown, path: string): unknown {
  if (field instanceof protobuf.MapField) {
    if (!isObject(raw)) throw bad(path, 'map', raw)
    const entries = Object.entries(raw).map(([key, item]) => [key, readSingle(field, item, `${path}[${key}]`)] as const)
    return entries.length === 0 ? undefined : Object.fromEntries(entries)
  }
  if (field.repeated) {
    const items = Array.isArray(raw) ? raw : [raw]
    return items.length === 0 ? undefined : items.map((item, i) => readSingle(field, item, `${path}[${i}]`))
  }
  const single = readSingle(field, raw, path)
  return isZero(field, single) ? undefined : single
}

function isZero(field: protobuf.Field, value: unknown): boolean {
  if (field.resolvedType instanceof protobuf.Type) return false
  if (field.getOption('proto3_optional') === true || (field.partOf && !field.partOf.isProto3Optional)) return false
  if (field.resolvedType instanceof protobuf.Enum) return field.resolvedType.values[String(value)] === 0
  return value === 0 || value === '' || value === false || value === '0'
}

function readSingle(field: protobuf.Field, raw: unknown, path: string): unknown {
  const type = field.resolvedType
  if (type instanceof protobuf.Enum) return readEnum(type, raw, path)
  if (type instanceof protobuf.Type) {
    if (type.fullName === '.google.protobuf.Timestamp') return readTimestamp(raw, path)
    if (type.fullName === '.google.protobuf.Duration') return readDuration(raw, path)
    return opaque.has(type.fullName) ? raw : readMessage(type, raw, path)
  }
  return readScalar(field.type, raw, path)
}

function readEnum(type: protobuf.Enum, raw: unknown, path: string): string {
  // Query parameters carry the number as text.
  const number = typeof raw === 'number' ? raw : typeof raw === 'string' && /^\d+$/.test(raw) ? Number(raw) : undefined
  const name = number === undefined ? (typeof raw === 'string' && type.values[raw] !== undefined ? raw : undefined) : type.valuesById[number]
  if (name === undefined) throw bad(path, `type.googleapis.com/${type.fullName.slice(1)}`, raw)
  return name
}

function readTimestamp(raw: unknown, path: string): string {
  if (typeof raw !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(raw) || Number.isNaN(Date.parse(raw))) throw bad(path, 'type.googleapis.com/google.protobuf.Timestamp', raw)
  return raw
}

function readDuration(raw: unknown, path: string): string {
  if (typeof raw !== 'string' || !/^-?\d+(\.\d{1,9})?s$/.test(raw)) throw bad(path, 'type.googleapis.com/google.protobuf.Duration', raw)
  return raw
}

function readScalar(type: string, raw: unknown, path: string): unknown {
  switch (type) {
    case 'string':
    case 'bytes':
      if (typeof raw === 'string') return raw
      break
    case 'bool':
      if (typeof raw === 'boolean') return raw
      if (raw === 'true' || raw === 'false') return raw === 'true'
      break
    case 'int32': case 'uint32': case 'sint32': case 'fixed32': case 'sfixed32':
      if ((typeof raw === 'number' || typeof raw === 'string') && raw !== '' && Number.isInteger(Number(raw)) && Math.abs(Number(raw)) < 2 ** 32) return Number(raw)
      break
    case 'float': case 'double':
      if ((typeof raw === 'number' || typeof raw === 'string') && raw !== '' && !Number.isNaN(Number(raw))) return Number(raw)
      break
    default:
      if ((typeof raw === 'number' && Number.isInteger(raw)) || (typeof raw === 'string' && /^-?\d+$/.test(raw))) return String(raw)
  }
  throw bad(path, typeName(type), raw)
}

/** Turns enum names into numbers, which a caller asks for by `$alt=json;enum-encoding=int`. */
export function withNumericEnums(type: protobuf.Type, value: JsonObject): JsonObject {
  const out: JsonObject = {}
  for (const [key, item] of Object.entries(value)) {
    const field = type.fields[key]
    const inner = field?.resolvedType
    const one = (single: unknown): unknown => {
      if (inner instanceof protobuf.Enum) return typeof single === 'string' ? (inner.values[single] ?? single) : single
      if (inner instanceof protobuf.Type && isObject(single)) {
        if (inner.fullName === '.google.protobuf.Any') return numericAny(type, single)
        return opaque.has(inner.fullName) ? single : withNumericEnums(inner, single)
      }
      return single
    }
    if (field instanceof protobuf.MapField && isObject(item)) out[key] = Object.fromEntries(Object.entries(item).map(([k, v]) => [k, one(v)]))
    else out[key] = Array.isArray(item) ? item.map(one) : one(item)
  }
  return out
}

function numericAny(holder: protobuf.Type, any: JsonObject): JsonObject {
  const url = any['@type']
  const name = typeof url === 'string' ? url.slice(url.indexOf('/') + 1) : ''
  const found = holder.root.lookup(name)
  const { '@type': _, ...fields } = any
  return found instanceof protobuf.Type ? { '@type': url, ...withNumericEnums(found, fields) } : any
}
