import { isMap, isScalar, isSeq, type Node } from 'yaml'
import { nearestOf } from '#lib/blueprints/reading/nearest.ts'
import { type Cursor, offsetOf, problem, report, resolved } from '#lib/blueprints/reading/source.ts'

/** What a reader answers when it has reported why it cannot read; the others go on, so that all problems come at once. */
export const bad: unique symbol = Symbol('bad')
export type Bad = typeof bad
export type Read<T> = (at: Cursor) => T | Bad

type Field<T> = { read: Read<T>; required: boolean; fallback: T }
export const required = <T>(read: Read<T>): Field<T> => ({ read, required: true, fallback: undefined as T }) // never used: a missing required field is a problem
export const optional = <T, F>(read: Read<T>, fallback: F): Field<T | F> => ({ read, required: false, fallback })

type Fields = Record<string, Field<unknown>>
type Value<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never }

/** Fields of features that do not exist yet, each with the words for it: refused, never accepted and ignored. */
export type NotYet = Readonly<Record<string, string>>
export const notYetMessage = (feature: string): string => `${feature} not available yet; leave this out`

/** A map with exactly these fields. */
export function object<F extends Fields>(fields: F, notYet: NotYet = {}): Read<Value<F>> {
  const names = Object.keys(fields)
  return (at) => {
    const node = resolved(at)
    if (!isMap(node)) return wrongType(at, `a map with ${listed(names)}`)
    const values: [string, unknown][] = []
    const seen = new Set<string>()
    let whole = true
    for (const pair of node.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : '?'
      const child: Cursor = { source: at.source, node: (pair.value as Node | null) ?? null, path: [...at.path, name] }
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined
      if (field === undefined) {
        if (refuseField(child, offsetOf(pair.key) ?? 0, name, names, notYet)) continue
        whole = false
        // One mistake, one problem: what was meant, or what stands in for it, is not called missing as well.
        if (Object.hasOwn(notYet, name)) names.forEach((n) => seen.add(n))
        else seen.add(nearestOf(name, names) ?? '')
        continue
      }
      seen.add(name)
      const value = field.read(child)
      if (value === bad) whole = false
      else values.push([name, value])
    }
    for (const [name, field] of Object.entries(fields)) {
      if (seen.has(name)) continue
      if (field.required) {
        problem(at, `${name} is missing`)
        whole = false
      } else values.push([name, field.fallback])
    }
    // Every field of F was read or fell back, else `whole` is false.
    return whole ? (Object.fromEntries(values) as Value<F>) : bad
  }
}

/** True when the field may stand there: a later feature's field with nothing in it. */
function refuseField(at: Cursor, offset: number, name: string, names: readonly string[], notYet: NotYet): boolean {
  const feature = Object.hasOwn(notYet, name) ? notYet[name] : undefined
  if (feature !== undefined) {
    if (isEmptyCollection(resolved(at))) return true
    report(at.source, offset, at.path, notYetMessage(feature))
    return false
  }
  const nearest = nearestOf(name, names)
  report(at.source, offset, at.path, `unknown field "${name.slice(0, 80)}"${nearest ? `; the nearest is "${nearest}"` : ''}`, names, nearest)
  return false
}

const isEmptyCollection = (node: Node | null): boolean => (isSeq(node) || isMap(node)) && node.items.length === 0

export function list<T>(item: Read<T>, { min = 0, max = 100, of }: { min?: number; max?: number; of: string }): Read<T[]> {
  return (at) => {
    const node = resolved(at)
    if (!isSeq(node)) return wrongType(at, `a list of ${of}`)
    if (node.items.length < min) return fail(at, `needs at least ${min} of ${of}`)
    if (node.items.length > max) return fail(at, `has ${node.items.length} ${of}; at most ${max} are allowed`)
    const values = node.items.map((child, i) => item({ source: at.source, node: child as Node | null, path: [...at.path, i] }))
    return values.includes(bad) ? bad : values.filter((v): v is T & Exclude<typeof v, Bad> => v !== bad)
  }
}

/** A map whose keys the author chooses. */
export function keyed<T>(key: RegExp, keyText: string, value: Read<T>, refuseKey: (name: string) => string | null = () => null): Read<Record<string, T>> {
  return (at) => {
    const node = resolved(at)
    if (!isMap(node)) return wrongType(at, `a map of ${keyText}`)
    if (node.items.length > 200) return fail(at, `has ${node.items.length} entries; at most 200 are allowed`)
    const entries: [string, T][] = []
    let whole = true
    for (const pair of node.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : ''
      const child: Cursor = { source: at.source, node: (pair.value as Node | null) ?? null, path: [...at.path, name] }
      const refusal = key.test(name) && name !== '__proto__' ? refuseKey(name) : `"${name.slice(0, 80)}" is not ${keyText}`
      if (refusal) {
        report(at.source, offsetOf(pair.key) ?? 0, child.path, refusal)
        whole = false
        continue
      }
      const v = value(child)
      if (v === bad) whole = false
      else entries.push([name, v])
    }
    return whole ? Object.fromEntries(entries) : bad
  }
}

/** A map with one of these kinds as its only field: `deploy:`, `verify:` … */
export function oneKind<T>(kinds: Readonly<Record<string, Read<T>>>, what: string, notYet: NotYet = {}): Read<T> {
  const names = Object.keys(kinds)
  return (at) => {
    const node = resolved(at)
    if (!isMap(node)) return wrongType(at, `${what}: a map with one of ${names.join(', ')}`)
    if (node.items.length !== 1) return fail(at, `${what} has exactly one of ${names.join(', ')}; this has ${node.items.length}`, names)
    const pair = node.items[0]
    const name = isScalar(pair?.key) ? String(pair.key.value) : '?'
    const child: Cursor = { source: at.source, node: (pair?.value as Node | null) ?? null, path: [...at.path, name] }
    const read = Object.hasOwn(kinds, name) ? kinds[name] : undefined
    if (read) return read(child)
    refuseField(child, offsetOf(pair?.key) ?? 0, name, names, notYet)
    return bad
  }
}

export function fail(at: Cursor, message: string, allowed: readonly string[] | null = null, nearest: string | null = null): Bad {
  problem(at, message, allowed, nearest)
  return bad
}

export function wrongType(at: Cursor, wanted: string): Bad {
  return fail(at, `needs ${wanted}, not ${describe(resolved(at))}`)
}

function describe(node: Node | null): string {
  if (isMap(node)) return 'a map'
  if (isSeq(node)) return 'a list'
  if (!isScalar(node) || node.value === null) return 'nothing'
  return `${typeof node.value === 'string' ? 'the text' : 'the value'} ${JSON.stringify(String(node.value).slice(0, 60))}`
}

const listed = (names: readonly string[]): string => (names.length > 6 ? `${names.slice(0, 6).join(', ')} …` : names.join(', '))
