import { queryOptions } from '@tanstack/react-query'
import { fillPath, queryString } from '#lib/platform/address.ts'
import type { Endpoint, Input, Output, Problem } from '#lib/platform/endpoint.ts'

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

/** Calls an endpoint from the browser; a refusal throws ApiError. The server parsed the answer by the endpoint's schema before it sent it; here it is taken as it comes. */
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
  return (isJson ? JSON.parse(text) : text) as Output<E> // the server's own parse held it to this
}

/** No answer of ours travels so long; one that did waited in a laptop that slept, and tells of the time before. */
const sleptMs = 10_000

/** A read that tells of now: its server's time becomes this tab's clock, by which everything shown is fresh or too old. */
async function readNow<E extends Endpoint>(e: E, input: Input<E>, signal: AbortSignal): Promise<Output<E>> {
  const askedMs = Date.now()
  const answer = await call(e, input, { signal })
  return Date.now() - askedMs > sleptMs ? call(e, input, { signal }) : answer
}

/** Endpoint id first, so `invalidateQueries({ queryKey: [e.id] })` covers every input. */
export const query = <E extends Endpoint>(e: E, input: Input<E>) => queryOptions({ queryKey: [e.id, input] as const, queryFn: ({ signal }): Promise<Output<E>> => readNow(e, input, signal) })

// crypto.randomUUID exists only on https and localhost; a phone may open the product by a plain address.
const newKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')

/** Ours, and not an error that something in between made up in its own format. */
export const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string' && 'detail' in body && typeof body.detail === 'string' && 'status' in body && typeof body.status === 'number' && 'title' in body && typeof body.title === 'string'

/** A proxy in between may answer with something else than a problem; then the status alone is told. */
function readProblem(text: string, res: Response): Problem {
  const body = parseOrNull(text)
  if (isProblem(body)) return body
  return { type: 'about:blank', title: res.statusText || 'Error', status: res.status, code: 'unreadable_answer', detail: `The server answered ${res.status} without saying why` }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // not JSON: readProblem tells the status instead
  }
}
