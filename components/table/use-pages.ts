'use client'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import type { z } from 'zod'
import { call } from '#lib/platform/client.ts'
import type { Endpoint, Input, Output } from '#lib/platform/endpoint.ts'

type List<T> = z.ZodType<{ items: T[]; nextCursor: string | null }>

/**
 * A list page by page, kept live as one answer. The first page is what the server drew, when it did; the rest comes as
 * the reader goes down.
 */
export function usePages<I extends z.ZodType, T>(endpoint: Endpoint<I, List<T>>, input: Input<Endpoint<I, List<T>>>) {
  const client = useQueryClient()
  const drawn = client.getQueryState<Output<Endpoint<I, List<T>>>>([endpoint.id, input])
  const read = useInfiniteQuery({
    queryKey: [endpoint.id, input, 'pages'],
    queryFn: ({ pageParam, signal }) => call(endpoint, { ...(input as object), ...(pageParam !== null && { cursor: pageParam }) } as Input<Endpoint<I, List<T>>>, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    ...(drawn?.data !== undefined && { initialData: { pages: [drawn.data], pageParams: [null] }, initialDataUpdatedAt: drawn.dataUpdatedAt }),
  })
  return { read, rows: read.data?.pages.flatMap((p) => p.items) }
}
