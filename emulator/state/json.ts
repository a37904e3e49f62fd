/** A parsed JSON object whose fields nobody has looked at yet. */
export type JsonObject = Record<string, unknown>

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Structural equality; a field that is undefined equals a field that is missing, as in JSON. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameJson(item, b[i]))
  if (!isObject(a) || !isObject(b)) return false
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every(key => sameJson(a[key], b[key]))
}

/** Sets `value` at a dotted path, making the objects between; undefined removes the field. */
export function setAtPath(target: JsonObject, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path
  if (head === undefined) return
  if (rest.length === 0) {
    if (value === undefined) delete target[head]
    else target[head] = value
    return
  }
  const inner = target[head]
  if (isObject(inner)) return setAtPath(inner, rest, value)
  if (value === undefined) return
  const made: JsonObject = {}
  target[head] = made
  setAtPath(made, rest, value)
}

export function getAtPath(source: unknown, path: readonly string[]): unknown {
  let value = source
  for (const key of path) value = isObject(value) ? value[key] : undefined
  return value
}
