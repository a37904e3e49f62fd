import { AppError } from '#lib/platform/errors.ts'
import { isId } from '#lib/platform/id.ts'

/**
 * One page of a list, whatever it is sorted by: the database finds the place of the last row given and goes on after it.
 * Takes one row more than the page, which tells whether there is another. Anything that no list of ours gave out is a
 * field error.
 */
export function pageArgs({ limit, cursor }: { limit: number; cursor?: string | undefined }): { take: number; cursor?: { id: string }; skip?: number } {
  if (cursor === undefined) return { take: limit + 1 }
  if (!isId(cursor)) throw new AppError('invalid_input', 'cursor must be a nextCursor of this list', { field: 'cursor' })
  return { take: limit + 1, cursor: { id: cursor }, skip: 1 }
}

/**
 * The condition of a list, and beside it the row that the cursor names: it may have left the list meanwhile, and Prisma
 * would then pass over another in its stead, or end (prisma/orm issue 4087). It is skipped, so nobody is shown it.
 */
export const withCursor = <W extends object>(where: W, cursor: string | undefined): W | { OR: (W | { id: string })[] } => (cursor === undefined ? where : { OR: [where, { id: cursor }] })

/** Cuts one row more than the page into the page and its cursor. */
export function pageOf<T extends { id: string }>(rows: readonly T[], limit: number): { rows: T[]; nextCursor: string | null } {
  const kept = rows.slice(0, limit)
  return { rows: kept, nextCursor: rows.length > limit ? (kept.at(-1)?.id ?? null) : null }
}
