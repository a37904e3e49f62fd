import { AppError } from '#lib/platform/errors.ts'

const shape = /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/

/**
 * The one form of an address that a person is known by: NFKC, lower case, plain ASCII, one @, no quotes, comments or
 * lists. Null for any other: two spellings that mail might deliver to one person must never be two people, since
 * four-eyes counts people.
 */
export function normalEmail(given: string): string | null {
  const email = given.trim().normalize('NFKC').toLowerCase()
  return email.length <= 254 && shape.test(email) && !email.includes('..') ? email : null
}

export function requireEmail(given: string, field: string): string {
  const email = normalEmail(given)
  if (email === null) throw new AppError('invalid_input', `${field}: must be a plain address such as name@example.com`, { field })
  return email
}
