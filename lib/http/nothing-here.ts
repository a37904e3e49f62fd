import 'server-only'
import { requestIdOf } from '#lib/http/observe.ts'
import { problemResponse, toProblem } from '#lib/http/problem.ts'
import { AppError } from '#lib/platform/errors.ts'

/** A mistyped path of the API: an error as every other, not the HTML page of a browser. */
export function nothingHere(req: Request): Response {
  const requestId = requestIdOf(req.headers)
  const { pathname } = new URL(req.url)
  return problemResponse(toProblem(new AppError('not_found', `There is no endpoint ${pathname}; /api/v1/openapi.json lists them`), requestId), requestId)
}
