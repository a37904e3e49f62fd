import { hash } from 'node:crypto'

/** Everything of an audit row that its hash covers; only the two hashes themselves are left out. */
export type ChainedRow = {
  id: string
  chain: string
  seq: number
  at: Date
  actorKind: string
  actorId: string | null
  actorName: string
  verb: string
  subjectKind: string
  subjectId: string
  subjects: readonly string[]
  reason: string | null
  message: string
  before: unknown
  after: unknown
  requestId: string | null
}

/** What the first row of a chain follows. */
export const genesisHash = '0'.repeat(64)

/** JSON with object keys in the order of their code units, so that what Postgres gives back (jsonb reorders keys) hashes as what was written. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((v) => canonicalJson(v ?? null)).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const fields = value as Record<string, unknown>
    const present = Object.keys(fields).filter((k) => fields[k] !== undefined)
    return `{${present.toSorted().map((k) => `${JSON.stringify(k)}:${canonicalJson(fields[k])}`).join(',')}}`
  }
  return JSON.stringify(value ?? null)
}

/** Text as Postgres can keep it: it refuses NUL and lone surrogates, and a refused audit row would refuse the action. */
export const storableText = (s: string): string => s.replaceAll('\u0000', '\uFFFD').toWellFormed()

/** A value as jsonb will give it back: dates as text, undefined gone, every text storable. */
export function storableJson(value: unknown): unknown {
  if (value === undefined || value === null) return null
  const plain: unknown = JSON.parse(JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? v.toString() : v)) ?? 'null')
  return clean(plain)
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(clean)
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [storableText(k), clean(v)]))
  return value
}

/**
 * h_i = sha256(h_{i-1} || canonical(row)), hexadecimal. The canonical row is a list in this order, so that no key has to
 * be written or sorted; before and after go in as their canonical JSON.
 */
export function chainHash(previousHash: string, row: ChainedRow): string {
  const list = [
    row.id, row.chain, row.seq, row.at.toISOString(), row.actorKind, row.actorId, row.actorName, row.verb, row.subjectKind, row.subjectId, row.subjects,
    row.reason, row.message, row.requestId, canonicalJson(row.before), canonicalJson(row.after),
  ]
  return hash('sha256', previousHash + JSON.stringify(list))
}
