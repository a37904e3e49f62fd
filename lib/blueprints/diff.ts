import { isDeepStrictEqual } from 'node:util'
import type { BlueprintDocument } from '#lib/blueprints/document.ts'

export type DocumentChange = { op: 'add' | 'change' | 'remove'; path: string; before: unknown; after: unknown }

/** Lists whose items are told apart by a field: a change names the item, and a moved item is not a removed one. */
const keyFields = ['name', 'service', 'environment'] as const

/** What differs, in the order of the new document. `before` is null for an application that is not there yet. */
export const diffDocuments = (before: BlueprintDocument | null, after: BlueprintDocument): DocumentChange[] => walk(before ?? { apiVersion: after['apiVersion'], kind: after['kind'], spec: {} }, after, '')

function walk(before: unknown, after: unknown, path: string): DocumentChange[] {
  if (isDeepStrictEqual(before, after)) return []
  if (isRecord(before) && isRecord(after)) return walkFields(before, after, path)
  if (Array.isArray(before) && Array.isArray(after)) return walkList(before, after, path)
  return [{ op: 'change', path, before, after }]
}

function walkFields(before: Record<string, unknown>, after: Record<string, unknown>, path: string): DocumentChange[] {
  const names = [...new Set([...Object.keys(after), ...Object.keys(before)])]
  return names.flatMap((name) => walkOne(before, after, name, path === '' ? name : `${path}.${name}`))
}

function walkOne(before: Record<string, unknown>, after: Record<string, unknown>, name: string, path: string): DocumentChange[] {
  const was = Object.hasOwn(before, name)
  const is = Object.hasOwn(after, name)
  // A left-out list is an empty one: its items are added and removed one by one.
  if (!was && Array.isArray(after[name]) && keyOf(after[name])) return walkList([], after[name], path)
  if (!is && Array.isArray(before[name]) && keyOf(before[name])) return walkList(before[name], [], path)
  if (!was) return [{ op: 'add', path, before: null, after: after[name] }]
  if (!is) return [{ op: 'remove', path, before: before[name], after: null }]
  return walk(before[name], after[name], path)
}

function walkList(before: readonly unknown[], after: readonly unknown[], path: string): DocumentChange[] {
  const key = keyOf([...before, ...after])
  if (key === null) return [{ op: 'change', path, before, after }]
  const old = byKey(before, key)
  const next = byKey(after, key)
  const changes = walkFields(old, next, path)
  const kept = (list: Record<string, unknown>, other: Record<string, unknown>) => Object.keys(list).filter((k) => Object.hasOwn(other, k))
  const [orderBefore, orderAfter] = [kept(old, next), kept(next, old)]
  return isDeepStrictEqual(orderBefore, orderAfter) ? changes : [...changes, { op: 'change', path: `${path} (order)`, before: orderBefore, after: orderAfter }]
}

const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

/** The field that tells the items apart; null when some item has none. */
function keyOf(list: readonly unknown[]): (typeof keyFields)[number] | null {
  return keyFields.find((key) => list.length > 0 && list.every((item) => isRecord(item) && typeof item[key] === 'string')) ?? null
}
const byKey = (list: readonly unknown[], key: string): Record<string, unknown> => Object.fromEntries(list.flatMap((item) => (isRecord(item) ? [[String(item[key]), item]] : [])))
