import { createHash } from 'node:crypto'
import { canonicalJson } from '#lib/audit/chain.ts'

/** SHA-256 of the canonical JSON, hexadecimal: the order of fields does not matter. */
export const hashOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex')
