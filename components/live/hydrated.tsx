import 'server-only'
import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import type { z } from 'zod'
import type { Actor } from '#lib/access/actor.ts'
import type { Endpoint, Input, Output, Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'

type Load = (actor: Actor, client: QueryClient) => Promise<void>

/**
 * One answer to have ready in the first draw, under the key that the browser will ask it by. A failure other than
 * "not found" is left to the browser's own read, which shows it as a panel and is logged at the edge.
 */
export const ready =
  <I extends z.ZodType, O extends z.ZodType>(e: Endpoint<I, O>, input: Input<Endpoint<I, O>>, service: (actor: Actor, input: Parsed<Endpoint<I, O>>) => Promise<Output<Endpoint<I, O>>>, options: { main?: boolean } = {}): Load =>
  async (actor, client) => {
    try {
      const parsed = e.input.parse(input) as Parsed<Endpoint<I, O>>
      const answer = e.output.parse(await service(actor, parsed))
      client.setQueryData([e.id, input], answer)
    } catch (err) {
      if (options.main && err instanceof AppError && (err.code === 'not_found' || err.code === 'invalid_input')) notFound()
      if (!(err instanceof AppError)) console.error(e.id, err)
    }
  }

/** Reads all of it at once by the services, as this actor, and hands it to the browser with the page. */
export async function Hydrated({ actor, load, children }: { actor: Actor; load: readonly Load[]; children: ReactNode }) {
  const client = new QueryClient()
  await Promise.all(load.map((fn) => fn(actor, client)))
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>
}
