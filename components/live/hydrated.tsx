import 'server-only'
import { dehydrate, QueryClient } from '@tanstack/react-query'
import { notFound } from 'next/navigation'
import { cache, type ReactNode } from 'react'
import type { z } from 'zod'
import { HydratedState } from '#components/live/hydrated-state.tsx'
import { type Read, SameByApi } from '#components/live/same-by-api.tsx'
import type { Actor } from '#lib/access/actor.ts'
import type { Endpoint, Input, Output, Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'

type Load = ((actor: Actor, client: QueryClient) => Promise<void>) & { read: Read }

/** Readings of this request. The frame and its page ask for some of the same; each is made once, and sent once. */
const readings = cache(() => new Map<string, Promise<unknown>>())

function once<T>(key: string, read: () => Promise<T>): Promise<T> {
  const known = readings()
  const reading = (known.get(key) as Promise<T> | undefined) ?? read()
  known.set(key, reading)
  return reading
}

/**
 * One answer to have ready in the first draw, under the key that the browser will ask it by. A failure other than
 * "not found" is left to the browser's own read, which shows it as a panel and is logged at the edge.
 */
export const ready =
  <I extends z.ZodType, O extends z.ZodType>(e: Endpoint<I, O>, input: Input<Endpoint<I, O>>, service: (actor: Actor, input: Parsed<Endpoint<I, O>>) => Promise<Output<Endpoint<I, O>>>, options: { main?: boolean } = {}): Load => {
  const load = async (actor: Actor, client: QueryClient) => {
    try {
      const parsed = e.input.parse(input) as Parsed<Endpoint<I, O>>
      const answer = await once(JSON.stringify([e.id, actor.id, parsed]), async () => e.output.parse(await service(actor, parsed)))
      client.setQueryData([e.id, input], answer)
    } catch (err) {
      if (options.main && err instanceof AppError && (err.code === 'not_found' || err.code === 'invalid_input')) notFound()
      if (!(err instanceof AppError)) console.error(e.id, err)
    }
  }
  return Object.assign(load, { read: { endpoint: e, input: input as Record<string, unknown> } })
}

/**
 * Reads all of it at once by the services, as this actor, and hands it to the browser with the page. Below a page stand
 * the same reads by the API; `frame` leaves them out, for what is around every page.
 */
export async function Hydrated({ actor, load, frame = false, children }: { actor: Actor; load: readonly Load[]; frame?: boolean; children: ReactNode }) {
  const client = new QueryClient()
  await Promise.all(load.map((fn) => fn(actor, client)))
  return <HydratedState text={JSON.stringify(dehydrate(client))}>{children}{!frame && <SameByApi reads={load.map((l) => l.read)} />}</HydratedState>
}
