import 'server-only'
import { malformedPath } from '#lib/http/malformed-path.ts'
import { requestIdOf } from '#lib/http/observe.ts'
import { problemResponse, toProblem } from '#lib/http/problem.ts'
import { AppError } from '#lib/platform/errors.ts'

/** A mistyped path of the API: an error as every other, not the HTML page of a browser. */
export function nothingHere(req: Request): Response {
  const requestId = requestIdOf(req.headers)
  const { pathname } = new URL(req.url)
  const error =
    pathname === malformedPath
      ? new AppError('invalid_input', 'The path of this request cannot be read: a percent sign in it does not begin a character. Write a percent sign itself as %25')
      : new AppError('not_found', `There is no endpoint ${pathname}; /api/v1/openapi.json lists them`)
  return problemResponse(toProblem(error, requestId), requestId)
}
