import 'server-only'
import { type Actor, can, forbidden, mayOperate } from '#lib/access/actor.ts'
import { actorOfRequest, unauthenticated } from '#lib/access/current.ts'
import { idempotencyKey, type Kept, once } from '#lib/http/idempotency.ts'
import { readInput } from '#lib/http/input.ts'
import { observeRequest, requestIdOf } from '#lib/http/observe.ts'
import { requireSameOrigin } from '#lib/http/origin.ts'
import { answerHeaders, logUnexpected, problemResponse, toProblem } from '#lib/http/problem.ts'
import type { Endpoint, Output, Parsed } from '#lib/platform/endpoint.ts'
import { withLogContext } from '#lib/platform/log.ts'

export { pageActor } from '#lib/http/page.ts'

type Handler<E> = (actor: Actor, input: Parsed<E>) => Promise<Output<E>>
type Answer<E> = (actor: Actor, input: Parsed<E>, req: Request, requestId: string) => Promise<Response>
type Context = { params: Promise<unknown> }
/** Carries its endpoint, so that a test can hold every route file to the list of endpoints. */
type RouteHandler = ((req: Request, ctx: Context) => Promise<Response>) & { endpoint: Endpoint }

/** Who asks at a `public` endpoint: nobody, with no role anywhere. */
const anonymous = (requestId: string): Actor => ({ kind: 'system', id: 'anonymous', name: 'nobody', email: '', grants: [], scopes: null, tokenId: null, requestId })

/** Lets in who could ever be allowed; the service decides on the object itself. */
function admit(e: Endpoint, actor: Actor | null, requestId: string): Actor {
  if (e.verb === 'public') return actor ?? anonymous(requestId)
  if (!actor) throw unauthenticated()
  // on_call may do some of operate: what moves toward stable is the service's to tell.
  const isIn = e.verb === 'session' || (e.verb === 'operate' ? mayOperate(actor, null, true) : can(actor, e.verb, null))
  if (!isIn) throw forbidden(actor, e.verb, e.doing ?? 'do this')
  return actor
}

/** Who is asking → may they at all → what do they ask: the same for every endpoint and every error. */
function edge<E extends Endpoint>(e: E, answer: Answer<E>): RouteHandler {
  const handle = (req: Request, ctx: Context) => {
    const requestId = requestIdOf(req.headers)
    const startedMs = performance.now()
    return withLogContext({ request_id: requestId }, async () => {
      const res = await respond(e, answer, req, ctx, requestId)
      observeRequest(e, req, res.status, startedMs)
      return res
    })
  }
  return Object.assign(handle, { endpoint: e })
}

async function respond<E extends Endpoint>(e: E, answer: Answer<E>, req: Request, ctx: Context, requestId: string): Promise<Response> {
  try {
    const known = await actorOfRequest(req.headers, requestId)
    if (known && known.tokenId === null && e.method !== 'GET') requireSameOrigin(req.headers)
    const actor = admit(e, known, requestId)
    const params = (await ctx.params) as Record<string, string> | undefined
    const input = await readInput(e, req, params ?? {})
    return await withLogContext({ actor: actor.email || actor.name }, () => answer(actor, input, req, requestId))
  } catch (err) {
    logUnexpected(err, e.id)
    return problemResponse(toProblem(err, requestId), requestId)
  }
}

type Options<E> = {
  /** What is kept for a repeated Idempotency-Key when the answer has a secret that is shown once. */
  forReplay?: (answer: Output<E>) => Output<E>
}

/**
 * A Route Handler for an endpoint: `export const POST = route(createRelease, create)`. The handler gets the actor and
 * the parsed input and returns the output; it throws AppError (or lets a DriverError pass) to refuse. Errors answer as
 * application/problem+json; POST and PUT honour Idempotency-Key.
 */
export const route = <E extends Endpoint>(e: E, handler: Handler<E>, options: Options<E> = {}): RouteHandler =>
  edge(e, async (actor, input, req, requestId) => {
    const key = e.method === 'POST' || e.method === 'PUT' ? idempotencyKey(req.headers) : null
    let given: unknown
    const work = async (): Promise<Kept> => {
      const status = e.status ?? 200
      const output = e.output.parse(await handler(actor, input)) as Output<E>
      given = output
      return { status, body: options.forReplay ? options.forReplay(output) : output }
    }
    if (key === null) return json((await work()).status, given, requestId)
    const kept = await once(actor, key, e.id, input, () => work().catch((err: unknown) => refusal(err, e, requestId)))
    const res = json(kept.status, kept.isReplay || given === undefined ? kept.body : given, requestId)
    if (kept.isReplay) res.headers.set('idempotent-replayed', 'true')
    return res
  })

function refusal(err: unknown, e: Endpoint, requestId: string): Kept {
  logUnexpected(err, e.id)
  const problem = toProblem(err, requestId)
  return { status: problem.status, body: problem }
}

function json(status: number, body: unknown, requestId: string): Response {
  if (status >= 400) return problemResponse(body as ReturnType<typeof toProblem>, requestId)
  return new Response(JSON.stringify(body), { status, headers: { ...answerHeaders(requestId), 'content-type': 'application/json' } })
}

type File = { name: string; type: string; text: AsyncIterable<string> }

/** As `route`, for a file of any length, sent as it is read. One that fails on its way is cut off, which the browser shows as failed. */
export const routeFile = <E extends Endpoint>(e: E, handler: (actor: Actor, input: Parsed<E>) => Promise<File>): RouteHandler =>
  edge(e, async (actor, input, _req, requestId) => {
    const file = await handler(actor, input)
    const headers = { ...answerHeaders(requestId), 'content-type': `${file.type}; charset=utf-8`, 'content-disposition': `attachment; filename="${file.name}"` }
    return new Response(streamOf(file.text, e.id), { status: 200, headers })
  })

function streamOf(text: AsyncIterable<string>, what: string): ReadableStream<Uint8Array> {
  const parts = text[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const part = await parts.next()
        if (part.done) controller.close()
        else controller.enqueue(encoder.encode(part.value))
      } catch (err) {
        logUnexpected(err, what)
        controller.error(err)
      }
    },
    cancel: async () => void (await parts.return?.()),
  })
}

/** As `route`, for an answer that is text of another type (YAML). */
export const routeText = <E extends Endpoint>(e: E, handler: (actor: Actor, input: Parsed<E>) => Promise<string>, contentType: string): RouteHandler =>
  edge(e, async (actor, input, _req, requestId) => new Response(await handler(actor, input), { status: e.status ?? 200, headers: { ...answerHeaders(requestId), 'content-type': `${contentType}; charset=utf-8` } }))
