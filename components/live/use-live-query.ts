'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { z } from 'zod'
import { useClockSync } from '#components/ui/clock.tsx'
import { query } from '#lib/platform/client.ts'
import type { Endpoint, Input } from '#lib/platform/endpoint.ts'

const nowOf = (data: unknown): string | undefined => (typeof data === 'object' && data !== null && 'now' in data && typeof data.now === 'string' ? data.now : undefined)

/** A followed answer: read again by events and by age, and the server's clock taken from it. */
export function useLiveQuery<I extends z.ZodType, O extends z.ZodType>(endpoint: Endpoint<I, O>, input: Input<Endpoint<I, O>>) {
  const client = useQueryClient()
  const options = query(endpoint, input)
  const result = useQuery(options)
  // Asked of the cache: whoever reads it from the result is redrawn by every answer, also by one that says the same.
  useClockSync(nowOf(result.data), () => client.getQueryState(options.queryKey)?.dataUpdatedAt ?? 0)
  return result
}
