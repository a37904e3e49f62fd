import 'server-only'
import { z } from 'zod'
import { DriverError } from '#lib/drivers/errors.ts'
import { DatabaseUnanswered } from '#lib/platform/db/read.ts'
import type { Problem } from '#lib/platform/endpoint.ts'
import { AppError, type ErrorCode, errorStatus } from '#lib/platform/errors.ts'
import { log } from '#lib/platform/log.ts'

/** Every answer is one person's: no cache may hand it to another. */
export const answerHeaders = (requestId: string): Record<string, string> => ({ 'cache-control': 'private, no-store', 'x-request-id': requestId, 'x-content-type-options': 'nosniff', vary: 'authorization, cookie' })

const titleOf = (code: string): string => code.charAt(0).toUpperCase() + code.slice(1).replaceAll('_', ' ')

/** The error as a caller may see it. What is not expected says nothing of its inside; it is in the log under the request id. */
export function toProblem(err: unknown, requestId: string): Problem {
  const base = (code: string, status: number, detail: string): Problem => ({ type: `urn:sluice:problem:${code}`, title: titleOf(code), status, code, detail, requestId })
  if (err instanceof AppError)
    return {
      ...base(err.code, errorStatus[err.code], err.message),
      ...(err.field !== undefined && { field: err.field }),
      ...(err.fields !== undefined && { fields: [...err.fields] }),
      ...(err.unmet !== undefined && { unmet: [...err.unmet] }),
      ...(err.ref !== undefined && { ref: err.ref }),
    }
  if (err instanceof DriverError) {
    const code: ErrorCode = 'provider_error'
    return { ...base(code, err.retriable ? 503 : 502, `${err.provider}: ${err.message}`), unmet: [{ code: `provider_${err.kind}`, message: err.retriable ? 'the provider may answer in a moment' : 'the provider refused this', who: null, opensAt: null }] }
  }
  if (isBusyDatabase(err)) return base('unavailable', 503, 'The database is busy or did not answer. Look at what is there, then try again.')
  return base('internal', 500, 'Something went wrong inside Sluice. The log has it under this request id.')
}

/** Prisma's codes for no connection, none free, a transaction that could not start or ran out of time, and a conflict to be tried again. */
const busyCodes = ['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']
/** A statement written by hand fails as P2010 whatever the cause; these, of the driver below it, say the same. */
const BusyDriver = z.object({ code: z.literal('P2010'), meta: z.object({ driverAdapterError: z.object({ cause: z.object({ kind: z.enum(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections', 'TransactionWriteConflict']) }) }) }) })
const isBusyDatabase = (err: unknown): boolean => err instanceof DatabaseUnanswered || (err instanceof Error && 'code' in err && typeof err.code === 'string' && (busyCodes.includes(err.code) || BusyDriver.safeParse(err).success))

export function problemResponse(problem: Problem, requestId: string): Response {
  const headers = new Headers({ ...answerHeaders(requestId), 'content-type': 'application/problem+json' })
  if (problem.status === 401) headers.set('www-authenticate', 'Bearer realm="sluice"')
  if (problem.status === 429 || problem.status === 503) headers.set('retry-after', '10')
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

/** Errors that nobody expected are logged whole; the rest is in the request's own line. */
export function logUnexpected(err: unknown, what: string): void {
  if (!(err instanceof AppError) && !(err instanceof DriverError)) log.error(`${what} failed`, { error: err })
}

/** What was left out is not "undefined" to who sent it. */
const wordsOf = (issue: z.core.$ZodIssue): string => (issue.code === 'invalid_type' && issue.message.endsWith('received undefined') ? 'is required' : issue.message)

/** All issues in one sentence, and each at its field. */
export function invalidInput(error: z.ZodError): AppError {
  const issues = error.issues.map((issue) => ({ field: issue.path.map(String).join('.'), message: wordsOf(issue) }))
  const lines = issues.map((i) => (i.field ? `${i.field}: ${i.message}` : i.message))
  const fields = issues.filter((i) => i.field !== '')
  return new AppError('invalid_input', lines.join('; '), { ...(issues[0]?.field && { field: issues[0].field }), ...(fields.length > 0 && { fields }) })
}
