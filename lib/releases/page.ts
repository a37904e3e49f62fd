import { AppError } from '#lib/platform/errors.ts'

/** A place in a list ordered newest first: time and id, so that rows of one millisecond have an order too. */
export type Place = { createdAt: Date; id: string }

export const cursorOf = (row: Place): string => Buffer.from(`${row.createdAt.getTime()}.${row.id}`).toString('base64url')

/** Reads a cursor; anything that no list of ours gave out is a field error. */
export function readCursor(cursor: string): Place {
  const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split('.')
  if (!/^\d{1,15}$/.test(time) || !/^[0-9a-f-]{36}$/.test(id)) throw new AppError('invalid_input', 'cursor must be a nextCursor of this list', { field: 'cursor' })
  return { createdAt: new Date(Number(time)), id }
}

/** The condition "comes after this place" of a list ordered by createdAt and id, both descending. */
export const after = (cursor: string | undefined) => {
  if (cursor === undefined) return {}
  const { createdAt, id } = readCursor(cursor)
  return { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] }
}

/** Cuts one row more than the page into the page and its cursor. */
export function pageOf<T extends Place>(rows: readonly T[], limit: number): { rows: T[]; nextCursor: string | null } {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  return { rows: kept, nextCursor: rows.length > limit && last ? cursorOf(last) : null }
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
/** Ids are opaque to callers: one that cannot be ours is simply not found, without asking the database. */
export const isId = (id: string): boolean => uuid.test(id)
