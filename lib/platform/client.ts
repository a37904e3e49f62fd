import { queryOptions } from '@tanstack/react-query'
import { type Endpoint, type Input, type Output, Problem } from '#lib/platform/endpoint.ts'

/** An answer that refuses: everything the server said, with the reasons in `problem.unmet`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly problem: Problem
  readonly code: string
  readonly status: number
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
    this.code = problem.code
    this.status = problem.status
  }
}

type Options = {
  /** Give one to press again after a lost answer without doing it twice; else each call is a new request. */
  idempotencyKey?: string
  signal?: AbortSignal
}

/** Calls an endpoint from the browser. The answer is parsed, so a drifting server fails loudly; a refusal throws ApiError. */
export async function call<E extends Endpoint>(e: E, input: Input<E>, options: Options = {}): Promise<Output<E>> {
  const { path, rest } = fillPath(e.path, input as Record<string, unknown>)
  const hasBody = e.method === 'POST' || e.method === 'PUT'
  const res = await fetch(hasBody ? path : path + queryString(rest), {
    method: e.method,
    headers: { accept: 'application/json', ...(hasBody && { 'content-type': 'application/json', 'idempotency-key': options.idempotencyKey ?? newKey() }) },
    ...(hasBody && { body: JSON.stringify(rest) }),
    ...(options.signal && { signal: options.signal }),
  })
  const text = await res.text()
  if (!res.ok) throw new ApiError(readProblem(text, res))
  const isJson = res.headers.get('content-type')?.startsWith('application/json') === true
  return e.output.parse(isJson ? JSON.parse(text) : text) as Output<E>
}

/** Endpoint id first, so `invalidateQueries({ queryKey: [e.id] })` covers every input. */
export const query = <E extends Endpoint>(e: E, input: Input<E>) => queryOptions({ queryKey: [e.id, input] as const, queryFn: ({ signal }): Promise<Output<E>> => call(e, input, { signal }) })

function fillPath(template: string, input: Record<string, unknown>): { path: string; rest: Record<string, unknown> } {
  const rest = { ...input }
  const path = template.replace(/:(\w+)/g, (_, name: string) => {
    const value = String(rest[name])
    delete rest[name]
    return encodeURIComponent(value)
  })
  return { path, rest }
}

function queryString(fields: Record<string, unknown>): string {
  const given = Object.entries(fields).filter(([, v]) => v !== undefined && v !== null)
  return given.length > 0 ? `?${new URLSearchParams(given.map(([k, v]) => [k, String(v)]))}` : ''
}

// crypto.randomUUID exists only on https and localhost; a phone may open the product by a plain address.
const newKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')

/** A proxy in between may answer with something else than a problem; then the status alone is told. */
function readProblem(text: string, res: Response): Problem {
  const parsed = Problem.safeParse(parseOrNull(text))
  if (parsed.success) return parsed.data
  return { type: 'about:blank', title: res.statusText || 'Error', status: res.status, code: 'unreadable_answer', detail: `The server answered ${res.status} without saying why` }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // not JSON: readProblem tells the status instead
  }
}
