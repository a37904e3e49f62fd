import { invalid } from '#emulator/errors.ts'
import type { JsonObject } from '#emulator/state/json.ts'

const defaultPage = 100
const largestPage = 1000

/** One page of a list: `pageSize` is capped, as everywhere in these APIs; a token is an offset nobody should read. */
export function paginate<T>(all: readonly T[], request: JsonObject): { items: T[]; next: string } {
  const size = Math.min(Number(request['pageSize'] ?? 0) || defaultPage, largestPage)
  if (size < 0) throw invalid('page_size', 'page_size must not be negative.')
  const token = request['pageToken']
  const offset = typeof token === 'string' ? Number(Buffer.from(token, 'base64url').toString()) : 0
  if (!Number.isInteger(offset) || offset < 0) throw invalid('page_token', `'${String(token)}' is not a page token of this list.`)
  const end = offset + size
  return { items: all.slice(offset, end), next: end < all.length ? Buffer.from(String(end)).toString('base64url') : '' }
}
