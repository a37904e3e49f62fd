import 'server-only'
import { endpoints } from '#lib/endpoints.ts'
import { requestIdOf } from '#lib/http/observe.ts'
import { answerHeaders, problemResponse, toProblem } from '#lib/http/problem.ts'
import { AppError } from '#lib/platform/errors.ts'
import { listText } from '#lib/platform/words.ts'

/** The reference is no endpoint of its own list. */
const readable = [...endpoints, { method: 'GET', path: '/api/v1/openapi.json' }]

/** Of the path that serves this one: a written segment goes before a name, as in routing. */
function methodsAt(pathname: string): string[] {
  const parts = pathname.split('/')
  const here = readable.filter(({ path }) => path.split('/').length === parts.length && path.split('/').every((part, i) => part.startsWith(':') || part === parts[i]))
  const named = (path: string) => path.split(':').length
  const path = here.toSorted((a, b) => named(a.path) - named(b.path))[0]?.path
  // A bundle orders exports as it likes.
  return here.filter((e) => e.path === path).map((e) => e.method).toSorted()
}

const allowOf = (methods: readonly string[]): string => [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')

/** Without it the framework answers 405 with an empty body. */
function otherMethod(req: Request): Response {
  const requestId = requestIdOf(req.headers)
  const { pathname } = new URL(req.url)
  const methods = methodsAt(pathname)
  const res = problemResponse(toProblem(new AppError('method_not_allowed', `${req.method} is not possible at ${pathname}: it takes ${listText(methods, 'or')}`), requestId), requestId)
  res.headers.set('allow', allowOf(methods))
  return res
}

function options(req: Request): Response {
  return new Response(null, { status: 204, headers: { ...answerHeaders(requestIdOf(req.headers)), allow: allowOf(methodsAt(new URL(req.url).pathname)) } })
}

/** `export * from` this in a route file: the file's own methods go before these. */
export { otherMethod as DELETE, otherMethod as GET, options as OPTIONS, otherMethod as PATCH, otherMethod as POST, otherMethod as PUT }
