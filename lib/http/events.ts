import 'server-only'
import { z } from 'zod'
import { type Actor, can, type Place } from '#lib/access/actor.ts'
import { actorOfRequest, unauthenticated } from '#lib/access/current.ts'
import { placeOf } from '#lib/access/places.ts'
import { requestIdOf } from '#lib/http/observe.ts'
import { refuseOtherSites } from '#lib/http/origin.ts'
import { answerHeaders, logUnexpected, problemResponse, toProblem } from '#lib/http/problem.ts'
import { reconnected, subscribe } from '#lib/platform/db/notify.ts'
import { AppError } from '#lib/platform/errors.ts'
import { log } from '#lib/platform/log.ts'

const Event = z.object({ topic: z.string(), id: z.string(), version: z.number() })
type Event = z.infer<typeof Event>

const heartbeatMs = 15_000
/** How long a stream outlives a sign-out, an expiry or a change of roles at most. */
const recheckMs = 30_000
/** More than a person has tabs; a loop that opens streams must not use up the process. */
const streamsPerPerson = 50

const shared = globalThis as typeof globalThis & { sluiceStreams?: Map<string, number> }
const streams = () => (shared.sluiceStreams ??= new Map<string, number>())

/**
 * GET /api/events: `{topic, id, version}` of everything that changes where the actor may view, as server-sent events;
 * clients re-read what they show. The stream ends when the session does, and after a gap in the database's
 * notifications, so that the browser opens a new one and reads everything again.
 */
export const eventsHandler = (req: Request): Promise<Response> => openEvents(req, recheckMs)

export async function openEvents(req: Request, everyMs: number): Promise<Response> {
  const requestId = requestIdOf(req.headers)
  try {
    refuseOtherSites(req.headers)
    const actor = await actorOfRequest(req.headers, requestId)
    if (!actor) throw unauthenticated()
    if (!can(actor, 'view', null)) throw new AppError('forbidden', 'This account may view nothing')
    if ((streams().get(actor.id) ?? 0) >= streamsPerPerson) throw new AppError('too_many_requests', `At most ${streamsPerPerson} streams at once`)
    return new Response(stream(actor, req, everyMs), { headers: { ...answerHeaders(requestId), 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' } })
  } catch (err) {
    logUnexpected(err, 'events')
    return problemResponse(toProblem(err, requestId), requestId)
  }
}

function stream(first: Actor, req: Request, everyMs: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let actor = first
  let close = (_isReaderGone?: boolean): void => undefined
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text))
      count(first.id, 1)
      const heartbeat = setInterval(() => send(': still here\n\n'), heartbeatMs)
      const recheck = setInterval(() => {
        actorOfRequest(req.headers, first.requestId).then((now) => (now && can(now, 'view', null) ? (actor = now) : close()), () => close())
      }, everyMs)
      const unsubscribe = subscribe('sluice', (payload) => {
        if (payload === reconnected) return close()
        const event = readEvent(payload)
        if (event) void deliver(actor, event, send)
      })
      let isOpen = true
      close = (isReaderGone = false) => {
        if (!isOpen) return
        isOpen = false
        clearInterval(heartbeat)
        clearInterval(recheck)
        unsubscribe()
        count(first.id, -1)
        // A stream that its reader gave up is closed already; closing it again throws.
        if (!isReaderGone) controller.close()
      }
      req.signal.addEventListener('abort', () => close(), { once: true })
      send('retry: 2000\n\n')
      async function deliver(to: Actor, event: Event, write: (text: string) => void) {
        try {
          if ((await maySee(to, event)) && isOpen) write(`data: ${JSON.stringify(event)}\n\n`)
        } catch (error) {
          log.warning('an event was not delivered', { error })
          close()
        }
      }
    },
    cancel: () => close(true),
  })
}

/** Who views everything needs no look-up; for others the thing's place decides. */
async function maySee(actor: Actor, event: Event): Promise<boolean> {
  if (can(actor, 'view', { applicationId: null })) return true
  const place = await sharedPlaceOf(event.topic, event.id)
  return place !== null && can(actor, 'view', place)
}

const looking = new Map<string, Promise<Place | null>>()
/** All streams hear of a change at once: one look-up serves them, or a commit would cost a statement per open tab. */
function sharedPlaceOf(topic: string, id: string): Promise<Place | null> {
  const key = `${topic} ${id}`
  const place = looking.get(key) ?? placeOf(topic, id).finally(() => looking.delete(key))
  looking.set(key, place)
  return place
}

function readEvent(payload: string): Event | null {
  try {
    return Event.safeParse(JSON.parse(payload)).data ?? null
  } catch (error) {
    log.warning('a notification is not one of ours', { error })
    return null
  }
}

function count(personId: string, by: 1 | -1): void {
  const open = (streams().get(personId) ?? 0) + by
  if (open > 0) streams().set(personId, open)
  else streams().delete(personId)
}
