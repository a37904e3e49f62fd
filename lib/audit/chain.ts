import { createHash } from 'node:crypto'

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

/** JSON with object keys in code-point order, so that what Postgres gives back (jsonb reorders keys) hashes as what was written. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((v) => canonicalJson(v ?? null)).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, v]) => v !== undefined).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`
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

/** h_i = sha256(h_{i-1} || canonical(row)), hexadecimal. */
export function chainHash(previousHash: string, row: ChainedRow): string {
  const covered = {
    id: row.id, chain: row.chain, seq: row.seq, at: row.at.toISOString(), actorKind: row.actorKind, actorId: row.actorId, actorName: row.actorName, verb: row.verb,
    subjectKind: row.subjectKind, subjectId: row.subjectId, subjects: row.subjects, reason: row.reason, message: row.message, before: row.before, after: row.after, requestId: row.requestId,
  }
  return createHash('sha256').update(previousHash).update(canonicalJson(covered)).digest('hex')
}
