import type protobuf from 'protobufjs'
import protobufjs from 'protobufjs'
import { invalid } from '#emulator/errors.ts'
import { runRoot } from '#emulator/rest/protos.ts'
import { getAtPath, setAtPath, type JsonObject } from '#emulator/state/json.ts'

const serviceType = runRoot.lookupType('google.cloud.run.v2.Service')

const behaviours = (field: protobuf.Field): unknown[] => [...(field.parsedOptions ?? []), field.options ?? {}].map((option: Record<string, unknown>) => option['(google.api.field_behavior)']).flat()
const isWritable = (field: protobuf.Field) => !['OUTPUT_ONLY', 'IDENTIFIER'].some(word => behaviours(field).includes(word)) && field.name !== 'etag'

/** Names of the fields that a caller decides. */
export const writableFields: readonly string[] = Object.values(serviceType.fields).filter(isWritable).map(field => field.name)

const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())

/** Paths of an update mask in camelCase, checked against the type. Output-only paths change nothing. */
function readPaths(mask: string): string[][] {
  return mask.split(',').map(path => path.trim()).filter(path => path !== '').map(path => {
    const keys = path.split('.').map(camel)
    let type: protobuf.Type | null = serviceType
    for (const key of keys) {
      const field: protobuf.Field | undefined = type?.fields[key]
      if (!field) throw invalid('update_mask', `Invalid update_mask: '${path}' is not a field of Service.`)
      if (field instanceof protobufjs.MapField) break
      type = !field.repeated && field.resolvedType instanceof protobufjs.Type ? field.resolvedType : null
    }
    return keys
  })
}

/**
 * The service with the masked fields taken from the request; a masked field that the request leaves out is cleared
 * (google.protobuf.FieldMask, update). No mask, or `*`, replaces everything a caller decides.
 */
export function applyMask(current: JsonObject, wanted: JsonObject, mask: string | undefined): JsonObject {
  const next = structuredClone(current)
  const paths = mask === undefined || mask === '' || mask.trim() === '*' ? writableFields.map(name => [name]) : readPaths(mask).filter(path => writableFields.includes(path[0] ?? ''))
  for (const path of paths) setAtPath(next, path, structuredClone(getAtPath(wanted, path)))
  return next
}
