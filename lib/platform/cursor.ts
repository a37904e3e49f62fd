import type { z } from 'zod'
import { AppError } from '#lib/platform/errors.ts'

/** A place in a list as opaque text: the sort values of the last row given. */
export const writeCursor = (values: readonly (string | number)[]): string => Buffer.from(JSON.stringify(values)).toString('base64url')

/** The sort values in a cursor, or null without one. Throws `invalid_input` for anything that is not a cursor of this list. */
export function readCursor<T extends z.ZodType>(cursor: string | undefined, values: T): z.output<T> | null {
  if (cursor === undefined) return null
  const parsed = values.safeParse(decode(cursor))
  if (!parsed.success) throw new AppError('invalid_input', 'cursor: must be the nextCursor of this list', { field: 'cursor' })
  return parsed.data
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined // refused by the schema, as any other wrong cursor
  }
}
